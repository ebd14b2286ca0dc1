/** A short list of what happened to the card on this phone; it never leaves it. */
import { get, put } from "../device/store";

export type Happening = "claimed" | "renewed" | "shown" | "lent" | "withdrawn";

export interface ActivityLine {
  readonly at: number;
  readonly what: Happening;
  readonly isOffline: boolean;
}

const KEPT = 40;
const KEY = "activity";

/** The lines, newest first. */
export async function activity(): Promise<readonly ActivityLine[]> {
  const kept = await get("settings", KEY);
  return Array.isArray(kept) ? kept.filter(isLine) : [];
}

function isLine(value: unknown): value is ActivityLine {
  return typeof value === "object" && value !== null && "at" in value && "what" in value && "isOffline" in value;
}

/** Adds a line. A full disk must not stand between a person and the card, so it is not reported. */
export async function note(what: Happening, at: number): Promise<void> {
  try {
    const lines = await activity();
    await put("settings", KEY, [{ at, what, isOffline: !navigator.onLine }, ...lines].slice(0, KEPT));
  } catch {
    // not kept; nothing depends on it
  }
}
