/** Enter goes to the next question that a person must answer, never past one; after the last answer it sends the form. */
import { FIELDS, problemsOf, today, type FieldName } from "../form";
import { draft } from "../state";
import { ask } from "../work";
import { spotOf } from "./fields";

// Of radio buttons the chosen one, or the first while none is.
const STOPS = "input:not([type=radio]), select, input[type=radio]:checked, .spot:not(:has(:checked)) .choice:first-of-type > input[type=radio]";

/** What Enter in the form asks for: `send` after the last answer; it moves on, or asks again, by itself. */
export function onEnter(event: KeyboardEvent): "send" | "stay" {
  const { target, currentTarget: form } = event;
  if (event.key !== "Enter" || !(form instanceof HTMLFormElement)) return "stay";
  if (!(target instanceof HTMLElement) || target.closest("button, a") !== null) return "stay";
  event.preventDefault();
  return goOn(form, target);
}

function goOn(form: HTMLFormElement, target: HTMLElement): "send" | "stay" {
  const field = fieldOf(target);
  const next = nextStop(form, target);
  if (isUnanswered(field) && (next === undefined || mustWait(field, next))) askAgain(target, field);
  else if (next !== undefined) goTo(next);
  else if (field === "organ_donation") return "send";
  else form.querySelector<HTMLElement>("[type=submit]")?.focus();
  return "stay";
}

/** The lists of a place come one after another: what is not there yet is waited for. */
function mustWait(field: FieldName | undefined, next: HTMLElement): boolean {
  return field === "place" && fieldOf(next) !== "place";
}

function fieldOf(control: Element): FieldName | undefined {
  const spot = control.closest(".spot")?.id;
  return FIELDS.find((name) => spotOf(name) === spot);
}

function isUnanswered(field: FieldName | undefined): boolean {
  const key = field && problemsOf(draft.value, today())[field]?.key;
  return key === "missing" || key === "donation-missing";
}

function needsNothing(control: Element): boolean {
  const spot = control.closest(".spot");
  return spot?.hasAttribute("data-filled") === true && control.getAttribute("aria-invalid") !== "true";
}

function nextStop(form: HTMLFormElement, from: Element): HTMLElement | undefined {
  const isAfter = (one: Element): boolean => (from.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
  return [...form.querySelectorAll<HTMLElement>(STOPS)].find((one) => isAfter(one) && !needsNothing(one));
}

function goTo(control: HTMLElement): void {
  control.focus();
  // A question is read before it is answered.
  control.closest("fieldset:has(> .choice)")?.scrollIntoView({ block: "nearest" });
}

/** A list opens, a question says what it needs, a field just waits. */
function askAgain(control: Element, field: FieldName | undefined): void {
  if (control instanceof HTMLSelectElement && control.value === "" && "showPicker" in control) control.showPicker();
  if (control instanceof HTMLInputElement && control.type === "radio" && field !== undefined) ask(field);
}
