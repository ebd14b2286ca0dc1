/**
 * Downloads of what is named by its hash, in parts that are kept: a line that breaks, a tab that is closed and a power cut cost the
 * part that was on its way. Whether the whole is what its name says is for the caller to find out.
 *
 * Source: RFC 9110 §14 (range requests).
 */
import type { Bytes } from "../core/tuf-client";
import { problemOf, send, type Answer } from "./api";
import { patienceMs } from "./download";
import { Failure } from "./failure";
import { get, put, remove } from "./store";

/** Bytes of a part: half a minute on a line of 8 kB/s. */
export const PART = 256 * 1024;

/** In the settings: where the parts of a download are kept, of one file at a time each. */
export type Parts = "download" | "download-of-trust";

export interface Wanted {
  readonly parts: Parts;
  /** Another content has another name. */
  readonly name: string;
  /** In bytes; null where only the server knows, whose first answer tells. */
  readonly size: number | null;
  /** The most bytes that are taken. */
  readonly maxBytes: number;
}

const PARTIAL = 206;
const UNSATISFIABLE = 416;
const CONTENT_RANGE = /^bytes (\d+)-\d+\/(\d+)$/;

interface Held {
  readonly name: string;
  readonly bytes: Bytes;
  readonly size: number | null;
}

/**
 * The file at a path; null when there is none.
 *
 *   Raises:  the problem's slug, offline, timeout, unexpected-answer, storage-full; what came before stays for the next time
 */
export async function bytesInParts(path: string, wanted: Wanted): Promise<Bytes | null> {
  let held = await heldOf(wanted);
  let hasBegunAnew = false; // once at most: a server may have no end of answers (D06)
  while (!isWhole(held)) {
    const answer = await ask(path, held, wanted.maxBytes);
    if (answer.status === UNSATISFIABLE && held.bytes.length > 0 && !hasBegunAnew) {
      [held, hasBegunAnew] = [nothingOf(wanted), true];
      continue;
    }
    if (answer.status !== PARTIAL) return wholeOf(answer, wanted);
    held = await joined(held, answer, wanted);
    if (!isWhole(held)) await put("settings", wanted.parts, held);
  }
  await forgetParts(wanted.parts);
  return held.bytes;
}

/** Forgets what came of a file that nobody asks for any more. */
export function forgetParts(parts: Parts): Promise<void> {
  return remove("settings", parts);
}

/** From now on the file is wanted in parts: nothing of it is here yet. */
export function beginParts(wanted: Wanted): Promise<void> {
  return put("settings", wanted.parts, nothingOf(wanted));
}

/** How many bytes of a file that is wanted in parts are here; null where it is not wanted so. */
export async function bytesHeld({ parts, name }: Pick<Wanted, "parts" | "name">): Promise<number | null> {
  const kept = (await get("settings", parts)) as Held | undefined;
  return kept?.name === name ? kept.bytes.length : null;
}

const nothingOf = ({ name, size }: Wanted): Held => ({ name, size, bytes: new Uint8Array() });
const isWhole = ({ bytes, size }: Held): boolean => bytes.length === size;

async function heldOf(wanted: Wanted): Promise<Held> {
  const kept = (await get("settings", wanted.parts)) as Held | undefined;
  if (kept?.name !== wanted.name) return nothingOf(wanted);
  const held = { ...kept, size: wanted.size ?? kept.size };
  return held.bytes.length < (held.size ?? Infinity) ? held : nothingOf(wanted);
}

/** Where the part that comes next ends. */
const endOf = ({ bytes, size }: Held): number => Math.min(bytes.length + PART, size ?? Infinity);

function ask(path: string, held: Held, maxBytes: number): Promise<Answer> {
  const [from, end] = [held.bytes.length, endOf(held)];
  const headers = (held.size ?? Infinity) <= PART ? {} : { range: `bytes=${from}-${end - 1}` };
  return send(path, { headers, maxBytes, isFresh: false, timeoutMs: patienceMs(end - from) });
}

/** All of it, where the server knows no parts. */
async function wholeOf(answer: Answer, { parts }: Wanted): Promise<Bytes | null> {
  await forgetParts(parts);
  if (answer.status === 404) return null;
  if (answer.status >= 400) throw problemOf(answer);
  return answer.bytes;
}

/** What is held, and the part of an answer behind it. */
async function joined(held: Held, answer: Answer, { parts, maxBytes }: Wanted): Promise<Held> {
  const [, from, total] = CONTENT_RANGE.exec(answer.headers.get("content-range") ?? "") ?? [];
  const sized = { ...held, size: held.size ?? Number(total) };
  const isNext = Number(from) === held.bytes.length && held.bytes.length + answer.bytes.length === endOf(sized);
  if (!isNext || sized.size > maxBytes) {
    await forgetParts(parts);
    throw new Failure("unexpected-answer", "another part", answer.status);
  }
  return { ...sized, bytes: new Uint8Array(await new Blob([held.bytes, answer.bytes]).arrayBuffer()) };
}
