/** «Reglas»: the decision table in force as a table that can be searched, what is proposed, announced, and was before. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { Button, EmptyState, Field, LinkButton, Notice, Spinner } from "../../ui";
import type { Facts } from "../actions";
import type { Proposal } from "../facts";
import { toProposal } from "../place";
import { dateText, found, rowOf, todayText } from "../rule-words";
import type { DecisionTable, Phase, Version } from "../rules";
import { countText, dayText, plural, proposalText, sinceText } from "../say";
import { isConnected, mayAct, now, rules, rulesFailure } from "../state";
import { refresh } from "../work";
import { sayFailure, t } from "../words";
import { Copyable } from "./copyable";
import { Institutions } from "./institutions";
import { stateText } from "./proposals";
import { RuleTable } from "./rule-table";
import { TableChange } from "./table-change";

export function Rules({ facts }: { facts: Facts }): VNode {
  const known = rules.value;
  return (
    <div class="stack">
      <h1>{t("rules-title")}</h1>
      {rulesFailure.value !== null && isConnected.value && known !== null ? (
        <Notice tone="warn" title={t("rules-failed-title")}>
          {t("rules-of-before", { time: sinceText(known.at, now.value) })} {sayFailure(rulesFailure.value)}
        </Notice>
      ) : null}
      {known === null ? <Nothing /> : <Whole table={known.table} facts={facts} />}
    </div>
  );
}

function Nothing(): VNode {
  const failure = rulesFailure.value;
  const isOffline = !isConnected.value;
  if (failure === null && !isOffline) return <Spinner />;
  const again = (
    <Button look="primary" icon="sync" onClick={() => void refresh()}>
      {t("retry")}
    </Button>
  );
  return (
    <EmptyState icon={isOffline ? "offline" : "warn"} title={t(isOffline ? "offline-empty-title" : "rules-failed-title")} level={2} action={again}>
      <p>{isOffline ? t("offline-empty") : sayFailure(failure ?? "")}</p>
    </EmptyState>
  );
}

function Whole({ table, facts }: { table: DecisionTable; facts: Facts }): VNode {
  const inForce = table.versions.find(({ isInForce }) => isInForce);
  const waiting = table.versions.filter(({ publishedAt }) => publishedAt === null);
  return (
    <>
      <p>
        {t("rules-in-force", { version: table.version })} {inForce === undefined || inForce.publishedAt === null ? t("rules-unpublished") : t("rules-since", { day: dayText(inForce.publishedAt) })}
      </p>
      {waiting.length === 0 ? null : <Notice tone="warn">{t("rules-waiting", { version: waiting.at(-1)?.version ?? "" })}</Notice>}
      {table.releaseTable === null ? null : <Notice tone="plain">{t("rules-release", { version: table.releaseTable })}</Notice>}
      <Proposed proposals={facts.proposals} facts={facts} table={table} />
      <Searched table={table} today={todayText(facts.at)} />
      <Institutions institutions={table.institutions} />
      <Phases phases={table.phases} />
      <Versions versions={table.versions} />
    </>
  );
}

function Proposed({ proposals, facts, table }: { proposals: readonly Proposal[]; facts: Facts; table: DecisionTable }): VNode {
  const open = proposals.filter(({ action, state, expiresAt }) => action === "table" && state === "open" && expiresAt > facts.at);
  return (
    <section class="stack" aria-labelledby="titulo-cambios">
      <h2 id="titulo-cambios">{t("rules-proposed")}</h2>
      {open.length === 0 ? (
        <>
          <p class="soft">{t("rules-proposed-none")}</p>
          <details class="fold">
            <summary>{t("rules-how")}</summary>
            <ol class="steps-plain">
              <li>{t("rules-how-draft")}</li>
              <li>
                {t("rules-how-propose")} <Copyable text="amate entitlement propose ARCHIVO --key URI" label={t("proposal-command")} />
              </li>
              <li>{t("rules-how-sign")}</li>
            </ol>
          </details>
        </>
      ) : (
        open.map((proposal) => (
          <article key={proposal.id} class="stack rule-proposal">
            <h3>{proposalText(proposal, facts.plan)}</h3>
            <p class="soft">{stateText(proposal, facts.at)}</p>
            <TableChange difference={proposal.difference} catalogue={table} today={todayText(facts.at)} />
            <LinkButton look={mayAct.value ? "primary" : "outline"} icon={mayAct.value ? "key" : "next"} href={toProposal(proposal.id)}>
              {t(!mayAct.value ? "do-look" : proposal.missing === 0 ? "do-carry-out" : "do-review")}
            </LinkButton>
          </article>
        ))
      )}
    </section>
  );
}

function Searched({ table, today }: { table: DecisionTable; today: string }): VNode {
  const [typed, setTyped] = useState("");
  const rows = table.rules.map((rule, place) => rowOf(rule, place + 1, table, today));
  const shown = found(rows, typed);
  return (
    <section class="stack" aria-labelledby="titulo-reglas">
      <h2 id="titulo-reglas">{t("rules-table")}</h2>
      <p class="soft">{t("rules-order")}</p>
      <Field label={t("rules-search")} hint={t("rules-search-hint")} type="search" value={typed} onInput={setTyped} autocomplete="off" spellcheck={false} />
      <p class="small soft" role="status">
        {typed.trim() === "" ? plural("rules-count", rows.length) : t("rules-found", { count: countText(shown.length), of: countText(rows.length) })}
      </p>
      {shown.length === 0 ? <p>{t("rules-found-none")}</p> : <RuleTable rows={shown} />}
    </section>
  );
}

function Phases({ phases }: { phases: readonly Phase[] }): VNode | null {
  if (phases.length === 0) return null;
  return (
    <section class="stack-tight" aria-labelledby="titulo-etapas">
      <h2 id="titulo-etapas">{t("phases-title")}</h2>
      <p class="soft">{t("phases-why")}</p>
      <ul class="list">
        {phases.map(({ version, on, adds, ends, isAdopted }) => (
          <li key={version} class="item">
            <span class="item-text">
              <span class="item-title">{t("phase-on", { day: dateText(on) })}</span>
              <span class="item-sub">
                {t("phase-says", { adds: countText(adds), ends: countText(ends.length) })} · {t(isAdopted ? "phase-adopted" : "phase-draft")}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Versions({ versions }: { versions: readonly Version[] }): VNode | null {
  if (versions.length === 0) return null;
  return (
    <details class="fold">
      <summary>{t("versions-title", { count: countText(versions.length) })}</summary>
      <p class="soft">{t("versions-why")}</p>
      <ul class="list">
        {[...versions].reverse().map(({ version, publishedAt, adoptedAt, changedBy, isInForce }) => (
          <li key={version} class="item">
            <span class="item-text">
              <span class="item-title mono">{version}</span>
              <span class="item-sub">
                {publishedAt === null ? t("version-waits", { day: dayText(adoptedAt) }) : t(isInForce ? "version-in-force" : "version-was", { day: dayText(publishedAt) })} ·{" "}
                {changedBy === null ? t("version-first") : <a href={toProposal(changedBy)}>{changedBy}</a>}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
