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
  let mayBeginAnew = held.length > 0;
  while (held.length < size) {
    const answer = await ask(path, held.length, size);
    if (answer.status === UNSATISFIABLE && mayBeginAnew) {
      [held, mayBeginAnew] = [new Uint8Array(), false];
      continue;
    }
    const whole = await taken(answer, held, size);
    if (whole === null) return null;
    mayBeginAnew = true;
    if (answer.status !== 206) return whole;
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

function ask(path: string, from: number, size: number): Promise<Answer> {
  const to = Math.min(from + PART, size) - 1;
  const headers = size <= PART ? {} : { range: `bytes=${from}-${to}` };
  return send(path, { headers, maxBytes: size, isFresh: false, timeoutMs: patienceMs(to + 1 - from) });
}

/** What is there with an answer: what is held and its part, or all of it where the server knows no parts. */
async function taken(answer: Answer, held: Bytes, size: number): Promise<Bytes | null> {
  if (answer.status !== 206) {
    await forgetParts();
    if (answer.status === 404) return null;
    if (answer.status >= 400) throw problemOf(answer);
    return answer.bytes;
  }
  const isNext = answer.headers.get("content-range")?.startsWith(`bytes ${held.length}-`) === true;
  if (!isNext || answer.bytes.length === 0 || held.length + answer.bytes.length > size) {
    await forgetParts();
    throw new Failure("unexpected-answer", "another part", answer.status);
  }
  return new Uint8Array(await new Blob([held, answer.bytes]).arrayBuffer());
}
