/** The person: CURP first, because it fills in the rest; each disagreement is told where it is. */
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Button, Field, Notice, SelectField } from "../../ui";
import { otherNationalities, type Nationality } from "../countries";
import type { Explanation } from "../explain";
import { isCurp, isMinor, readCurp, today, withCurp, type Draft, type FieldName } from "../form";
import { draft, problems } from "../state";
import { NATIONALITIES, STATE_NAMES } from "../states";
import { check, write } from "../work";
import { ageWords, dateWords, sayProblem } from "../say";
import { t } from "../words";

const SEXES = ["M", "H", "X"] as const;
const FREQUENT: readonly Nationality[] = NATIONALITIES.map((value) => ({ value, label: t(`nationality-${value}`) }));
const STATE_OPTIONS = Object.entries(STATE_NAMES).map(([value, label]) => ({ value, label }));

/** The id of a field's place. */
export const spotOf = (field: FieldName): string => `campo-${field}`;

/** The place that the summary of errors links to; `isFilled` lets Enter pass over what the CURP filled in. */
export function Spot({ field, isFilled = false, children }: { field: FieldName; isFilled?: boolean; children: ComponentChildren }): VNode {
  return (
    <div id={spotOf(field)} class="spot" data-filled={isFilled ? "" : undefined} onFocusOut={() => check(field)}>
      {children}
    </div>
  );
}

type TextField = "givenNames" | "firstSurname" | "secondSurname";

interface NameProps {
  field: "given_names" | "first_surname" | "second_surname";
  name: TextField;
}

function NameField({ field, name }: NameProps): VNode {
  const current = draft.value;
  return (
    <Spot field={field}>
      <Field
        label={t(field)}
        name={field}
        value={current[name]}
        onInput={(text) => write({ ...current, [name]: text })}
        error={sayProblem(problems.value[field])}
        autocomplete="off"
        autocapitalize="words"
        spellcheck={false}
      />
    </Spot>
  );
}

/** What is said at once of an Ñ, which no CURP holds, whatever is still to be written. */
function enyeIn(text: string): Explanation | undefined {
  const reading = readCurp(text);
  return reading !== null && !isCurp(reading) && reading.key === "curp-enye" ? reading : undefined;
}

export function CurpField(): VNode {
  const current = draft.value;
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const curp = readCurp(current.curp);
  const ok = isCurp(curp)
    ? t("curp-read", { sex: t(`sex-${curp.sex}` as "sex-M"), date: dateWords(curp.birthDate), state: STATE_NAMES[curp.state] ?? curp.state })
    : undefined;
  const isShort = current.curp !== "" && current.curp.length < 18;
  const enye = enyeIn(current.curp);
  const problem = isShort && problems.value.curp?.key !== "curp-length" ? enye : (problems.value.curp ?? enye);
  return (
    <Spot field="curp">
      <Field
        label={t("curp")}
        hint={isShort ? t("curp-count", { count: current.curp.length }) : t("curp-hint")}
        ok={ok}
        name="curp"
        value={current.curp}
        onInput={(text) => write(withCurp(current, text))}
        error={sayProblem(problem)}
        autocomplete="off"
        autocapitalize="characters"
        spellcheck={false}
        maxLength={24}
        inputRef={input}
      />
    </Spot>
  );
}

function BirthFields({ isFilled }: { isFilled: boolean }): VNode {
  const current = draft.value;
  const set = (changed: Partial<Draft>): void => write({ ...current, ...changed });
  return (
    <div class="trio">
      <Spot field="sex" isFilled={isFilled}>
        <SelectField
          label={t("sex")}
          value={current.sex}
          options={SEXES.map((value) => ({ value, label: t(`sex-${value}`) }))}
          placeholder={t("choose")}
          onChange={(sex) => set({ sex })}
          error={sayProblem(problems.value.sex)}
        />
      </Spot>
      <Spot field="birth_date" isFilled={isFilled}>
        <Field
          label={t("birth_date")}
          type="date"
          name="birth_date"
          value={current.birthDate}
          onInput={(birthDate) => set({ birthDate })}
          error={sayProblem(problems.value.birth_date)}
          max={today()}
        />
      </Spot>
      <Spot field="birth_state" isFilled={isFilled}>
        <SelectField
          label={t("birth_state")}
          value={current.birthState}
          options={STATE_OPTIONS}
          placeholder={t("choose")}
          onChange={(birthState) => set({ birthState })}
          error={sayProblem(problems.value.birth_state)}
        />
      </Spot>
    </div>
  );
}

export function PersonFields(): VNode {
  const current = draft.value;
  const isFilled = isCurp(readCurp(current.curp));
  return (
    <>
      <CurpField />
      <NameField field="given_names" name="givenNames" />
      <div class="duo">
        <NameField field="first_surname" name="firstSurname" />
        <NameField field="second_surname" name="secondSurname" />
      </div>
      <BirthFields isFilled={isFilled} />
      <div class="duo">
        <Spot field="nationality" isFilled>
          <SelectField
            label={t("nationality")}
            value={current.nationality}
            options={FREQUENT}
            others={{ label: t("nationality-others"), options: otherNationalities() }}
            onChange={(nationality) => write({ ...current, nationality })}
          />
        </Spot>
        <Spot field="phone">
          <Field
            label={t("phone")}
            type="tel"
            name="phone"
            inputMode="tel"
            autocomplete="off"
            value={current.phone}
            onInput={(phone) => write({ ...current, phone: phone.replace(/[\s()-]/g, "") })}
            error={sayProblem(problems.value.phone)}
          />
        </Spot>
      </div>
    </>
  );
}

/** Only for a minor; on a desk it heads the second column, in sight as soon as the CURP is written. */
export function GuardianField(): VNode | null {
  const current = draft.value;
  if (!isMinor(current, today())) return null;
  return (
    <Spot field="guardian_curp">
      <Field
        label={t("guardian_curp")}
        hint={t("guardian_curp-hint", { age: ageWords(current.birthDate, today()) })}
        name="guardian_curp"
        value={current.guardianCurp}
        onInput={(text) => write({ ...current, guardianCurp: text.toUpperCase().replace(/\s/g, ""), isNewGuardian: false })}
        error={sayProblem(problems.value.guardian_curp ?? enyeIn(current.guardianCurp))}
        autocomplete="off"
        autocapitalize="characters"
        spellcheck={false}
        maxLength={24}
      />
      <NewGuardian />
    </Spot>
  );
}

/** Another guardian than the registered one is taken only on purpose, once its proof was seen. */
function NewGuardian(): VNode | null {
  const current = draft.value;
  if (current.isNewGuardian) return <Notice tone="warn">{t("guardian-new")}</Notice>;
  if (problems.value.guardian_curp?.key !== "guardian-differs") return null;
  return <Button onClick={() => write({ ...current, isNewGuardian: true })}>{t("guardian-change")}</Button>;
}
