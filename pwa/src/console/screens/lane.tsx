/** The time axis as pictures: its head with months and today, and for each key a lane; every word in them stands in the page too. */
import type { VNode } from "preact";
import { segmentsOf, ticksOf, type Ending, type Phase, type Scale, type Segment } from "../axis";
import type { Key } from "../facts";
import { dayText, monthText } from "../say";
import { t } from "../words";

const HEAD_PX = 38;
const LANE_PX = 46;
/** Bars by phase: what signs is the tallest, so that the picture can be read without its colours. */
const BAR_PX: Readonly<Record<Phase, number>> = { known: 20, signs: 28, accepted: 20, untold: 20, distrusted: 20 };
/** What goes on beyond an edge has no corner there. */
const BEYOND_PX = 10;
const CHAR_PX = 7.4;
const PAD_PX = 9;
/** What stands at a tick is as wide as a year, the longer of its two lines. */
const YEAR_CHARS = 4;
const DIAMOND_PX = 6;
const TEXT_Y = LANE_PX / 2 + 5;

/** Months from left to right, under the first and each January its year; and where today is. */
export function AxisHead({ scale, now }: { scale: Scale; now: number }): VNode {
  const today = scale.x(now);
  const room = widthOf(t("keys-today")) + PAD_PX;
  const ticks = ticksOf(scale).map((tick) => ({ ...tick, x: scale.x(tick.at), words: monthText(tick.at) }));
  const ends = (x: number): number => x + YEAR_CHARS * CHAR_PX;
  const shown = ticks.filter(({ x }) => (ends(x) < today - room / 2 || x > today + room / 2) && ends(x) < scale.width);
  return (
    <svg class="axis-head" width={scale.width} height={HEAD_PX} viewBox={`0 0 ${scale.width} ${HEAD_PX}`} aria-hidden="true" focusable="false">
      {shown.map(({ at, x, words, month, year }, place) => (
        <text key={at} class="axis-month" x={x} y={16}>
          {words}
          {place === 0 || month === 0 ? (
            <tspan class="axis-year" x={x} dy={16}>
              {year}
            </tspan>
          ) : null}
        </text>
      ))}
      <rect class="axis-flag" x={Math.max(0, today - room / 2)} y={0} width={room} height={23} rx={6} />
      <text class="axis-flag-text" x={Math.max(room / 2, today)} y={16} text-anchor="middle">
        {t("keys-today")}
      </text>
    </svg>
  );
}

/** What one key does over time. */
export function Lane({ held, scale, now, ending }: { held: Key; scale: Scale; now: number; ending: Ending | null }): VNode {
  const { width } = scale;
  const mark = ending?.keys.some(({ kid }) => kid === held.kid) === true && ending.at < scale.until ? scale.x(ending.at) : null;
  const handOver = held.handOverAt !== null && held.handOverAt > now && held.handOverAt < scale.until ? scale.x(held.handOverAt) : null;
  return (
    <svg class="lane" width={width} height={LANE_PX} viewBox={`0 0 ${width} ${LANE_PX}`} aria-hidden="true" focusable="false">
      {ticksOf(scale).map(({ at }) => (
        <line key={at} class="axis-line" x1={scale.x(at)} x2={scale.x(at)} y1={0} y2={LANE_PX} />
      ))}
      {segmentsOf(held, now).map((segment) => (
        <Bar key={`${segment.phase} ${segment.from}`} segment={segment} scale={scale} now={now} />
      ))}
      <line class="axis-today" x1={scale.x(now)} x2={scale.x(now)} y1={0} y2={LANE_PX} />
      {handOver === null ? null : <path class="axis-hand-over" d={pointerAt(handOver)} />}
      {mark === null ? null : <path class="axis-ending" d={diamondAt(mark, LANE_PX / 2)} />}
    </svg>
  );
}

/** Points down at the bar from its upper edge. */
function pointerAt(x: number): string {
  return `M${x - DIAMOND_PX} ${(LANE_PX - BAR_PX.signs) / 2 - 4}h${2 * DIAMOND_PX}l${-DIAMOND_PX} ${DIAMOND_PX + 4}z`;
}

function diamondAt(x: number, y: number): string {
  return `M${x} ${y - DIAMOND_PX}l${DIAMOND_PX} ${DIAMOND_PX}l${-DIAMOND_PX} ${DIAMOND_PX}l${-DIAMOND_PX} ${-DIAMOND_PX}z`;
}

function Bar({ segment, scale, now }: { segment: Segment; scale: Scale; now: number }): VNode | null {
  const { phase, from, until, isPlanned } = segment;
  const [left, right] = [scale.x(from) - (from < scale.from ? BEYOND_PX : 0), scale.x(until) + (until > scale.until ? BEYOND_PX : 0)];
  if (right - left < 1) return null;
  const height = BAR_PX[phase];
  // Today's line would run through the words: in what is now they stand after it.
  const begins = Math.max(0, left, from <= now && now < until ? scale.x(now) : 0) + PAD_PX;
  return (
    <g class={`bar-${phase}${isPlanned ? " bar-planned" : ""}`}>
      <rect x={left + 1} y={(LANE_PX - height) / 2} width={Math.max(1, right - left - 2)} height={height} rx={6} />
      <BarWords segment={segment} scale={scale} begins={begins} ends={Math.min(scale.width, right) - PAD_PX} />
    </g>
  );
}

interface BarWordsProps {
  segment: Segment;
  scale: Scale;
  begins: number;
  ends: number;
}

/** As many of the words as the bar has room for. */
function BarWords({ segment, scale, begins, ends }: BarWordsProps): VNode {
  const { phase, until } = segment;
  const words = wordsOf(segment, scale).find((each) => ends - begins > widthOf(each)) ?? "";
  const end = phase === "signs" && until <= scale.until ? t("phase-until", { day: dayText(until) }) : "";
  return (
    <>
      {words === "" ? null : (
        <text x={begins} y={TEXT_Y}>
          {words}
        </text>
      )}
      {end === "" || ends - begins < widthOf(words) + widthOf(end) + 2 * PAD_PX ? null : (
        <text class="bar-end" x={ends - DIAMOND_PX} y={TEXT_Y} text-anchor="end">
          {end}
        </text>
      )}
    </>
  );
}

function widthOf(words: string): number {
  return words.length * CHAR_PX;
}

/** «firma», «firmará»; for what goes on beyond the edge «se acepta → 2042», or «→ 2042» where there is no room for that. */
function wordsOf({ phase, until, isPlanned }: Segment, scale: Scale): readonly string[] {
  const words = t(phase === "signs" && isPlanned ? "phase-signs-planned" : `phase-${phase}`);
  if (phase === "untold") return [t("standing-untold"), words];
  if (phase === "distrusted" || until <= scale.until) return [words];
  const year = new Date(until * 1000).getFullYear();
  return [t("phase-beyond", { phase: words, year }), t("phase-beyond-short", { year })];
}
