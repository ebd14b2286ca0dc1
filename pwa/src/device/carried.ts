/**
 * Trust, clinics and revocations out of a file that `amate pack export` wrote and somebody carried here, for a counter that no network
 * reaches. It renews what the counter has: the chain of roots leads from the one that the counter stands on, never from the file's.
 *
 * As a pack takes it in (backend/amate/features/verification/carried.py), but in three steps, trust, lists and revocations, each whole
 * or not at all: a fault that only a later one finds leaves what came before. Sealing keys are not taken from it.
 */
import { Malformed } from "../core/errors";
import { MAX_TOKEN as MAX_REVOCATIONS_TOKEN } from "../core/revocations";
import { MAX_TOKEN } from "../core/status-list";
import { filesInTar } from "../core/tar";
import type { Bytes, Get } from "../core/tuf-client";
import { readClock } from "./clock";
import { Failure, slugOf } from "./failure";
import { statusNumbersIn, type Origin } from "./origin";
import { syncRevocations } from "./revocations";
import { COUNTRY } from "./state-clinics";
import { get } from "./store";
import { syncStatus, syncTrust } from "./sync";
import { loadStatus, loadTrust, NEWEST, trustStorage } from "./trust-store";

const MAX_FILE = 64 * 2 ** 20;
/** What is the file's fault, whatever it would say of a server. */
const IN_THE_FILE: ReadonlySet<string> = new Set(["trust-refused", "revocations-refused", "unavailable", "not-a-pack-file"]);
/** What is wrong with a file in whose trust repository the core found this fault; anything else: it is damaged. */
const TROUBLES: Readonly<Record<string, string>> = {
  rollback: "pack-older",
  "too-few-signatures": "pack-foreign",
  "wrong-environment": "pack-foreign",
};

/**
 * Takes in what is newer in a file than what is here. Returns: whether anything was.
 *
 * Raises not-a-pack-file, pack-older, pack-foreign, no-anchor, storage-full, storage-unavailable: what was here stays; where trust
 * or lists came first, pack-partly when the rest is not as it was signed, pack-partly-kept when this device could not keep it
 */
export async function takeIn(file: Blob): Promise<boolean> {
  const origin = originOf(await filesIn(file));
  await checkComplete(origin);
  const before = await whatIsHere();
  try {
    await syncTrust({ origin });
    if ((await syncStatus(origin)).length > 0) throw new Failure("not-a-pack-file", "a status list that does not verify");
    await syncRevocations(origin).catch(unlessOlder);
  } catch (error) {
    const isOfTheFile = IN_THE_FILE.has(slugOf(error));
    if ((await whatIsHere()) !== before) throw new Failure(isOfTheFile ? "pack-partly" : "pack-partly-kept", slugOf(error));
    throw isOfTheFile ? faultOf(error) : error;
  }
  return (await whatIsHere()) !== before;
}

/** Nothing that is here may be missing there, or the rest would look newer than it is. */
async function checkComplete(origin: Origin): Promise<void> {
  const trust = await loadTrust(readClock().now);
  const held = trust === null ? [] : [...(await loadStatus(trust)).keys()];
  const listed = new Set(await origin.statusNumbers());
  let lacksLists = !held.every((number) => listed.has(number));
  for (const number of listed) lacksLists ||= (await origin.statusToken(number)) === null; // one after the other: each is a copy
  const lacksRevocations = (await get("revocations", NEWEST)) !== undefined && (await origin.revocations.token()) === null;
  if (lacksLists || lacksRevocations) throw new Failure("not-a-pack-file", "a part is missing");
}

/** Another word for anything newer, or that was not here. */
async function whatIsHere(): Promise<string> {
  const trust = await loadTrust(readClock().now);
  const lists = trust === null ? [] : [...(await loadStatus(trust)).values()].map(({ number, iat }) => [number, iat]);
  const revocations = (await get("revocations", NEWEST))?.token ?? null;
  const hasClinics = (await trustStorage.read(COUNTRY)) !== null;
  return JSON.stringify([trust?.floor ?? null, lists, revocations, hasClinics]);
}

function faultOf(error: unknown): Failure {
  const fault = error instanceof Failure && error.cause instanceof Malformed ? error.cause.detail : "";
  return new Failure(TROUBLES[fault] ?? "not-a-pack-file", fault);
}

/** The lists may be newer than the file of revocations beside them: what is here stays, and it is no fault. */
function unlessOlder(error: unknown): null {
  if (error instanceof Failure && error.detail === "older-revocations") return null;
  throw error;
}

type FilesInPack = ReadonlyMap<string, Bytes>;

async function filesIn(file: Blob): Promise<FilesInPack> {
  if (file.size > MAX_FILE) throw new Failure("not-a-pack-file", "larger than a pack");
  try {
    return filesInTar(new Uint8Array(await file.arrayBuffer()));
  } catch (error) {
    // A stick that is pulled out while it is read, too: NotReadableError.
    throw new Failure("not-a-pack-file", error instanceof Error ? error.message : "");
  }
}

function originOf(files: FilesInPack): Origin {
  /** A copy: what is kept of a view would keep the whole file with it. */
  const part: Get = (name, maxBytes) => {
    const found = files.get(`published/${name}`);
    if (found !== undefined && found.length > maxBytes) throw new Failure("not-a-pack-file", `${name} is larger than it may be`);
    return Promise.resolve(found?.slice() ?? null);
  };
  const revocations = (name: string, maxBytes: number): Promise<Bytes | null> => part(`status/revocations/${name}`, maxBytes);
  return {
    anchor: () => Promise.resolve(null),
    trust: () => ({
      metadata: (path, maxBytes) => part(`trust/${path}`, maxBytes),
      target: (path, maxBytes) => part(`trust/targets/${path}`, maxBytes),
    }),
    statusNumbers: async () => numbersIn(await part("status/index.json", MAX_TOKEN)),
    statusToken: (number) => part(`status/${number}`, MAX_TOKEN),
    walksCount: false,
    revocations: {
      token: () => revocations("token", MAX_REVOCATIONS_TOKEN),
      forgetParts: () => Promise.resolve(),
      whole: ({ sha256, size }) => revocations(sha256, size),
      delta: ({ base, sha256, size }) => revocations(`${base}-${sha256}`, size),
    },
  };
}

function numbersIn(index: Bytes | null): number[] {
  try {
    return statusNumbersIn(JSON.parse(new TextDecoder().decode(index ?? new Uint8Array())));
  } catch {
    throw new Failure("not-a-pack-file", "no index of status lists");
  }
}
