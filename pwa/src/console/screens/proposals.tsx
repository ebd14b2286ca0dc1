/** «Propuestas»: the open ones, what they would change, and the closed ones folded away. */
import type { VNode } from "preact";
import { Icon } from "../../ui";
import type { Facts } from "../actions";
import type { Proposal } from "../facts";
import { toProposal } from "../place";
import { countText, dayText, plural, proposalText, whenText } from "../say";
import { t } from "../words";

export function ProposalsSection({ facts }: { facts: Facts }): VNode {
  const { proposals, at, plan } = facts;
  const isOpen = ({ state, expiresAt }: Proposal): boolean => state === "open" && expiresAt > at;
  const [open, closed] = [proposals.filter(isOpen), proposals.filter((each) => !isOpen(each))];
  return (
    <div class="stack">
      {open.length === 0 ? (
        <p class="soft">
          <strong>{t("proposals-none")}</strong> {t("proposals-none-why")}
        </p>
      ) : (
        <ProposalList proposals={open} facts={facts} />
      )}
      {plan.diff.length === 0 ? null : (
        <details class="fold">
          <summary>{t("diff-title")}</summary>
          <Diff lines={plan.diff} />
        </details>
      )}
      {closed.length === 0 ? null : (
        <details class="fold">
          <summary>{t("proposals-closed", { count: countText(closed.length) })}</summary>
          <ProposalList proposals={closed} facts={facts} />
        </details>
      )}
    </div>
  );
}

function ProposalList({ proposals, facts }: { proposals: readonly Proposal[]; facts: Facts }): VNode {
  return (
    <ul class="list">
      {proposals.map((proposal) => (
        <li key={proposal.id}>
          <a class="item" href={toProposal(proposal.id)}>
            <span class="item-text">
              <span class="item-title">{proposalText(proposal, facts.plan)}</span>
              <span class="item-sub">
                {stateText(proposal, facts.at)} · <span class="mono">{proposal.id}</span>
              </span>
            </span>
            <Icon name="next" />
          </a>
        </li>
      ))}
    </ul>
  );
}

/** «Falta una persona, vence en 7 días»; «Llevada a cabo». */
export function stateText({ state, missing, expiresAt }: Proposal, now: number): string {
  if (state !== "open") return t(`proposal-state-${state}`);
  if (expiresAt <= now) return t("proposal-state-expired");
  const signatures = missing === 0 ? t("proposal-complete") : plural("proposal-missing", missing);
  return `${signatures} · ${t("due-until", { day: dayText(expiresAt) })}, ${whenText(expiresAt, now)}`;
}

function Diff({ lines }: { lines: readonly string[] }): VNode {
  return (
    <pre class="diff mono" tabIndex={0}>
      {lines.map((line, place) => (
        <span key={place} class={line.startsWith("+") ? "diff-add" : line.startsWith("-") ? "diff-drop" : undefined}>
          {`${line}\n`}
        </span>
      ))}
    </pre>
  );
}
