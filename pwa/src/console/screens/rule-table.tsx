/** The rules as a table, in the order in which they are asked; where there is no room each one is a card. */
import type { VNode } from "preact";
import type { RuleRow } from "../rule-words";
import { t } from "../words";

const COLUMNS = ["rule", "who", "where", "service", "status", "payer", "attend", "services", "days"] as const;
const CELLS = ["who", "where", "service", "status", "payer", "attend", "services", "days"] as const;

export function RuleTable({ rows }: { rows: readonly RuleRow[] }): VNode {
  return (
    <table class="rule-table" role="table" aria-label={t("rules-table")}>
      <thead role="rowgroup">
        <tr role="row">
          {COLUMNS.map((name) => (
            <th key={name} role="columnheader" scope="col">
              {t(`rule-column-${name}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row }: { row: RuleRow }): VNode {
  return (
    <tr role="row" class={row.isPast ? "rule-past" : undefined}>
      <th role="rowheader" scope="row">
        <span class="rule-place nums">{row.place}.</span> <code class="mono">{row.id}</code>
        {row.isPast || row.isAhead ? <span class="rule-when">{t(row.isPast ? "rule-is-past" : "rule-is-ahead")}</span> : null}
        <details class="fold rule-source">
          <summary>
            {t("rule-source")}
            <span class="visually-hidden"> {row.id}</span>
          </summary>
          <p class="small">
            <strong>{row.basis}.</strong> <span lang="en">{row.source}</span>
          </p>
        </details>
      </th>
      {CELLS.map((name) => (
        <td key={name} role="cell" data-label={t(`rule-column-${name}`)}>
          <span>{row[name]}</span>
        </td>
      ))}
    </tr>
  );
}
