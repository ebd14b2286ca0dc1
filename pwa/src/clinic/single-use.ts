/** Asks the server the one thing that this machine cannot know: whether an ephemeral pass is shown for the first time. */
import type { Verdict } from "../core/verdict";
import { isRecord, request } from "../device/api";

/** A person is waiting: later than this the answer is that nobody could be asked. */
const PATIENCE_MS = 1500;
/** So many answers are remembered: codes live for 90 seconds. */
const REMEMBERED = 64;

/** The ctis that the server has told of: each was used, then or before, and never is anew. */
const used = new Set<string>();
/** Of these, the first uses that no verdict was given on yet: the picture that asked was passed over, and the code is there once more. */
const unspent = new Set<string>();

function remember(cti: string, isFirst: boolean): void {
  used.add(cti);
  if (isFirst) unspent.add(cti);
  const [oldest = ""] = used;
  if (used.size > REMEMBERED) [used, unspent].forEach((each) => each.delete(oldest));
}

/** A verdict is given: what was a first use is none any more. */
export function spendFirstUse({ cti }: Pick<Verdict, "cti">): void {
  if (cti !== null) unspent.delete(cti);
}

function firstUseOf(json: unknown): boolean | null {
  const told = isRecord(json) ? json.first_use : undefined;
  if (typeof told !== "boolean" && told !== null) throw new TypeError("first_use");
  return told;
}

/** True when only the proof of single use keeps this from being decided here. */
export function needsFirstUse(given: Verdict): given is Verdict & { cti: string } {
  return given.cti !== null && given.reasons.includes("single-use-unproven");
}

/**
 * Whether this is the first use, which the asking uses up for everybody else; null when nobody could be asked in time. Only the cti leaves this
 * machine, and once it was answered never again: what was told stays true.
 */
export async function askFirstUse(cti: string): Promise<boolean | null> {
  if (used.has(cti)) return unspent.has(cti);
  if (!navigator.onLine) return null;
  try {
    const isFirst = await request("/api/v1/verifications/uses", firstUseOf, { json: { cti }, timeoutMs: PATIENCE_MS });
    if (isFirst !== null) remember(cti, isFirst);
    return isFirst;
  } catch (error) {
    if (error instanceof Error && "slug" in error) return null;
    throw error;
  }
}
