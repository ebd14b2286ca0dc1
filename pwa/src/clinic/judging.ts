/** What the counter decides with and by. It comes after the first screen is drawn, and stays with the service worker. */
import { verdict, type Verdict } from "../core/verdict";
import { readVerifierClock } from "../device/clock";
import { factsOf, type Clinic } from "./directory";
import { askFirstUse, needsFirstUse } from "./single-use";
import type { World } from "./world";

export { spendFirstUse } from "./single-use";
export { forgetNames, loadWorld, renewRevocations, renewWorld, takeInWorld, withRevocations } from "./world";

/** What a text is judged by here. */
export interface Stand {
  readonly known: World | null;
  readonly here: Clinic | null;
  /** What the phone was asked to answer with, if it was. */
  readonly challenge: string | null;
}

async function judgeHere(text: string, { known, here, challenge }: Stand, singleUse: boolean | null): Promise<Verdict> {
  // Right after the start it may still be in the opening: to answer without it could miss what only it tells.
  const revocations = (await known?.revocations?.opened) ?? null;
  const clock = readVerifierClock();
  const trust = known?.trust && { ...known.trust, floor: Math.max(known.trust.floor, clock.floor) };
  const status = known?.status ?? new Map();
  const basis = { trust: trust ?? null, status, revocations, clinic: here && factsOf(here), now: clock.now };
  return verdict(text, { ...basis, singleUse, challenge });
}

/** This machine's verdict; of the server it asks at most whether an ephemeral pass was used before. */
export async function judge(text: string, stand: Stand): Promise<Verdict> {
  const given = await judgeHere(text, stand, null);
  if (!needsFirstUse(given)) return given;
  const isFirstUse = await askFirstUse(given.cti);
  return isFirstUse === null ? given : judgeHere(text, stand, isFirstUse);
}
