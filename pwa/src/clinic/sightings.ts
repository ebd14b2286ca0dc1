/**
 * What the counters of a clinic's node tell each other of what was shown in the last minutes, each through the node. Comes late.
 *
 * Only tags leave: of a pass a part of its hash, of a person one under a key that the node gives its counters and renews daily.
 * Each exchange is of one size and made with the same work, whatever was scanned: nobody on the wire is told of a scan (K02, K05).
 * All of it is in memory only.
 */
import { base64urlDecode, base64urlEncode, utf8Encode } from "../core/encoding";
import type { Verdict } from "../core/verdict";
import { isRecord, request } from "../device/api";
import { Failure } from "../device/failure";
import { curpOf, REMEMBER_S, type Seen } from "./seen";

export const SENT_SLOTS = 16;
export const HEARD_SLOTS = 64;
const PATH = "/api/v1/verifications/sightings";
/** Less than there is between two exchanges, so that one never waits for another. */
const PATIENCE_MS = 4000;
const TAG_BYTES = 16;
/** The age of a filler, which is none: whoever reads it drops it as what is too old. */
const NO_AGE = 0xffff;
/** Nobody has heard of anything. */
const NOTHING = "0".repeat(16);
/** So much waits for a node that does not answer, and so much is remembered of the others. */
const MAX_WAITING = 512;
const MAX_HEARD = 8192;
const PLACE = /^[0-9a-f]{16}$/;
const SIGHTING = /^[A-Za-z0-9_-]{24}$/;

type Given = Pick<Verdict, "cti" | "person">;

/** What was shown here and the node has not had yet: a pass by its cti, or a person by the CURP. */
interface Waiting {
  readonly what: Seen["what"];
  readonly name: string;
  readonly at: number;
}

interface Answer {
  readonly keys: readonly Uint8Array<ArrayBuffer>[];
  readonly last: string;
  readonly sightings: readonly string[];
}

export interface Sightings {
  /** Notes what was shown at `now` (seconds since 1970), for the next exchange. */
  note(given: Given, now: number): void;
  /** When another counter of the node saw the pass, or else its person with another one; null if it did not or is not known to. */
  find(given: Given, now: number): Promise<Seen | null>;
  /**
   * Tells the node of so much as there is room for, and hears of the others; without an answer both wait for the next time.
   * False where the node knows nobody here: the session has ended, or the counter was withdrawn.
   */
  exchange(now: number): Promise<boolean>;
}

const isPast = (at: number, now: number): boolean => Math.abs(now - at) > REMEMBER_S;

export function createSightings(): Sightings {
  let waiting: Waiting[] = [];
  let keys: readonly CryptoKey[] = [];
  let after = NOTHING;
  const heard = new Map<string, number>();

  function heardOf(tags: readonly string[], now: number): number | null {
    const ages = tags.flatMap((tag) => {
      const at = heard.get(tag);
      return at === undefined || isPast(at, now) ? [] : [Math.max(0, now - at)];
    });
    return ages.length === 0 ? null : Math.min(...ages);
  }

  function hear(slot: string, now: number): void {
    const { tag, age } = read(slot);
    if (age > REMEMBER_S) return;
    heard.delete(tag); // so that the first is always what was heard of longest ago
    heard.set(tag, now - age);
    const [oldest = ""] = heard.keys();
    if (heard.size > MAX_HEARD) heard.delete(oldest);
  }

  function forget(now: number): void {
    waiting = waiting.filter(({ at }) => !isPast(at, now)).slice(-MAX_WAITING);
    for (const [tag, at] of heard) if (isPast(at, now)) heard.delete(tag);
  }

  const personTags = async (curp: string): Promise<string[]> => (await Promise.all(keys.map((key) => tagOfPerson(key, curp)))).map(base64urlEncode);

  return {
    note(given, now) {
      forget(now); // a counter out of the node's reach for hours, too, keeps nobody for longer than it remembers them
      const curp = curpOf(given);
      if (given.cti !== null) waiting.push({ what: "pass", name: given.cti, at: now });
      if (curp !== null) waiting.push({ what: "person", name: curp, at: now });
    },
    async find(given, now) {
      const pass = given.cti === null ? null : heardOf([base64urlEncode(await tagOfPass(given.cti))], now);
      if (pass !== null) return { ageS: pass, what: "pass" };
      const curp = curpOf(given);
      const person = curp === null ? null : heardOf(await personTags(curp), now);
      return person === null ? null : { ageS: person, what: "person" };
    },
    async exchange(now) {
      forget(now);
      const [key] = keys;
      const sent = waiting.filter(({ what }) => what === "pass" || key !== undefined).slice(0, SENT_SLOTS);
      const sightings = await Promise.all(Array.from({ length: SENT_SLOTS }, (_, index) => slotOf(sent[index], key, now)));
      const answer = await ask({ after, sightings });
      if (answer === "unknown") return false;
      if (answer === null) return true;
      waiting = waiting.filter((one) => !sent.includes(one));
      keys = await Promise.all(answer.keys.map(keyOf));
      after = answer.last;
      for (const slot of answer.sightings) hear(slot, now);
      return true;
    },
  };
}

const cut = (raw: ArrayBuffer): Uint8Array<ArrayBuffer> => new Uint8Array(raw, 0, TAG_BYTES);

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(utf8Encode(text));

async function tagOfPass(cti: string): Promise<Uint8Array<ArrayBuffer>> {
  return cut(await crypto.subtle.digest("SHA-256", bytesOf(`amate-sighting:${cti}`)));
}

async function tagOfPerson(key: CryptoKey, curp: string): Promise<Uint8Array<ArrayBuffer>> {
  return cut(await crypto.subtle.sign("HMAC", key, bytesOf(curp)));
}

const keyOf = (raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey> => crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);

/** A sighting, or a filler that took as long to make. */
async function slotOf(sighting: Waiting | undefined, key: CryptoKey | undefined, now: number): Promise<string> {
  if (sighting === undefined) return write(await tagOfPass(base64urlEncode(crypto.getRandomValues(new Uint8Array(TAG_BYTES)))), NO_AGE);
  const { what, name, at } = sighting;
  const tag = what === "person" && key !== undefined ? await tagOfPerson(key, name) : await tagOfPass(name);
  return write(tag, Math.max(0, now - at));
}

/** A tag of 16 bytes and an age of two, the larger byte first. */
const write = (tag: Uint8Array, age: number): string => base64urlEncode(Uint8Array.of(...tag, age >> 8, age & 0xff));

function read(slot: string): { tag: string; age: number } {
  const raw = base64urlDecode(slot);
  const [high = 0, low = 0] = raw.subarray(TAG_BYTES);
  return { tag: base64urlEncode(raw.subarray(0, TAG_BYTES)), age: high * 256 + low };
}

async function ask(json: { after: string; sightings: string[] }): Promise<Answer | "unknown" | null> {
  try {
    return await request(PATH, answerOf, { json, timeoutMs: PATIENCE_MS });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.status === 401 ? "unknown" : null;
  }
}

function textsOf(value: unknown, count: number): string[] {
  if (!Array.isArray(value) || value.length !== count) throw new TypeError("no list");
  return value.map((one: unknown) => {
    if (typeof one !== "string") throw new TypeError("no text");
    return one;
  });
}

function answerOf(json: unknown): Answer {
  if (!isRecord(json) || typeof json.last !== "string" || !PLACE.test(json.last)) throw new TypeError("last");
  const sightings = textsOf(json.sightings, HEARD_SLOTS);
  if (!sightings.every((one) => SIGHTING.test(one))) throw new TypeError("sightings");
  return { keys: textsOf(json.keys, 2).map((key) => Uint8Array.from(base64urlDecode(key))), last: json.last, sightings };
}
