/** «Llaves»: every key over time, as a picture or as a table, and each one's details. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { EmptyState, Icon, LinkButton } from "../../ui";
import { nextEnding, nextHandOver, scaleOf, segmentsOf, standingOf, type Ending, type HandOver } from "../axis";
import { totalOf } from "../consequences";
import type { Key, Plan, Proposal } from "../facts";
import { toEmergency } from "../place";
import { countText, dayText, hangingText, listText, ofUse, seriesText, shortKid, useName, whenText } from "../say";
import { mayAct } from "../state";
import { useWidth } from "../use-width";
import { t } from "../words";
import { KeySheet } from "./key-sheet";
import { KeyTable } from "./key-table";
import { AxisHead, Lane } from "./lane";

type View = "axis" | "table";
const USES = ["pass", "credential", "status"];
const NARROW = "(max-width: 359px)";
const LEGEND = ["known", "signs", "accepted", "untold", "distrusted", "planned", "hand-over", "ending"] as const;

export function KeysSection({ plan, proposals }: { plan: Plan; proposals: readonly Proposal[] }): VNode {
  const [view, setView] = useState<View>(() => (matchMedia(NARROW).matches ? "table" : "axis"));
  const [opened, setOpened] = useState<string | null>(null);
  const { keys, now } = plan;
  const [handOver, ending] = [nextHandOver(keys, now), nextEnding(keys, now)];
  if (keys.length === 0) {
    return (
      <EmptyState icon="key" title={t("keys-none-title")} level={2}>
        <p>{t("keys-none")}</p>
      </EmptyState>
    );
  }
  return (
    <>
      <div class="keys-head">
        <p class="soft">
          {handOver === null ? null : handOverText(handOver, now)} {ending === null ? null : endingText(ending, now)}
        </p>
        <ViewChoice view={view} onChange={setView} />
      </div>
      {view === "axis" ? <Axis keys={keys} now={now} ending={ending} onOpen={setOpened} /> : <KeyTable keys={groupsOf(keys).flat()} now={now} onOpen={setOpened} />}
      {plan.backdatedDays === 0 ? null : <p class="small soft">{t("keys-backdated", { days: plan.backdatedDays })}</p>}
      {mayAct.value ? <EmergencyStrip /> : null}
      <KeySheet held={keys.find(({ kid }) => kid === opened) ?? null} plan={plan} proposals={proposals} onClose={() => setOpened(null)} />
    </>
  );
}

function handOverText({ at, keys }: HandOver, now: number): string {
  const uses = [...new Set(keys.map(({ use }) => use))];
  const what = listText(uses.map((use) => whichText(use, keys.filter((key) => key.use === use))));
  return t("keys-next-hand-over", { what, day: dayText(at), when: whenText(at, now) });
}

function endingText({ at, phase, use, keys }: Ending, now: number): string {
  return t(`keys-next-${phase}`, { what: whichText(use, keys), day: dayText(at), when: whenText(at, now) });
}

/** «la llave de pases, serie 1», «4 llaves de pases». */
function whichText(use: string, keys: readonly Key[]): string {
  const [first] = keys;
  if (keys.length === 1 && first !== undefined) return t("keys-next-one", { of: ofUse(use), series: seriesText(first.shard) });
  return t("keys-next-many", { count: keys.length, of: ofUse(use) });
}

function ViewChoice({ view, onChange }: { view: View; onChange: (view: View) => void }): VNode {
  return (
    <div class="switch" role="group" aria-label={t("keys-view")}>
      {(["axis", "table"] as const).map((each) => (
        <button key={each} type="button" aria-pressed={view === each} onClick={() => onChange(each)}>
          {t(`keys-view-${each}`)}
        </button>
      ))}
    </div>
  );
}

/** Keys by use, in the order of the uses that we know; within one by series, then by first day. */
export function groupsOf(keys: readonly Key[]): readonly (readonly Key[])[] {
  const uses = [...USES, ...new Set(keys.map(({ use }) => use).filter((use) => !USES.includes(use)))];
  const inOrder = (one: Key, other: Key): number => one.shard - other.shard || one.signFrom - other.signFrom;
  return uses.map((use) => keys.filter((key) => key.use === use).sort(inOrder)).filter((group) => group.length > 0);
}

interface AxisProps {
  readonly keys: readonly Key[];
  readonly now: number;
  readonly ending: Ending | null;
  readonly onOpen: (kid: string) => void;
}

function Axis({ keys, now, ending, onOpen }: AxisProps): VNode {
  const [ref, width] = useWidth<HTMLDivElement>();
  const scale = width === 0 ? null : scaleOf(now, width);
  return (
    <div class="axis">
      <div class="axis-row axis-top">
        <span />
        <div ref={ref}>{scale === null ? null : <AxisHead scale={scale} now={now} />}</div>
      </div>
      {groupsOf(keys).map((group) => (
        <div key={group[0]?.use} class="axis-group">
          <h3>
            {useName(group[0]?.use ?? "")} <small class="soft">{meansText(group[0]?.use ?? "")}</small>
          </h3>
          <ul>
            {group.map((key) => (
              <li key={key.kid}>
                <button type="button" class="axis-row" onClick={() => onOpen(key.kid)}>
                  <KeyName held={key} now={now} />
                  {scale === null ? <span /> : <Lane held={key} scale={scale} now={now} ending={ending} />}
                  <span class="axis-dates nums" aria-hidden="true">
                    {datesText(key, now)}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      ))}
      <Legend />
    </div>
  );
}

function KeyName({ held, now }: { held: Key; now: number }): VNode {
  const standing = standingOf(held, now);
  const total = totalOf(held);
  return (
    <span class="key-name">
      <span>
        <span class="visually-hidden">{useName(held.use)}, </span>
        {seriesText(held.shard)} <span class="mono soft">{shortKid(held.kid)}</span>
      </span>
      <span class={`key-standing standing-${standing}`}>
        {total === 0 ? t(`standing-${standing}`) : t(standing === "distrusted" ? "key-to-renew" : "key-in-force", { standing: t(`standing-${standing}`), count: countText(total) })}
      </span>
      <span class="visually-hidden">{laneWords(held, now)}</span>
    </span>
  );
}

function meansText(use: string): string {
  return USES.includes(use) ? t(`use-${use}-means` as "use-pass-means") : "";
}

/** What a narrow lane cannot say: the dates in full. */
function datesText(key: Key, now: number): string {
  const standing = standingOf(key, now);
  if (standing === "distrusted" || standing === "untold") return t(`standing-${standing}`);
  const accepted = t("dates-accepted", { day: dayText(key.acceptUntil) });
  return `${t("dates-signs", { from: dayText(key.signFrom), until: dayText(key.signUntil) })} ${accepted}`;
}

/** The lane in words, for whoever does not see it. */
function laneWords(key: Key, now: number): string {
  const told = segmentsOf(key, now)
    .filter(({ until }) => until > now)
    .map(({ phase, from, until }) => t(`told-${phase}`, { from: dayText(from), until: dayText(until) }));
  const hanging = totalOf(key) === 0 ? "" : ` ${t("key-hanging")}: ${hangingText(key.hanging)}.`;
  return `${told.join(" ")}${hanging}`;
}

function Legend(): VNode {
  return (
    <ul class="legend small soft">
      {LEGEND.map((each) => (
        <li key={each}>
          <svg width={26} height={16} viewBox="0 0 26 16" aria-hidden="true" focusable="false">
            {each === "hand-over" ? (
              <path class="axis-hand-over" d="M7 3h12l-6 10z" />
            ) : each === "ending" ? (
              <path class="axis-ending" d="M13 2l6 6l-6 6l-6 -6z" />
            ) : (
              <g class={each === "planned" ? "bar-signs bar-planned" : `bar-${each}`}>
                <rect x={1} y={each === "signs" || each === "planned" ? 1 : 4} width={24} height={each === "signs" || each === "planned" ? 14 : 8} rx={3} />
              </g>
            )}
          </svg>
          {t(`legend-${each}`)}
        </li>
      ))}
    </ul>
  );
}

/** The way to stop a key: after the keys, never the first thing that a key press meets. */
function EmergencyStrip(): VNode {
  return (
    <div class="emergency-strip">
      <Icon name="warn" size={28} />
      <p>
        <strong>{t("emergency-strip-title")}</strong> {t("emergency-strip")}
      </p>
      <LinkButton look="danger" href={toEmergency()}>
        {t("emergency-open")}
      </LinkButton>
    </div>
  );
}
