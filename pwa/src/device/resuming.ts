/**
 * Downloads of what is named by its hash, in parts that are kept: a line that breaks, a tab that is closed and a power cut cost the
 * part that was on its way. Whether the whole is what its name says is for the caller to find out.
 *
 * Source: RFC 9110 §14 (range requests).
 */
import type { Bytes } from "../core/tuf-client";
import { problemOf, send, type Answer } from "./api";
import { Failure } from "./failure";
import { get, put, remove } from "./store";
import { patienceMs } from "./trust-source";

/** Bytes of a part: half a minute on a line of 8 kB/s. */
export const PART = 256 * 1024;

const KEY = "download";
const PARTIAL = 206;
const UNSATISFIABLE = 416;

interface Partial {
  readonly name: string;
  readonly bytes: Bytes;
}

/**
 * The file at a path, of `size` bytes; null when there is none.
 *
 *   Raises:  the problem's slug, offline, timeout, unexpected-answer, storage-full; what came before stays for the next time
 */
export async function bytesInParts(path: string, name: string, size: number): Promise<Bytes | null> {
  let held = await heldOf(name, size);
  let hasBegunAnew = false; // once at most: a server may have no end of answers (D06)
  while (held.length < size) {
    const answer = await ask(path, held.length, size);
    if (answer.status === UNSATISFIABLE && held.length > 0 && !hasBegunAnew) {
      [held, hasBegunAnew] = [new Uint8Array(), true];
      continue;
    }
    const whole = await taken(answer, held, size);
    if (whole === null || answer.status !== PARTIAL) return whole;
    held = whole;
    if (held.length < size) await put("settings", KEY, { name, bytes: held } satisfies Partial);
  }
  await forgetParts();
  return held;
}

/** Forgets what came of a file that nobody asks for any more. */
export function forgetParts(): Promise<void> {
  return remove("settings", KEY);
}

async function heldOf(name: string, size: number): Promise<Bytes> {
  const kept = (await get("settings", KEY)) as Partial | undefined;
  return kept?.name === name && kept.bytes.length < size ? kept.bytes : new Uint8Array();
}

/** Where the part that begins at a byte ends. */
const endOf = (from: number, size: number): number => Math.min(from + PART, size);

function ask(path: string, from: number, size: number): Promise<Answer> {
  const end = endOf(from, size);
  const headers = size <= PART ? {} : { range: `bytes=${from}-${end - 1}` };
  return send(path, { headers, maxBytes: size, isFresh: false, timeoutMs: patienceMs(end - from) });
}

/** What is there with an answer: what is held and its part, or all of it where the server knows no parts. */
async function taken(answer: Answer, held: Bytes, size: number): Promise<Bytes | null> {
  if (answer.status !== PARTIAL) {
    await forgetParts();
    if (answer.status === 404) return null;
    if (answer.status >= 400) throw problemOf(answer);
    return answer.bytes;
  }
  const isNext = answer.headers.get("content-range")?.startsWith(`bytes ${held.length}-`) === true;
  if (!isNext || held.length + answer.bytes.length !== endOf(held.length, size)) {
    await forgetParts();
    throw new Failure("unexpected-answer", "another part", answer.status);
  }
  return new Uint8Array(await new Blob([held, answer.bytes]).arrayBuffer());
}
