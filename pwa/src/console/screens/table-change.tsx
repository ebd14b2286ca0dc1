/** What a change of the decision table changes, rule by rule, as whoever signs it has to see it. */
import type { ComponentChildren, VNode } from "preact";
import { Notice } from "../../ui";
import { daysText, rowOf, type Catalogue } from "../rule-words";
import type { Difference, Rule } from "../rules";
import { listText } from "../say";
import { t, type WordKey } from "../words";

interface ChangeProps {
  readonly difference: Difference | null;
  /** The words of the table in force; null where it was not read yet: then rules go by their names. */
  readonly catalogue: Catalogue | null;
  /** YYYY-MM-DD */
  readonly today: string;
}

export function TableChange({ difference, catalogue, today }: ChangeProps): VNode {
  if (difference === null) return <Notice tone="warn">{t("change-unknown")}</Notice>;
  const { added, removed, changed, moved, other } = difference;
  const said = (rule: Rule, place: number): VNode => <Said rule={rule} place={place} catalogue={catalogue} today={today} />;
  return (
    <div class="stack-tight change">
      <p class="soft">{t("change-of", { from: difference.from })}</p>
      <Part name="change-added" count={added.length}>
        {added.map(({ place, rule }) => (
          <li key={rule.id} class="change-added">
            {said(rule, place)}
          </li>
        ))}
      </Part>
      <Part name="change-removed" count={removed.length}>
        {removed.map((rule) => (
          <li key={rule.id} class="change-removed">
            {said(rule, 0)}
          </li>
        ))}
      </Part>
      <Part name="change-changed" count={changed.length}>
        {changed.map(({ place, before, after }) => (
          <li key={after.id} class="change-changed">
            {isOnlyEnded(before, after) ? <Ended before={before} after={after} /> : [said(before, 0), <p key="to">{t("change-to")}</p>, said(after, place)]}
          </li>
        ))}
      </Part>
      {moved.length === 0 ? null : <p>{t("change-moved", { rules: listText(moved) })}</p>}
      {Object.keys(other).length === 0 ? null : (
        <details class="fold">
          <summary>{t("change-other", { members: listText(Object.keys(other)) })}</summary>
          <pre class="diff mono" tabIndex={0}>{JSON.stringify(other, null, 1)}</pre>
        </details>
      )}
    </div>
  );
}

function Part({ name, count, children }: { name: WordKey; count: number; children: ComponentChildren }): VNode | null {
  if (count === 0) return null;
  return (
    <>
      <p class="label">{t(name, { count })}</p>
      <ul class="changes">{children}</ul>
    </>
  );
}

/** Whether all that changes of a rule is its last day. */
function isOnlyEnded(before: Rule, after: Rule): boolean {
  return JSON.stringify({ ...before, until: after.until }) === JSON.stringify(after);
}

function Ended({ before, after }: { before: Rule; after: Rule }): VNode {
  return (
    <p>
      <code class="mono">{after.id}</code>: {daysText(before)} → {daysText(after)}
    </p>
  );
}

function Said({ rule, place, catalogue, today }: { rule: Rule; place: number; catalogue: Catalogue | null; today: string }): VNode {
  const row = catalogue === null ? null : rowOf(rule, place, catalogue, today);
  return (
    <div class="stack-tight">
      <p>
        {place === 0 ? null : <span class="nums">{place}. </span>}
        <code class="mono">{rule.id}</code>
      </p>
      {row === null ? null : (
        <>
          <p>{t("change-who", { who: row.who, status: row.status, where: row.where, service: row.service })}</p>
          <p>{t("change-then", { attend: row.attend, payer: row.payer, services: row.services })}</p>
        </>
      )}
      <p class="small soft">{daysText(rule)}</p>
      <p class="small soft" lang="en">
        {rule.source}
      </p>
    </div>
  );
}
