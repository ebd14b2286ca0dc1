/** One screen, made for the keyboard: Enter goes to the next field that needs something, the last Enter registers. */
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { Button, Icon, Notice, UpdatePrompt, slugText } from "../../ui";
import { FIELDS, problemsOf, type FieldName } from "../form";
import { sayProblem } from "../say";
import { draft, failure, isOnline, isSending, problems, waitingRelease, wasKept, wasTried } from "../state";
import { clear, submit, today } from "../work";
import { t } from "../words";
import { DonationFields } from "./donation";
import { GuardianField, PersonFields, spotOf } from "./fields";
import { PlaceFields } from "./place";

const CONTROLS = "input:not([type=radio]), select, input[type=radio]:checked";

function needsNothing(control: Element): boolean {
  const spot = control.closest(".spot");
  return spot?.hasAttribute("data-filled") === true && control.getAttribute("aria-invalid") !== "true";
}

/** Focuses the next control after `from` that a person must fill; false when there is none. */
function advance(form: HTMLFormElement, from: Element): boolean {
  const controls = [...form.querySelectorAll<HTMLElement>(CONTROLS)];
  const next = controls.slice(controls.indexOf(from as HTMLElement) + 1).find((one) => !needsNothing(one));
  next?.focus();
  return next !== undefined;
}

/** Enter where the answer is still missing asks for it, and never sends the form: a list opens, a field just waits. */
function askAgain(control: HTMLInputElement | HTMLSelectElement): void {
  if (control instanceof HTMLSelectElement && control.value === "" && "showPicker" in control) control.showPicker();
}

function isMissing(spot: string): boolean {
  const field = FIELDS.find((name) => spotOf(name) === spot);
  return field !== undefined && problemsOf(draft.value, today())[field]?.key === "missing";
}

function focusField(field: FieldName): void {
  const spot = document.getElementById(spotOf(field));
  spot?.querySelector<HTMLElement>("input, select")?.focus();
  spot?.scrollIntoView({ block: "center" });
}

export function EnrolmentForm(): VNode {
  const summary = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLElement>(null);

  async function send(): Promise<void> {
    if (await submit()) return;
    if (Object.keys(problems.value).length > 0) summary.current?.focus();
    else head.current?.scrollIntoView();
  }

  function onKeyDown(event: KeyboardEvent): void {
    const { target, currentTarget } = event;
    if (event.key !== "Enter" || !(currentTarget instanceof HTMLFormElement)) return;
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
    event.preventDefault();
    if (advance(currentTarget, target)) return;
    if (isMissing(target.closest(".spot")?.id ?? "")) askAgain(target);
    else void send();
  }

  return (
    <form
      class="enrolment"
      noValidate
      autocomplete="off"
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <header ref={head} class="enrolment-head">
        <h1>{t("form-title")}</h1>
        <p class="soft">{t("form-intro")}</p>
        <Messages />
        <div ref={summary} tabIndex={-1} class="summary-spot">
          {wasTried.value ? <Summary /> : null}
        </div>
      </header>
      <section class="stack" aria-label={t("section-person")}>
        <PersonFields />
      </section>
      <section class="stack">
        <GuardianField />
        <PlaceFields />
        <DonationFields />
        <StartAnew />
      </section>
      <Foot />
    </form>
  );
}

function Messages(): VNode {
  return (
    <>
      <Release />
      {wasKept.value ? <Notice>{t("draft-kept")}</Notice> : null}
      <NoNetwork />
      {failure.value === null || failure.value === "offline" ? null : (
        <Notice tone="bad" title={t("failed-title")}>
          {slugText(failure.value)}
        </Notice>
      )}
    </>
  );
}

/** The one message about the network, before and after a try; the bar and the lists keep quiet meanwhile. */
function NoNetwork(): VNode | null {
  const hasFailed = failure.value === "offline";
  if (isOnline.value && !hasFailed) return null;
  return (
    <Notice key={hasFailed ? "failed" : "told"} tone={hasFailed ? "bad" : "warn"} icon="offline" title={t(hasFailed ? "offline-failed" : "offline-title")}>
      {t("offline-body")}
    </Notice>
  );
}

/** Not while something is written: an update reloads the page. */
function Release(): VNode | null {
  const release = waitingRelease.value;
  if (release === null || draft.value.curp !== "") return null;
  const later = (): void => {
    waitingRelease.value = null;
  };
  return <UpdatePrompt onUpdate={() => release.apply()} onLater={later} />;
}

function Summary(): VNode | null {
  const wrong = FIELDS.filter((field) => problems.value[field] !== undefined);
  if (wrong.length === 0) return null;
  return (
    <div class="summary" role="alert">
      <Icon name="error" />
      <div class="stack-tight">
        <strong>{wrong.length === 1 ? t("errors-title-one") : t("errors-title", { count: wrong.length })}</strong>
        <ul class="stack-tight">
          {wrong.map((field) => (
            <li key={field}>
              <a
                href={`#${spotOf(field)}`}
                onClick={(event) => {
                  event.preventDefault();
                  focusField(field);
                }}
              >
                {t(field)}
              </a>
              : {sayProblem(problems.value[field])}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function Foot(): VNode {
  return (
    <div class="enrolment-foot">
      <Button look="primary" wide type="submit" busy={isSending.value}>
        {t(isSending.value ? "submitting" : "submit")}
      </Button>
    </div>
  );
}

function StartAnew(): VNode | null {
  const isEmpty = draft.value.curp === "" && draft.value.givenNames === "";
  if (isEmpty) return null;
  return (
    <div class="anew">
      <Button look="plain" onClick={clear}>
        {t("clear")}
      </Button>
    </div>
  );
}
