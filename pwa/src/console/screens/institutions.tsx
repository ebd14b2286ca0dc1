/** What the table says of each institution: whom it attends, which ages end a right, what is retained, and where that is written. */
import type { VNode } from "preact";
import { institutionRow, type InstitutionRow } from "../rule-words";
import type { Institution } from "../rules";
import { t } from "../words";

export function Institutions({ institutions }: { institutions: readonly Institution[] }): VNode {
  return (
    <section class="stack-tight" aria-labelledby="titulo-instituciones">
      <h2 id="titulo-instituciones">{t("institutions-title")}</h2>
      <p class="soft">{t("institutions-why")}</p>
      <ul class="list">
        {institutions.map(institutionRow).map((row) => (
          <Item key={row.code} row={row} />
        ))}
      </ul>
    </section>
  );
}

function Item({ row: { label, code, lines, basis, source } }: { row: InstitutionRow }): VNode {
  return (
    <li class="item">
      <span class="item-text">
        <span class="item-title">{label}</span>
        {lines.map((line) => (
          <span key={line} class="item-sub">
            {line}
          </span>
        ))}
        {source === null ? null : (
          <details class="fold rule-source">
            <summary>
              {t("rule-source")}
              <span class="visually-hidden">
                {" "}
                {label}, {code}
              </span>
            </summary>
            <p class="small">
              <strong>{basis}.</strong> <span lang="en">{source}</span>
            </p>
          </details>
        )}
      </span>
    </li>
  );
}
