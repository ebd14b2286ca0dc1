/** One screen, made for the keyboard: Enter goes to the next question, and after the last answer it registers. */
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Button, Icon } from "../../ui";
import { FIELDS, type FieldName } from "../form";
import { sayProblem } from "../say";
import { draft, isSending, problems, returnTo, wasTried } from "../state";
import { clear, submit } from "../work";
import { t } from "../words";
import { DonationFields } from "./donation";
import { GuardianField, PersonFields, spotOf } from "./fields";
import { onEnter } from "./keyboard";
import { Messages } from "./messages";
import { PlaceFields } from "./place";

function focusField(field: FieldName): void {
  const spot = document.getElementById(spotOf(field));
  spot?.querySelector<HTMLElement>("input:checked, input, select")?.focus();
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

  useEffect(() => {
    const field = returnTo.value;
    returnTo.value = null;
    if (field !== null) focusField(field);
  }, []);

  return (
    <form
      class="enrolment"
      noValidate
      autocomplete="off"
      onKeyDown={(event) => {
        if (onEnter(event) === "send") void send();
      }}
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
      <Button
        look="plain"
        onClick={() => {
          clear();
          focusField("curp");
        }}
      >
        {t("clear")}
      </Button>
    </div>
  );
}
