/** All that this machine decides by: keys, revocations, clinics, each verified before it was kept. */
import type { StatusList } from "../core/status-list";
import type { Trust } from "../core/trust";
import { takeIn } from "../device/carried";
import { readClock, saveClock } from "../device/clock";
import { syncRevocations } from "../device/revocations";
import { forgetSealingKeys, syncAll } from "../device/sync";
import { loadWorld as loadDevice, type KeptRevocations } from "../device/trust-store";
import type { Directory } from "./directory";
import { openDirectory } from "./open-directory";

export interface World {
  readonly trust: Trust | null;
  readonly status: ReadonlyMap<number, StatusList>;
  /** Signed time of the oldest list; null without any. */
  readonly statusAt: number | null;
  /** Of the whole country; a verdict waits until they are opened. */
  readonly revocations: KeptRevocations | null;
  readonly directory: Directory | null;
  /** When the server last said which sealing keys there are. */
  readonly sealedAt: number | null;
}

/** What the last good synchronisation left on this machine. */
export async function loadWorld(): Promise<World> {
  const { now } = readClock();
  const { trust, status, revocations, clinics, isOneState, sealedAt, ages } = await loadDevice(now);
  const statusAt = ages.statusS === null ? null : now - ages.statusS;
  return { trust, status, statusAt, revocations, directory: openDirectory(clinics, isOneState), sealedAt };
}

/** Who works here and where, as far as it is known; onState is given what is here while the country's clinics are on their way. */
export interface Counter {
  readonly isLoggedIn: () => boolean;
  readonly clues: string | null;
  readonly onState: (known: World) => void;
}

/** Renews all but the country's revocations, and gives what is then here. Raises a Failure with its slug; what was here stays. */
export async function renewWorld({ isLoggedIn, clues, onState }: Counter): Promise<World> {
  await syncAll({ isLoggedIn, clues, onState: async () => onState(await savedWorld()) });
  return savedWorld();
}

/** Takes in a file that was carried here, and gives what is then here. Raises as takeIn of device/carried.ts; what was here stays. */
export async function takeInWorld(file: Blob): Promise<{ readonly known: World; readonly isNewer: boolean }> {
  const isNewer = await takeIn(file);
  return { known: await savedWorld(), isNewer };
}

async function savedWorld(): Promise<World> {
  await saveClock();
  return loadWorld();
}

/** What is left to decide by once this machine may read names no more. */
export async function forgetNames(): Promise<World> {
  await forgetSealingKeys();
  return loadWorld();
}

/** Renews the country's revocations, which are large the first time: nothing else waits for them. Raises as renewWorld. */
export const renewRevocations = (): Promise<KeptRevocations | null> => syncRevocations();

/** What this machine decides by once it has these. */
export function withRevocations(known: World, revocations: KeptRevocations | null): World {
  const { trust } = known;
  return { ...known, trust: trust && { ...trust, floor: Math.max(trust.floor, revocations?.token.iat ?? 0) }, revocations };
}
