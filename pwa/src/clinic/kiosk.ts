/** What a verdict says to the person who scans alone: go on, to the desk, or once more. Never who they are, nor why not. PURE. */
import type { Seen } from "./seen";
import type { VerdictView } from "./view";
import type { WordKey } from "./words";

export interface Told {
  readonly way: "on" | "desk" | "again";
  readonly title: WordKey;
  readonly more: WordKey;
}

const HERE: ReadonlySet<WordKey> = new Set(["attend-here", "attend-here_by_exchange"]);

const on: Told = { way: "on", title: "kiosk-on", more: "kiosk-on-do" };
const desk = (more: WordKey): Told => ({ way: "desk", title: "kiosk-desk", more });
const again = (more: WordKey): Told => ({ way: "again", title: "kiosk-again", more });

/**
 * Where to go. Only a code whose holder proved to have it, for the first time, lets somebody go on without anybody looking at them.
 *
 *   seen:       when this counter saw the pass or its person before: a code that was shown around is for the desk to look at
 *   elsewhere:  when another counter of the node did; that a code was shown there is for no patient to know
 */
export function toldOf(view: VerdictView, seen: Seen | null, elsewhere: Seen | null): Told {
  switch (view.verdict) {
    case "valid":
      return ofValid(view, seen, elsewhere);
    case "check_identity":
      return desk("kiosk-desk-identity");
    case "stale":
      return desk("kiosk-desk-help");
    case "not_valid":
      return ofRefused(view);
    case "not_a_pass":
      return again(view.step?.strong.key === "malformed-do" ? "kiosk-again-closer" : "kiosk-again-other");
  }
}

function ofValid({ lead }: VerdictView, seen: Seen | null, elsewhere: Seen | null): Told {
  if (seen !== null) return desk("kiosk-desk-seen");
  if (elsewhere !== null) return desk("kiosk-desk-help");
  return HERE.has(lead.key) ? on : desk("kiosk-desk-where");
}

function ofRefused({ step }: VerdictView): Told {
  return step?.more?.key === "not-valid-renew-more" ? again("kiosk-again-renew") : desk("kiosk-desk-help");
}
