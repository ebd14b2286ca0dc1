/** The choice on organ donation, each with its legal meaning (Ley General de Salud, arts. 320–324; minors: art. 326). */
import type { VNode } from "preact";
import { Choice, Notice } from "../../ui";
import { isMinor, type OrganDonation } from "../form";
import { draft } from "../state";
import { today, write } from "../work";
import { t } from "../words";
import { Spot } from "./fields";

const CHOICES: readonly OrganDonation[] = ["not_stated", "yes", "yes_limited", "no"];

export function DonationFields(): VNode {
  const current = draft.value;
  return (
    <Spot field="organ_donation" isFilled>
      <fieldset class="group">
        <legend>{t("section-donation")}</legend>
        {isMinor(current, today()) ? (
          <Notice>{t("donation-minor")}</Notice>
        ) : (
          <>
            <p class="small soft">{t("donation-why")}</p>
            {CHOICES.map((value) => (
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
