/** Bringing a card: whose offer it is, the separate code, then «¿es usted?» before anything is kept (F03). */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Failure, slugOf } from "../../device/failure";
import { wayOut } from "../../device/inside-app";
import { isInstalled } from "../../device/install";
import { fetchOffer, type Offer } from "../../device/oid4vci";
import { isDemo } from "../../device/pin";
import { Button, EmptyState, Field, Frieze, Icon, LinkButton, Notice, RealBrowser, slugText, Spinner, t as shared, useFocusAtOnce } from "../../ui";
import { adoptCard } from "../actions";
import { maskedName } from "../card";
import { beginClaim, claim, keep, resumeClaim, type Arrived, type Claiming } from "../issuing";
import { dropPending } from "../pending";
import { card, installing, place, typedCode } from "../state";
import { asTxCode } from "../typed";
import { t } from "../words";

type Step =
  | { readonly at: "checking" }
  | { readonly at: "code"; readonly claiming: Claiming }
  | { readonly at: "who"; readonly arrived: Arrived }
  | { readonly at: "dropped" }
  | { readonly at: "stopped"; readonly slug: string; readonly detail: string };

function stopped(error: unknown): Step {
  return { at: "stopped", slug: slugOf(error), detail: error instanceof Failure ? error.detail : "" };
}

export function Claim(): JSX.Element {
  const step = useSignal<Step>({ at: "checking" });
  const input = place.value;
  const check = async (): Promise<void> => {
    step.value = { at: "checking" };
    try {
      const arrived = await resumeClaim(input);
      step.value = arrived === null ? { at: "code", claiming: await beginClaim(await fetchOffer(offerOf(input))) } : { at: "who", arrived };
    } catch (error) {
      step.value = stopped(error);
    }
  };
  useEffect(() => void check(), [input]);
  const staysInside = useSignal(false);
  const go = (next: Step): void => {
    step.value = next;
  };
  switch (step.value.at) {
    case "checking":
      return <Spinner label={t("claim-checking")} />;
    case "code":
      if (!staysInside.value && wayOut() !== null) return <Inside onStay={() => (staysInside.value = true)} />;
      return <AskCode claiming={step.value.claiming} go={go} />;
    case "who":
      return <Who arrived={step.value.arrived} go={go} />;
    case "dropped":
      return <EmptyState level={2} icon="trash" title={t("claim-drop")} action={<LinkButton href="#" look="primary">{shared("continue")}</LinkButton>}><p>{t("claim-dropped")}</p></EmptyState>;
    case "stopped":
      return <Stopped slug={step.value.slug} detail={step.value.detail} retry={() => void check()} />;
  }
}

/** A typed code arrives as the value of the same parameter as a whole address. */
function offerOf(hash: string): string {
  const value = new URLSearchParams(hash).get("credential_offer_uri") ?? "";
  return value.includes("/") ? `#${hash}` : value;
}

/** A card that is brought inside another application goes with it; nothing of the offer is used up yet. */
function Inside({ onStay }: { onStay: () => void }): JSX.Element {
  return (
    <div class="stack">
      <h2>{t("claim-inside")}</h2>
      <p>{t("claim-inside-why")}</p>
      <RealBrowser>
        <Button look="outline" onClick={onStay}>{t("claim-inside-stay")}</Button>
      </RealBrowser>
    </div>
  );
}

interface StepProps {
  go: (next: Step) => void;
}

function AskCode({ claiming, go }: StepProps & { claiming: Claiming }): JSX.Element {
  const code = useSignal("");
  const error = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  const { txCode } = claiming.offer;
  const length = txCode?.length ?? 0;
  useEffect(() => input.current?.focus(), []);
  const attempt = async (): Promise<void> => {
    isBusy.value = true;
    try {
      go({ at: "who", arrived: await claim(claiming, place.value, code.value) });
    } catch (problem) {
      const words = wrongCode(problem, claiming);
      if (words === null) go(stopped(problem));
      error.value = words ?? undefined;
      input.current?.select();
    } finally {
      isBusy.value = false;
    }
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    if (isBusy.value) return;
    if (code.value.length < length) error.value = missing(length - code.value.length);
    else void attempt();
  };
  return (
    <form class="stack form" onSubmit={submit} noValidate>
      <Issuer />
      {installing.value?.kind === "ios" && !isInstalled() ? <Notice tone="warn" title={t("ios-title")}>{t("ios-text")}</Notice> : null}
      {txCode === null ? null : <CodeField txCode={txCode} value={code.value} error={error.value} inputRef={input} onInput={(typed) => {
        code.value = typed;
        error.value = undefined;
      }} />}
      <Button type="submit" look="primary" wide busy={isBusy.value}>{t(isBusy.value ? "claim-working" : "claim-go")}</Button>
    </form>
  );
}

function missing(digits: number): string {
  return digits === 1 ? t("claim-code-short-one") : t("claim-code-short", { n: digits });
}

/** Where the card comes from, with no mark of approval: the address is all that is known before the card arrives. */
function Issuer(): JSX.Element {
  const words = isDemo ? "claim-from-demo" : "claim-from";
  return <p class="issuer"><Icon name={isDemo ? "info" : "link"} /><span>{t(words, { domain: location.host })}</span></p>;
}

interface CodeFieldProps {
  txCode: NonNullable<Offer["txCode"]>;
  value: string;
  error: string | undefined;
  inputRef: { current: HTMLInputElement | null };
  onInput: (typed: string) => void;
}

function CodeField({ txCode, value, error, inputRef, onInput }: CodeFieldProps): JSX.Element {
  return (
    <Field
      code
      label={t("claim-code-label", { n: txCode.length })}
      hint={t("claim-code-hint")}
      value={value}
      error={error}
      inputRef={inputRef}
      inputMode={txCode.isNumeric ? "numeric" : "text"}
      autocomplete="one-time-code"
      spellcheck={false}
      clean={(typed) => asTxCode(typed, txCode)}
      onInput={onInput}
    />
  );
}

/** The words for a code that may be typed again; null when the offer itself is over. Off line, the code still holds. */
function wrongCode(problem: unknown, { tokens }: Claiming): string | null {
  const slug = slugOf(problem);
  if (["offline", "timeout", "unavailable"].includes(slug)) return slugText(slug);
  // Both endings are `invalid_grant` (OpenID4VCI §6.3); only the description tells which of the two codes was at fault.
  const isTxCode = slug === "invalid_grant" && problem instanceof Failure && problem.detail.includes("tx_code");
  return tokens === null && isTxCode ? t("claim-wrong") : null;
}

function Who({ arrived, go }: StepProps & { arrived: Arrived }): JSX.Element {
  const error = useSignal<string | null>(null);
  const isBusy = useSignal(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useFocusAtOnce(heading);
  const accept = async (): Promise<void> => {
    isBusy.value = true;
    try {
      await keep(arrived);
      await adoptCard(arrived.card, arrived.key);
      history.replaceState(null, "", "#");
      place.value = "";
    } catch (problem) {
      error.value = slugOf(problem);
    } finally {
      isBusy.value = false;
    }
  };
  const drop = async (): Promise<void> => {
    await dropPending();
    go({ at: "dropped" });
  };
  const before = card.value;
  return (
    <div class="stack form">
      <h2 class="title" ref={heading} tabIndex={-1}>{t("claim-who-title")}</h2>
      <p>{t("claim-who")}</p>
      <div class="card bark masked">
        <Frieze />
        <p class="card-name">{maskedName(arrived.card.details.name)}</p>
      </div>
      {before === null ? null : <Notice tone="warn">{t("claim-who-replaces", { name: before.details.name })}</Notice>}
      {error.value === null ? null : <Notice tone="bad">{slugText(error.value)}</Notice>}
      <div class="btns">
        <Button look="primary" wide busy={isBusy.value} onClick={() => void accept()}>{t("claim-keep")}</Button>
        <Button wide onClick={() => void drop()}>{t("claim-drop")}</Button>
      </div>
    </div>
  );
}

const endings: Readonly<Record<string, readonly ["claim-foreign" | "claim-bad" | "claim-unverified" | "claim-ended", boolean]>> = {
  "foreign-issuer": ["claim-foreign", false],
  "not-an-offer": ["claim-bad", false],
  "bad-signature": ["claim-unverified", false],
  invalid_grant: ["claim-ended", false],
};

/** To the first screen; a code that was typed can be corrected. */
function WayBack(): JSX.Element {
  const isTyped = typedCode.value !== "" && offerOf(place.value) === typedCode.value;
  return <LinkButton href={isTyped ? "#escribir" : "#"} look="primary">{isTyped ? t("claim-retype") : shared("back")}</LinkButton>;
}

function Stopped({ slug, detail, retry }: { slug: string; detail: string; retry: () => void }): JSX.Element {
  const known = endings[slug] ?? (/offer|grant|expired|unknown/.test(slug) ? endings.invalid_grant : undefined);
  const title = known === undefined ? slugText(slug) : t(`${known[0]}-title`);
  const action = known === undefined ? <Button look="primary" icon="sync" onClick={retry}>{shared("retry")}</Button> : <WayBack />;
  return (
    <EmptyState level={2} icon={known?.[0] === "claim-foreign" ? "error" : "warn"} title={title} action={action}>
      {known === undefined ? null : <p>{t(known[0], { domain: detail, own: location.host })}</p>}
    </EmptyState>
  );
}
