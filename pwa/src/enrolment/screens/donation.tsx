/** The choice on organ donation, each with its legal meaning (Ley General de Salud, arts. 320–324; minors: art. 326). */
import type { VNode } from "preact";
import { Choice, FieldError, Notice } from "../../ui";
import { DECISIONS, isMinor, today } from "../form";
import { sayProblem } from "../say";
import { draft, problems } from "../state";
import { write } from "../work";
import { t } from "../words";
import { Spot } from "./fields";

const ERROR_ID = "donation-error";

export function DonationFields(): VNode {
  const current = draft.value;
  const error = isMinor(current, today()) ? undefined : sayProblem(problems.value.organ_donation);
  return (
    <Spot field="organ_donation">
      <fieldset class="group" aria-describedby={error === undefined ? undefined : ERROR_ID}>
        <legend>{t("section-donation")}</legend>
        {isMinor(current, today()) ? (
          <Notice>{t("donation-minor")}</Notice>
        ) : (
          <>
            <p class="small soft">{t("donation-why")}</p>
            <div aria-live="polite" class="told">{error === undefined ? null : <FieldError id={ERROR_ID}>{error}</FieldError>}</div>
            {DECISIONS.map((value) => (
              <Choice
                key={value}
                name="organ_donation"
                value={value}
                checked={current.organDonation === value}
                onChange={() => write({ ...current, organDonation: value })}
              >
                <span class="choice-title">{t(`donation-${value}`)}</span>
                <span class="choice-sub">{t(`donation-${value}-means`)}</span>
              </Choice>
            ))}
          </>
        )}
      </fieldset>
    </Spot>
  );
}
