/** Stopping a key: first which, then what that means in numbers, and only then, at the end, the button. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { Button, Choice, EmptyState, Field, LinkButton, Notice, SelectField } from "../../ui";
import type { Facts } from "../actions";
import { standingOf, type Standing } from "../axis";
import { consequencesOf, reachOf, totalOf } from "../consequences";
import type { Key } from "../facts";
import { toEmergency, toSection } from "../place";
import { hangingText, ofUse, seriesText, shortKid, useName } from "../say";
import { actFailure, busy, mayAct } from "../state";
import { freezeKey } from "../work";
import { sayFailure, t } from "../words";
import { ConsequenceList } from "./consequence-list";
import { groupsOf } from "./keys";

const STOPPABLE: ReadonlySet<Standing> = new Set(["unpublished", "known", "signs", "accepted"]);
const REASONS = ["stolen", "lost", "forged-signatures", "superseded", "test"] as const;
type Reason = (typeof REASONS)[number];

export function Emergency({ facts, kid }: { facts: Facts; kid: string }): VNode {
  const { keys, now } = facts.plan;
  if (kid === "") return <Which keys={groupsOf(keys).flat().filter((key) => STOPPABLE.has(standingOf(key, now)))} />;
  const held = keys.find((key) => key.kid === kid);
  if (held === undefined) return <EmptyState icon="key" title={t("emergency-not-found")} action={<LinkButton href={toEmergency()}>{t("emergency-title")}</LinkButton>} />;
  return <Confirm key={kid} held={held} facts={facts} />;
}

function Which({ keys }: { keys: readonly Key[] }): VNode {
  const [chosen, setChosen] = useState<string | null>(null);
  const [isAsked, setAsked] = useState(false);
  if (keys.length === 0) return <EmptyState icon="key" title={t("emergency-none")} action={<LinkButton href={toSection("llaves")}>{t("section-llaves")}</LinkButton>} />;

  function goOn(): void {
    setAsked(true);
    if (chosen !== null) location.href = toEmergency(chosen);
  }

  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        goOn();
      }}
    >
      <header class="stack-tight">
        <p class="soft">{t("emergency-title")}</p>
        <h1>{t("emergency-which")}</h1>
        <p>{t("emergency-why")}</p>
      </header>
      <fieldset class="group stack-tight">
        <legend class="visually-hidden">{t("emergency-which")}</legend>
        {keys.map((key) => (
          <Choice key={key.kid} name="llave" value={key.kid} checked={chosen === key.kid} onChange={() => setChosen(key.kid)}>
            <span class="item-title">
              {useName(key.use)}, {seriesText(key.shard)} <span class="mono soft">{shortKid(key.kid)}</span>
            </span>
            <span class="item-sub">
              {t("key-hanging")}: {hangingText(key.hanging)}
            </span>
          </Choice>
        ))}
      </fieldset>
      {isAsked && chosen === null ? <Notice tone="bad">{t("emergency-pick")}</Notice> : null}
      <Button type="submit" look="primary" wide icon="next">
        {t("emergency-next")}
      </Button>
    </form>
  );
}

function Confirm({ held, facts }: { held: Key; facts: Facts }): VNode {
  const { keys, now } = facts.plan;
  return (
    <div class="stack emergency">
      <header class="stack-tight">
        <p class="soft">{t("emergency-title")}</p>
        <h1>{t("emergency-confirm-title", { of: ofUse(held.use), series: seriesText(held.shard) })}</h1>
        <p class="mono soft">{held.kid}</p>
      </header>
      <ConsequenceList held={held} means={consequencesOf(held, keys, now)} reach={reachOf(facts.ages)} />
      {mayAct.value ? <Press held={held} /> : null}
    </div>
  );
}

/** The reason, a word typed on purpose, and the button. */
function Press({ held }: { held: Key }): VNode {
  const [reason, setReason] = useState<Reason | "">("");
  const [typed, setTyped] = useState("");
  const [isTried, setTried] = useState(false);
  const word = t("emergency-word");
  const isTyped = typed.trim().toLocaleUpperCase("es-MX") === word;
  const isBusy = busy.value === "freeze";

  function press(): void {
    setTried(true);
    if (reason !== "" && isTyped) void freezeKey(held.kid, reason);
  }

  return (
    <form
      class="stack emergency-press"
      onSubmit={(event) => {
        event.preventDefault();
        press();
      }}
    >
      <SelectField
        label={t("emergency-reason")}
        value={reason}
        placeholder="…"
        options={REASONS.map((value) => ({ value, label: t(`reason-${value}`) }))}
        onChange={setReason}
        error={isTried && reason === "" ? t("emergency-reason-missing") : undefined}
      />
      <Field
        label={t("emergency-type", { word })}
        value={typed}
        onInput={setTyped}
        autocomplete="off"
        autocapitalize="characters"
        spellcheck={false}
        error={isTried && !isTyped ? t("emergency-type-wrong", { word }) : undefined}
      />
      {actFailure.value === null ? null : (
        <Notice tone="bad" title={t("action-failed-title")}>
          {sayFailure(actFailure.value)}
        </Notice>
      )}
      <Button type="submit" look="danger" wide icon="warn" busy={isBusy}>
        {t(isBusy ? "emergency-pressing" : "emergency-press")}
      </Button>
      {totalOf(held) === 0 ? null : <p class="small soft">{t("emergency-undo")}</p>}
    </form>
  );
}
