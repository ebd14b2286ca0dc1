/** Somebody who is registered with another spelling, or another decision: both are shown, and one is chosen on purpose. */
import type { ComponentChildren, VNode } from "preact";
import { useRef } from "preact/hooks";
import { Button, useFocusAtOnce } from "../../ui";
import { nationalityWords } from "../countries";
import { factsOf, parts, type Decidable } from "../differing";
import { isDecision } from "../form";
import { differing, draft, isSending, type Differing } from "../state";
import { backToForm, decide } from "../work";
import { t, type WordKey } from "../words";
import { Failures } from "./messages";

interface Words {
  readonly title: WordKey;
  readonly before: WordKey;
  readonly now: WordKey;
  readonly means: WordKey;
  readonly correct: WordKey;
  readonly keep: WordKey;
}

const OF_NAME: Words = {
  title: "differs-name",
  before: "differs-before",
  now: "differs-now",
  means: "differs-means",
  correct: "differs-correct-name",
  keep: "differs-keep",
};
const OF_NATIONALITY: Words = { ...OF_NAME, title: "differs-nationality", correct: "differs-correct-nationality" };
const OF_BOTH: Words = { ...OF_NAME, title: "differs-both", correct: "differs-correct-both" };
const OF_DONATION: Words = {
  title: "differs-donation",
  before: "differs-donation-before",
  now: "differs-donation-now",
  means: "differs-donation-means",
  correct: "differs-donation-correct",
  keep: "differs-donation-keep",
};

function wordsFor(asked: Differing): Words {
  if (asked.question === "donation") return OF_DONATION;
  const facts = factsOf("identity", asked.registered);
  if (!facts.includes("nationality")) return OF_NAME;
  return facts.length === 1 ? OF_NATIONALITY : OF_BOTH;
}

export function DifferingScreen({ asked }: { asked: Differing }): VNode {
  const heading = useRef<HTMLHeadingElement>(null);
  const words = wordsFor(asked);
  useFocusAtOnce(heading, [asked.question]);
  return (
    <section class="differing">
      <h1 ref={heading} tabIndex={-1}>
        {t(words.title)}
      </h1>
      <Failures />
      {asked.question === "donation" ? <Decisions words={words} /> : <Identities words={words} />}
      <p>{t(words.means)}</p>
      <div class="choices stack">
        <Button look="primary" wide busy={isSending.value} onClick={() => void decide(true)}>
          {t(words.correct)}
        </Button>
        <Button wide busy={isSending.value} onClick={() => void decide(false)}>
          {t(words.keep)}
        </Button>
      </div>
      <Button look="plain" onClick={backToForm}>
        {t("differs-back")}
      </Button>
    </section>
  );
}

function Versions({ words, before, now }: { words: Words; before: ComponentChildren; now: ComponentChildren }): VNode {
  return (
    <dl class="versions bark">
      <dt>{t(words.before)}</dt>
      <dd>{before}</dd>
      <dt>{t(words.now)}</dt>
      <dd>{now}</dd>
    </dl>
  );
}

/** What was written in the form, by the register's names for it. */
function written(): Record<Decidable, string> {
  const { givenNames, firstSurname, secondSurname, nationality, organDonation } = draft.value;
  const names = { given_names: givenNames, first_surname: firstSurname, second_surname: secondSurname };
  return { ...names, nationality, organ_donation: organDonation };
}

function Identities({ words }: { words: Words }): VNode {
  const typed = written();
  const kept = { ...typed, ...differing.value?.registered };
  return <Versions words={words} before={<Identity of={kept} beside={typed} />} now={<Identity of={typed} beside={kept} />} />;
}

type Facts = Record<Decidable, string>;

function nameOf({ given_names: given, first_surname: first, second_surname: second }: Facts): string {
  return `${given} ${first} ${second}`.trim().replace(/\s+/g, " ");
}

/** A whole name, and a nationality where that differs, with what differs marked. */
function Identity({ of, beside }: { of: Facts; beside: Facts }): VNode {
  const [start, own, end] = parts(nameOf(of), nameOf(beside));
  return (
    <>
      <span>
        {start}
        {own === "" ? null : <mark>{own}</mark>}
        {end}
      </span>
      {of.nationality === beside.nationality ? null : <mark class="nationality">{nationalityWords(of.nationality)}</mark>}
    </>
  );
}

function Decisions({ words }: { words: Words }): VNode {
  const before = differing.value?.registered.organ_donation ?? "";
  return <Versions words={words} before={<Decision of={before} />} now={<Decision of={draft.value.organDonation} />} />;
}

function Decision({ of }: { of: string }): VNode | null {
  if (!isDecision(of)) return null;
  return (
    <>
      <span>{t(`donation-${of}`)}</span>
      <span class="choice-sub">{t(`donation-${of}-means`)}</span>
    </>
  );
}
