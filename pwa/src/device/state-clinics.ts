/**
 * The clinics of one state, for a counter whose line is slow: they are there in seconds, the country's in minutes, and then they go.
 *
 * The targets name, in what they say of clinics.json, a file by its hash that names one for each state. What lies here counts
 * only while the targets here lead to it, at every load, as all that is kept of trust.
 */
import { hashOf } from "../core/metadata";
import { customOf, type Repository } from "../core/tuf";
import { load, type Bytes, type FileName, type Source, type Storage, type Writes } from "../core/tuf-client";
import { isRecord } from "./api";
import { Failure, isUnreachable } from "./failure";

/** The clinics of the whole country, as the trust storage keeps them. */
export const COUNTRY: FileName = "target:clinics.json";
const CLINICS = "clinics.json";
const INDEX: FileName = "target:states.json";
const PIECE: FileName = "target:clinics-of-a-state.json";
/** The first letters of a CLUES are the code of the state, as in a CURP. */
const STATE = /^[A-Z]{2}/;

interface Facts {
  readonly sha256: string;
  readonly length: number;
}

export interface StateClinics {
  /** CURP code. */
  readonly state: string;
  /** In the columns of clinics.json. */
  readonly bytes: Bytes;
}

/** The state of a clinic by its key, CURP code; null for what is no key. */
export function stateOf(clues: string): string | null {
  return STATE.exec(clues)?.[0] ?? null;
}

/** The clinics of a state that are kept here and that the targets kept here lead to; null without any. */
export async function loadStateClinics(storage: Storage, repository: Repository): Promise<StateClinics | null> {
  const [rawIndex, bytes] = await Promise.all([storage.read(INDEX), storage.read(PIECE)]);
  if (rawIndex === null || bytes === null || !(await isNamed(repository, rawIndex))) return null;
  for (const [state, facts] of statesIn(rawIndex)) if (await isFile(bytes, facts)) return { state, bytes };
  return null;
}

/**
 * Brings the clinics of a state, unless they are here. Returns: whether they are here now; not so where the repository has none,
 * or other bytes than it names: the country's come anyway.
 *
 *   Raises:  offline, timeout, unavailable
 */
export async function bringStateClinics(storage: Storage, source: Source, state: string): Promise<boolean> {
  const repository = await load(storage);
  if (repository === null) return false;
  if ((await loadStateClinics(storage, repository))?.state === state) return true;
  const rawIndex = await download(source, "states.json", indexFacts(repository));
  const facts = rawIndex === null ? null : statesIn(rawIndex).get(state);
  const bytes = await download(source, `clinics-${state}.json`, facts ?? null);
  if (rawIndex === null || bytes === null) return false;
  await storage.commit(new Map([[INDEX, rawIndex], [PIECE, bytes]]));
  return true;
}

/** The same storage, where the clinics of the country take the place of a state's in one transaction. */
export function outgrowing(storage: Storage): Storage {
  const withoutPiece = (writes: Writes): Writes => new Map([...writes, [INDEX, null], [PIECE, null]]);
  return { read: storage.read, commit: (writes) => storage.commit(writes.has(COUNTRY) ? withoutPiece(writes) : writes) };
}

/** A file under its hash; null when none is named, when it is not there, or when it is another one. */
async function download(source: Source, name: string, facts: Facts | null): Promise<Bytes | null> {
  if (facts === null) return null;
  try {
    const raw = await source.target(`${facts.sha256}.${name}`, facts.length);
    return raw !== null && (await isFile(raw, facts)) ? raw : null;
  } catch (error) {
    if (error instanceof Failure && !isUnreachable(error.slug)) return null;
    throw error;
  }
}

const indexFacts = (repository: Repository): Facts | null => factsOf(customOf(repository, CLINICS)?.["states"]);

async function isNamed(repository: Repository, rawIndex: Bytes): Promise<boolean> {
  const facts = indexFacts(repository);
  return facts !== null && (await isFile(rawIndex, facts));
}

async function isFile(raw: Bytes, { sha256, length }: Facts): Promise<boolean> {
  return raw.length === length && (await hashOf("sha256", raw)) === sha256;
}

/** What states.json says, once its bytes are those that are signed. */
function statesIn(rawIndex: Bytes): ReadonlyMap<string, Facts> {
  const said: unknown = JSON.parse(new TextDecoder().decode(rawIndex));
  const rows = Object.entries(said ?? {}).map(([state, value]) => [state, factsOf(value)] as const);
  return new Map(rows.flatMap(([state, facts]) => (facts === null ? [] : [[state, facts] as const])));
}

function factsOf(value: unknown): Facts | null {
  if (!isRecord(value)) return null;
  const { sha256, length } = value;
  return typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256) && Number.isSafeInteger(length) ? { sha256, length: Number(length) } : null;
}
