/** The form survives a reload: kept in this tab only, gone when the tab closes or the person is registered. */
import { EMPTY, type Draft } from "./form";

const KEY = "amate-enrolment";

interface Kept {
  readonly draft: Draft;
  /** Sent with the request, so that a reload in the middle of it cannot register anybody twice. */
  readonly idempotencyKey: string;
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== "object" || value === null) return false;
  const draft = value as Record<string, unknown>;
  return Object.entries(EMPTY).every(([name, empty]) => typeof draft[name] === typeof empty);
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== "object" || value === null) return false;
  return "draft" in value && isDraft(value.draft) && "idempotencyKey" in value && typeof value.idempotencyKey === "string";
}

export function newKey(): string {
  return crypto.randomUUID();
}

/** What was being written in this tab, or null. */
export function keptDraft(): Kept | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return isKept(kept) ? kept : null;
  } catch (error) {
    // Storage that is refused or garbled only costs the draft.
    if (error instanceof SyntaxError || error instanceof DOMException) return null;
    throw error;
  }
}

export function keepDraft(kept: Kept): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

export function dropDraft(): void {
  sessionStorage.removeItem(KEY);
}
