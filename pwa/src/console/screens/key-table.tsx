/** The keys as a table, for who does not see the picture and where it has no room; on a phone each row is a card. */
import type { VNode } from "preact";
import { standingOf } from "../axis";
import type { Key } from "../facts";
import { dayText, hangingText, seriesText, shortKid, useName } from "../say";
import { t } from "../words";

const COLUMNS = ["key", "standing", "signs", "accepted", "hanging"] as const;

export function KeyTable({ keys, now, onOpen }: { keys: readonly Key[]; now: number; onOpen: (kid: string) => void }): VNode {
  return (
    <table class="key-table" role="table" aria-label={t("table-name")}>
      <thead role="rowgroup">
        <tr role="row">
          {COLUMNS.map((name) => (
            <th key={name} role="columnheader" scope="col">
              {t(`column-${name}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {keys.map((key) => (
          <Row key={key.kid} held={key} now={now} onOpen={onOpen} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ held, now, onOpen }: { held: Key; now: number; onOpen: (kid: string) => void }): VNode {
  const standing = standingOf(held, now);
  return (
    <tr role="row">
      <th role="rowheader" scope="row">
        <button type="button" class="key-open" onClick={() => onOpen(held.kid)}>
          {useName(held.use)}, {seriesText(held.shard)} <span class="mono">{shortKid(held.kid)}</span>
        </button>
      </th>
      <td role="cell" data-label={t("column-standing")}>
        <span class={`key-standing standing-${standing}`}>{t(`standing-${standing}`)}</span>
      </td>
      <td role="cell" data-label={t("column-signs")}>
        {standing === "distrusted" || standing === "untold" ? t("signs-no-more") : t("from-until", { from: dayText(held.signFrom), until: dayText(held.signUntil) })}
      </td>
      <td role="cell" data-label={t("column-accepted")}>
        {standing === "distrusted" ? t("standing-distrusted") : dayText(held.acceptUntil)}
      </td>
      <td role="cell" data-label={t("column-hanging")}>
        {hangingText(held.hanging)}
      </td>
    </tr>
  );
}
