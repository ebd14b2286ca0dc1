/** Asks the server the one thing that this machine cannot know: whether an ephemeral pass is shown for the first time. */
import type { Verdict } from "../core/verdict";
import { isRecord, request } from "../device/api";

/** A person is waiting: later than this the answer is that nobody could be asked. */
const PATIENCE_MS = 1500;

function firstUseOf(json: unknown): boolean | null {
  if (!isRecord(json) || !Array.isArray(json.reasons)) throw new TypeError("no reasons");
  if (json.reasons.includes("already-used")) return false;
  const isUnproven = json.reasons.includes("single-use-unproven") || json.verdict === "not_valid" || json.verdict === "not_a_pass";
  return isUnproven ? null : true;
}

/** True when only the proof of single use keeps this from being decided here. */
export function needsFirstUse(given: Verdict): boolean {
  return given.reasons.includes("single-use-unproven");
}

/** Whether this is the first use, which the asking uses up; null when nobody could be asked in time. */
export async function askFirstUse(text: string, clinic: string | null): Promise<boolean | null> {
  if (!navigator.onLine) return null;
  try {
    return await request("/api/v1/verifications", firstUseOf, { json: clinic === null ? { text } : { text, clinic }, timeoutMs: PATIENCE_MS });
  } catch (error) {
    if (error instanceof Error && "slug" in error) return null;
    throw error;
  }
}
