/** One proposal, as the person who is to sign it must see it: what it does, the very content, who signed, what is missing. */
import type { ComponentChildren, VNode } from "preact";
import { Button, EmptyState, Icon, LinkButton, Notice } from "../../ui";
import type { Facts } from "../actions";
import { datesOf, isPast } from "../due";
import type { Plan, Proposal } from "../facts";
import { toIncident, toSection } from "../place";
import { dateText, todayText } from "../rule-words";
import { dayText, digestText, hangingText, momentText, plural, proposalText, whenText } from "../say";
import { busy, mayAct, rules } from "../state";
import { withdrawProposal } from "../work";
import { t, type WordKey } from "../words";
import { stateText } from "./proposals";
import { NextStep } from "./signing";
import { TableChange } from "./table-change";

const MEANT: ReadonlySet<string> = new Set(["stage", "schedule", "activate", "retire", "revoke", "resume", "table"]);

export function ProposalScreen({ facts, id }: { facts: Facts; id: string }): VNode {
  const proposal = facts.proposals.find((each) => each.id === id);
  if (proposal === undefined) {
    return (
      <EmptyState icon="id" title={t("proposal-not-found")} action={<LinkButton href={toSection("propuestas")}>{t("section-propuestas")}</LinkButton>}>
        <p class="mono soft">{id}</p>
      </EmptyState>
    );
  }
  const isOpen = proposal.state === "open" && proposal.expiresAt > facts.at;
  return (
    <article class="stack proposal">
      <header class="stack-tight">
        <p class="soft">{t("proposal-title")}</p>
        <h1>{proposalText(proposal, facts.plan)}</h1>
        {MEANT.has(proposal.action) ? <p>{t(`proposal-${proposal.action}-means` as "proposal-revoke-means")}</p> : null}
      </header>
      <State proposal={proposal} now={facts.at} isOpen={isOpen} />
      <Rules proposal={proposal} now={facts.at} />
      <Content proposal={proposal} plan={facts.plan} />
      <Signatures proposal={proposal} isOpen={isOpen} />
      {isOpen ? isPast(proposal, facts.plan) ? <Notice tone="warn">{t("proposal-past")}</Notice> : <NextStep proposal={proposal} /> : null}
      {proposal.state === "done" && proposal.action === "revoke" ? <LinkButton look="primary" href={toIncident(proposal.kid)}>{t("do-go-on")}</LinkButton> : null}
      {isOpen && mayAct.value ? (
        <Button look="plain" busy={busy.value === "withdraw"} onClick={() => void withdrawProposal(proposal.id)}>
          {t("proposal-withdraw")}
        </Button>
      ) : null}
    </article>
  );
}

/** What it does to the rules, where it is about them. */
function Rules({ proposal, now }: { proposal: Proposal; now: number }): VNode | null {
  if (proposal.action !== "table") return null;
  return <TableChange difference={proposal.difference} catalogue={rules.value?.table ?? null} today={todayText(now)} />;
}

function State({ proposal, now, isOpen }: { proposal: Proposal; now: number; isOpen: boolean }): VNode | null {
  if (isOpen) return null;
  return <Notice tone={proposal.state === "done" ? "good" : "plain"}>{stateText(proposal, now)}</Notice>;
}

function Content({ proposal, plan }: { proposal: Proposal; plan: Plan }): VNode {
  const { reason, on } = proposal.content;
  const held = plan.keys.find(({ kid }) => kid === proposal.kid);
  const dates = datesOf(proposal);
  const rows: readonly (readonly [WordKey, ComponentChildren] | null)[] = [
    typeof reason === "string" ? ["key-reason", t(`reason-${reason}` as "reason-stolen")] : null,
    dates === null ? null : ["key-signs", t("from-until", { from: dayText(dates.signFrom), until: dayText(dates.signUntil) })],
    dates === null ? null : ["key-accepted", dayText(dates.acceptUntil)],
    dates === null || held === undefined ? null : ["proposal-dates-before", t("from-until", { from: dayText(held.signFrom), until: dayText(held.signUntil) })],
    held === undefined ? null : ["key-hanging", hangingText(held.hanging)],
    typeof on === "string" ? ["proposal-on", dateText(on)] : null,
    [proposal.action === "table" ? "proposal-table-kid" : "proposal-key", <code key="kid" class="mono">{proposal.kid}</code>],
    ["proposal-id", <code key="id" class="mono">{proposal.id}</code>],
    ["proposal-expires", `${dayText(proposal.expiresAt)} (${whenText(proposal.expiresAt, plan.now)})`],
  ];
  return (
    <div class="stack">
      <dl class="facts">
        {rows.map((row) => (row === null ? null : (
          <div key={row[0]}>
            <dt>{t(row[0])}</dt>
            <dd>{row[1]}</dd>
          </div>
        )))}
      </dl>
      <div class="digest">
        <h2>{t("proposal-digest")}</h2>
        <p class="mono">{digestText(proposal.digest)}</p>
        <p class="small soft">{t("proposal-digest-why")}</p>
      </div>
      <Exact proposal={proposal} />
    </div>
  );
}

/** All that is signed; of a table whose proposal has ended the server tells the rest alone, and that is not it. */
function Exact({ proposal: { action, content } }: { proposal: Proposal }): VNode | null {
  if (action === "table" && content.table === undefined) return null;
  return (
    <details class="fold">
      <summary>{t("proposal-content")}</summary>
      <pre class="diff mono" tabIndex={0}>{JSON.stringify(content, null, 1)}</pre>
    </details>
  );
}

function Signatures({ proposal, isOpen }: { proposal: Proposal; isOpen: boolean }): VNode {
  const { signedBy, missing } = proposal;
  return (
    <section class="stack-tight" aria-labelledby="firmas">
      <h2 id="firmas">{t("proposal-signatures")}</h2>
      <ul class="list">
        {signedBy.map(({ person, means, at }) => (
          <li key={person} class="item">
            <Icon name="check" size={28} />
            <span class="item-text">
              <span class="item-title">{person}</span>
              <span class="item-sub">{t("proposal-signed-by", { means: t(`means-${means}` as "means-key"), moment: momentText(at) })}</span>
            </span>
          </li>
        ))}
        {isOpen && missing > 0 ? (
          <li class="item item-missing">
            <Icon name="family" size={28} />
            <span class="item-text">{plural("proposal-missing", missing)}</span>
          </li>
        ) : null}
      </ul>
    </section>
  );
}
