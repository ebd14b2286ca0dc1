/** One key in full, and what may be proposed for it; stopping it at once comes last. */
import type { ComponentChildren, VNode } from "preact";
import { Button, LinkButton, Notice, Sheet } from "../../ui";
import { standingOf } from "../axis";
import type { Change } from "../actions";
import { otherDatesOf } from "../due";
import type { Key, Plan, Proposal } from "../facts";
import { toEmergency, toIncident, toProposal } from "../place";
import { awaitedText, dayText, hangingText, momentText, ofUse, seriesText } from "../say";
import { actFailure, busy, mayAct } from "../state";
import { proposeChange } from "../work";
import { sayFailure, t, type WordKey } from "../words";
import { Reschedule } from "./reschedule";

interface SheetProps {
  readonly held: Key | null;
  readonly plan: Plan;
  readonly proposals: readonly Proposal[];
  readonly onClose: () => void;
}

export function KeySheet({ held, plan, proposals, onClose }: SheetProps): VNode {
  const title = held === null ? "" : t("key-title", { of: ofUse(held.use), series: seriesText(held.shard) });
  return (
    <Sheet title={title} open={held !== null} onClose={onClose}>
      {held === null ? null : <KeyBody held={held} plan={plan} proposals={proposals} onClose={onClose} />}
    </Sheet>
  );
}

function KeyBody({ held, plan, proposals, onClose }: SheetProps & { held: Key }): VNode {
  const open = proposals.find(({ kid, state, expiresAt }) => kid === held.kid && state === "open" && expiresAt > plan.now);
  return (
    <>
      <KeyFacts held={held} now={plan.now} />
      {actFailure.value === null ? null : (
        <Notice tone="bad" title={t("action-failed-title")}>
          {sayFailure(actFailure.value)}
        </Notice>
      )}
      {open === undefined ? null : (
        <Notice tone="info" actions={<LinkButton href={toProposal(open.id)}>{t("do-look")}</LinkButton>}>
          {t("key-proposal-open")}
        </Notice>
      )}
      {mayAct.value ? <Ways held={held} plan={plan} isProposed={open !== undefined} onClose={onClose} /> : null}
    </>
  );
}

type Row = readonly [WordKey, ComponentChildren] | null;

/** Since when nobody believes the key and why; while verifiers do, what they wait for. */
function distrustRows({ distrust, told, waitsFor }: Key): readonly Row[] {
  return [
    distrust?.at === undefined ? null : [told ? "key-distrusted" : "key-decided", momentText(distrust.at)],
    told || waitsFor === null ? null : ["key-awaited", awaitedText(waitsFor)],
    distrust?.reason === undefined ? null : ["key-reason", t(`reason-${distrust.reason}` as "reason-stolen")],
  ];
}

function KeyFacts({ held, now }: { held: Key; now: number }): VNode {
  const { hanging } = held;
  const hangingTold = hanging.until === null ? hangingText(hanging) : t("key-hanging-until", { what: hangingText(hanging), day: dayText(hanging.until) });
  const rows: readonly Row[] = [
    ["column-standing", t(`standing-${standingOf(held, now)}`)],
    ["key-hanging", hangingTold],
    ["key-published", held.publishedAt === null ? t("key-published-not") : dayText(held.publishedAt)],
    ["key-signs", t("from-until", { from: dayText(held.signFrom), until: dayText(held.signUntil) })],
    held.handOverAt === null ? null : ["key-hand-over", dayText(held.handOverAt)],
    ["key-accepted", dayText(held.acceptUntil)],
    held.frozenAt === null ? null : ["key-frozen", momentText(held.frozenAt)],
    ...distrustRows(held),
    ["key-kid", <code key="kid" class="mono">{held.kid}</code>],
    ["key-uri", <code key="uri" class="mono">{held.uri}</code>],
  ];
  return (
    <dl class="facts">
      {rows.map((row) => (row === null ? null : (
        <div key={row[0]}>
          <dt>{t(row[0])}</dt>
          <dd>{row[1]}</dd>
        </div>
      )))}
    </dl>
  );
}

/** What two people may change of a key as it stands now; other dates have a form of their own. */
function changesOf(held: Key, plan: Plan): readonly Exclude<Change, "revoke" | "schedule">[] {
  const standing = standingOf(held, plan.now);
  if (standing === "frozen") return ["resume"];
  if (held.state === "next") return nextChangesOf(held, plan, standing === "unpublished");
  return held.state === "active" ? ["retire"] : [];
}

/** Of a next key: in force it goes only where verifiers know it, and knew it in time. */
function nextChangesOf(held: Key, plan: Plan, isUnpublished: boolean): readonly ("activate" | "retire")[] {
  const instead = otherDatesOf(plan, held.kid);
  if (instead === "retire") return ["retire"];
  return isUnpublished || instead === "schedule" ? [] : ["activate"];
}

const WORDS = { activate: "do-propose-activate", retire: "do-propose-retire", resume: "key-propose-resume" } as const;

function Ways({ held, plan, isProposed, onClose }: { held: Key; plan: Plan; isProposed: boolean; onClose: () => void }): VNode {
  const { now } = plan;
  const isFrozen = held.frozenAt !== null;
  return (
    <div class="btns">
      {isFrozen ? (
        <LinkButton wide href={toIncident(held.kid)}>
          {t("key-incident")}
        </LinkButton>
      ) : null}
      {isProposed ? null : changesOf(held, plan).map((change) => (
        <Button key={change} wide busy={busy.value === "propose"} onClick={() => void proposeChange(change, held.kid).then((isDone) => isDone && onClose())}>
          {t(WORDS[change])}
        </Button>
      ))}
      {isProposed || isFrozen || held.state !== "next" ? null : <Reschedule key={held.kid} held={held} plan={plan} onDone={onClose} />}
      {isFrozen || standingOf(held, now) === "over" ? null : (
        <LinkButton look="danger" wide href={toEmergency(held.kid)}>
          {t("key-emergency")}
        </LinkButton>
      )}
    </div>
  );
}
