/** A key that was stopped, step by step to the end: proposed, signed by two, distrusted, and what relied on it renewed. */
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { slugOf } from "../../device/failure";
import { Button, EmptyState, Icon, LinkButton, Notice, Progress, Spinner } from "../../ui";
import { fetchRenewals, type Facts } from "../actions";
import { reachOf } from "../consequences";
import type { Key, Proposal, Renewals } from "../facts";
import { toEmergency, toProposal, toSection } from "../place";
import { awaitedText, countText, limitText, momentText, ofUse, plural, seriesText } from "../say";
import { actFailure, busy, facts as allFacts, isDemo, mayAct } from "../state";
import { proposeAndSign, proposeChange } from "../work";
import { sayFailure, t } from "../words";
import { Copyable } from "./copyable";
import { NextStep } from "./signing";

type StepState = "done" | "now" | "later";
const RATE = 500;

export function Incident({ facts, kid, reason }: { facts: Facts; kid: string; reason: string }): VNode {
  const held = facts.plan.keys.find((key) => key.kid === kid);
  const proposal = facts.proposals.find((each) => each.kid === kid && each.action === "revoke" && each.state === "open" && each.expiresAt > facts.at) ?? null;
  const renewals = useRenewals(held?.state === "revoked" ? kid : null);
  if (held === undefined) return <EmptyState icon="key" title={t("emergency-not-found")} action={<LinkButton href={toSection("llaves")}>{t("section-llaves")}</LinkButton>} />;
  const stage = stageOf(held, proposal, renewals.found);
  const state = (step: number): StepState => (stage > step ? "done" : stage === step ? "now" : "later");
  return (
    <div class="stack">
      <h1>{t("incident-title", { of: ofUse(held.use), series: seriesText(held.shard) })}</h1>
      <ol class="steps">
        <Step title={t("incident-frozen")} state={state(0)}>
          <Frozen held={held} />
        </Step>
        <Step title={t("incident-proposed")} state={state(1)}>
          {stage === 1 ? <Propose held={held} reason={reason} /> : null}
        </Step>
        <Step title={t("incident-signed")} state={state(2)}>
          {stage === 2 && proposal !== null ? <Signed proposal={proposal} people={facts.plan.people} /> : null}
        </Step>
        <Step title={t("incident-done")} state={state(3)}>
          <Done held={held} proposal={stage === 3 ? proposal : null} facts={facts} />
        </Step>
        <Step title={t("incident-renewed")} state={state(4)}>
          {held.state === "revoked" ? <Renewal held={held} renewals={renewals} /> : null}
        </Step>
      </ol>
    </div>
  );
}

/** The step that is due: 0 to stop the key, 1 to propose, 2 to sign, 3 to carry out and tell verifiers, 4 to renew; 5 when all is done. */
function stageOf(held: Key, proposal: Proposal | null, renewals: Renewals | null): number {
  if (held.state === "revoked" && !held.told) return 3;
  if (held.state === "revoked") return renewals !== null && isRenewed(renewals) ? 5 : 4;
  if (proposal !== null) return proposal.missing > 0 ? 2 : 3;
  return held.frozenAt === null ? 0 : 1;
}

function Step({ title, state, children }: { title: string; state: StepState; children: ComponentChildren }): VNode {
  return (
    <li class={`step step-${state}`} aria-current={state === "now" ? "step" : undefined}>
      <span class="step-mark">{state === "done" ? <Icon name="check" /> : null}</span>
      <div class="stack-tight">
        <h2>
          {title} <span class="visually-hidden">({t(`step-${state}`)})</span>
        </h2>
        {children}
      </div>
    </li>
  );
}

/** What it means that a key is stopped, and what it does not: who has it goes on being believed. */
function Frozen({ held }: { held: Key }): VNode {
  if (held.frozenAt !== null) {
    return (
      <>
        <p>{t("incident-frozen-at", { moment: momentText(held.frozenAt) })}</p>
        {held.state === "revoked" ? null : <p><strong>{t("incident-frozen-believed")}</strong></p>}
      </>
    );
  }
  return (
    <>
      <p>{t("incident-frozen-not")}</p>
      {mayAct.value ? <LinkButton look="danger" href={toEmergency(held.kid)}>{t("key-emergency")}</LinkButton> : null}
    </>
  );
}

function Failed(): VNode | null {
  return actFailure.value === null ? null : (
    <Notice tone="bad" title={t("action-failed-title")}>
      {sayFailure(actFailure.value)}
    </Notice>
  );
}

function Propose({ held, reason }: { held: Key; reason: string }): VNode {
  const isBusy = busy.value === "propose";
  return (
    <>
      <p>{t("incident-proposed-why")}</p>
      <Failed />
      {mayAct.value ? (
        <div class="btns">
          <Button look="primary" wide icon="key" busy={isBusy} onClick={() => void proposeAndSign(held.kid, reason, false)}>
            {t(isBusy ? "proposal-signing" : "incident-propose")}
          </Button>
          {isDemo.value ? (
            <Button wide busy={isBusy} onClick={() => void proposeAndSign(held.kid, reason, true)}>
              {t("incident-propose-demo")}
            </Button>
          ) : null}
          <Button look="plain" busy={isBusy} onClick={() => void proposeChange("resume", held.kid)}>
            {t("incident-resume")}
          </Button>
        </div>
      ) : null}
    </>
  );
}

function Signed({ proposal, people }: { proposal: Proposal; people: number }): VNode {
  return (
    <>
      <p>
        {t("incident-signed-some", { count: proposal.signedBy.length, people })} · <a href={toProposal(proposal.id)}>{t("do-look")} <span class="mono">{proposal.id}</span></a>
      </p>
      <NextStep proposal={proposal} />
    </>
  );
}

/** Decided, and not told: whose signatures verifiers wait for. */
function Untold({ held: { waitsFor } }: { held: Key }): VNode {
  return (
    <Notice tone="warn" title={t("standing-untold")}>
      {waitsFor === null ? null : awaitedText(waitsFor)}
    </Notice>
  );
}

function Done({ held, proposal, facts }: { held: Key; proposal: Proposal | null; facts: Facts }): VNode {
  const soon = limitText(reachOf(facts.ages).soonS);
  return (
    <>
      {held.state === "revoked" && !held.told ? <Untold held={held} /> : <p>{t(held.state === "revoked" ? "incident-done-at" : "incident-done-why", { soon })}</p>}
      {proposal === null ? null : <NextStep proposal={proposal} />}
    </>
  );
}

function isRenewed({ waiting, cards, unasked }: Renewals): boolean {
  return waiting === 0 && cards === 0 && unasked === 0;
}

interface Asked {
  readonly found: Renewals | null;
  readonly failure: string | null;
}

/** How far the renewal of what relied on a key has come, asked anew each time the facts are; nothing for null. */
function useRenewals(kid: string | null): Asked {
  const [found, setFound] = useState<Renewals | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const at = allFacts.value?.at;
  useEffect(() => {
    let isCurrent = true;
    if (kid === null) return undefined;
    fetchRenewals(kid).then(
      (renewals) => isCurrent && setFound(renewals),
      (error: unknown) => isCurrent && setFailure(slugOf(error)),
    );
    return () => {
      isCurrent = false;
    };
  }, [kid, at]);
  return { found, failure };
}

function Renewal({ held, renewals }: { held: Key; renewals: Asked }): VNode {
  const { found, failure } = renewals;
  if (found !== null) return <RenewalFigures found={found} held={held} />;
  return failure === null ? <Spinner label={t("incident-renewed-loading")} /> : <Notice tone="warn">{sayFailure(failure)}</Notice>;
}

function RenewalFigures({ found, held }: { found: Renewals; held: Key }): VNode {
  const { asked, renewed, cards, unasked } = found;
  const [command, whose] = [`amate keys reissue ${held.kid} --rate ${RATE}`, `amate credentials list --key ${held.kid}`];
  if (asked === 0 && unasked === 0) return <p>{t("incident-renewed-none")}</p>;
  return (
    <>
      {asked === 0 ? null : <Progress label={t("incident-renewed-some", { renewed: countText(renewed), asked: countText(asked) })} value={renewed} max={asked} />}
      {unasked === 0 ? null : (
        <>
          <p>{plural("incident-renewed-unasked", unasked)}</p>
          <Copyable text={command} label={command} />
        </>
      )}
      {cards === 0 ? null : (
        <>
          <p>{plural("incident-renewed-cards", cards)}</p>
          <Copyable text={whose} label={whose} />
        </>
      )}
      {isRenewed(found) ? <p>{t("incident-renewed-all")}</p> : null}
    </>
  );
}
