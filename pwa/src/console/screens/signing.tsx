/** What a person does with a proposal: sign it, hand it to another person, carry it out. Used wherever a proposal is shown. */
import type { VNode } from "preact";
import { Button, Notice } from "../../ui";
import { session } from "../../ui/entrance";
import { commandOf } from "../due";
import type { Proposal } from "../facts";
import { toProposal } from "../place";
import { actFailure, busy, isDemo, mayAct } from "../state";
import { becomeOther, carryOutProposal, sign, signByClick } from "../work";
import { sayFailure, t } from "../words";
import { Copyable } from "./copyable";

/** Where another person finds the proposal. */
export function linkOf(proposal: Proposal): string {
  return `${location.origin}${toProposal(proposal.id)}`;
}

/** As the server spells them; what else makes nobody a second person is the server's to say. */
function isMine(proposal: Proposal): boolean {
  const me = session.value?.staff?.name;
  return proposal.signedBy.some(({ person }) => person === me);
}

/** The next step of an open proposal; nothing for who may only look. */
export function NextStep({ proposal }: { proposal: Proposal }): VNode | null {
  if (!mayAct.value) return null;
  return (
    <div class="stack">
      {actFailure.value === null ? null : (
        <Notice tone="bad" title={t("action-failed-title")}>
          {sayFailure(actFailure.value)}
        </Notice>
      )}
      {proposal.missing === 0 ? <CarryOut id={proposal.id} /> : isMine(proposal) ? <HandOver proposal={proposal} /> : <Sign id={proposal.id} />}
    </div>
  );
}

function CarryOut({ id }: { id: string }): VNode {
  const isBusy = busy.value === "carry-out";
  return (
    <Button look="primary" wide icon="check" busy={isBusy} onClick={() => void carryOutProposal(id)}>
      {t(isBusy ? "proposal-carrying-out" : "proposal-carry-out")}
    </Button>
  );
}

function Sign({ id }: { id: string }): VNode {
  const isBusy = busy.value === "sign";
  return (
    <div class="btns">
      <Button look="primary" wide icon="key" busy={isBusy} onClick={() => void sign(id)}>
        {t(isBusy ? "proposal-signing" : "proposal-sign")}
      </Button>
      {isDemo.value ? (
        <Button wide busy={busy.value === "sign-demo"} onClick={() => void signByClick(id)}>
          {t("proposal-sign-demo")}
        </Button>
      ) : null}
    </div>
  );
}

/** Signed by whoever is here: somebody else has to be found. */
export function HandOver({ proposal }: { proposal: Proposal }): VNode {
  return (
    <div class="stack">
      <Notice tone="plain" icon="family">
        {t("proposal-mine")}
      </Notice>
      <div class="stack-tight">
        <span class="label">{t("proposal-link")}</span>
        <Copyable text={linkOf(proposal)} label={t("proposal-link")} />
        <span class="label">{t("proposal-command")}</span>
        <Copyable text={commandOf(proposal)} label={t("proposal-command")} />
      </div>
      {isDemo.value ? (
        <div class="stack-tight">
          <Button wide icon="family" busy={busy.value === "other-person"} onClick={() => void becomeOther()}>
            {t("proposal-other-person")}
          </Button>
          <p class="small soft">{t("proposal-other-person-why")}</p>
        </div>
      ) : null}
    </div>
  );
}
