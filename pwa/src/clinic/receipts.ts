/** What the counter does with receipts: leaves one of each scan, brings them to the centre, tells how they stand. Comes late. */
import { bytesFromText } from "../core/encoding";
import { parse } from "../core/qr-pass";
import type { Seen } from "../core/receipt";
import type { Verdict } from "../core/verdict";
import { writeReceipt, type Written } from "../device/outbox";

export { drain, forgetConflicts, outbox, sendAgain } from "../device/drain";

/** The pass that a verdict vouched for; of a code that it refused nothing is written down. */
function seenIn(text: string, { cti }: Verdict): Seen | null {
  if (cti === null) return null;
  const found = parse(bytesFromText(text));
  const { claims } = found.kind === "presentation" ? found.pass : found;
  return { profile: claims.profile, cti: claims.cti, statusIndex: claims.statusIndex };
}

/** Leaves the receipt of a verdict on a text. Raises storage-full, storage-unavailable. */
export function leaveReceipt(text: string, given: Verdict, clues: string | null): Promise<Written> {
  const { verdict, reasons } = given;
  return writeReceipt({ clinic: clues, verdict, reason: reasons[0] ?? null, service: null, seen: seenIn(text, given) });
}
