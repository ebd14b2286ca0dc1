/** Other dates for a key that does not sign yet: proposed here, decided by two people. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { Button, Field } from "../../ui";
import { dateOf, instantOf, movedTo } from "../dates";
import type { Key, Plan } from "../facts";
import { dayText } from "../say";
import { busy } from "../state";
import { proposeChange } from "../work";
import { t } from "../words";

const DAY_S = 86_400;

export function Reschedule({ held, plan, onDone }: { held: Key; plan: Plan; onDone: () => void }): VNode {
  const [from, setFrom] = useState(dateOf(held.signFrom));
  const [until, setUntil] = useState(dateOf(held.signUntil));
  const [isTried, setTried] = useState(false);
  const [signFrom, signUntil] = [movedTo(held.signFrom, from), movedTo(held.signUntil, until)];
  const soonest = plan.now + (plan.leadDays + 1) * DAY_S; // a day for the signatures
  const isSame = signFrom === held.signFrom && signUntil === held.signUntil;

  async function propose(): Promise<void> {
    setTried(true);
    if (signFrom === null || signUntil === null || isSame) return;
    if (await proposeChange("schedule", held.kid, { sign_from: instantOf(signFrom), sign_until: instantOf(signUntil) })) onDone();
  }

  const errorOf = (at: number | null): string | undefined => (isTried && at === null ? t("malformed-date") : undefined);
  return (
    <details class="fold">
      <summary>{t("key-reschedule")}</summary>
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void propose();
        }}
      >
        <Field
          label={t("key-sign-from")}
          hint={t("key-sign-from-hint", { day: dayText(soonest), days: plan.leadDays })}
          type="date"
          value={from}
          min={dateOf(soonest)}
          onInput={setFrom}
          error={errorOf(signFrom)}
        />
        <Field
          label={t("key-sign-until")}
          hint={t("key-sign-until-hint", { day: dayText(held.acceptUntil) })}
          type="date"
          value={until}
          max={dateOf(held.acceptUntil)}
          onInput={setUntil}
          error={errorOf(signUntil) ?? (isTried && isSame ? t("key-reschedule-same") : undefined)}
        />
        <Button type="submit" wide busy={busy.value === "propose"}>
          {t("key-reschedule-propose")}
        </Button>
      </form>
    </details>
  );
}
