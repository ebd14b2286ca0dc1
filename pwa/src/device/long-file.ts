/**
 * Long trust files on a line that breaks. At first each is asked for whole, in the fewest bytes that the server has it in; where that
 * did not come to its end, its gzip file is asked for in parts, which are kept, and unpacked here. A server without one gives it whole.
 *
 * Whether it is what its name says is for the caller to find out.
 */
import type { Bytes } from "../core/tuf-client";
import { bytesOf } from "./api";
import { bytesAt } from "./download";
import { Failure } from "./failure";
import { beginParts, bytesHeld, bytesInParts, forgetParts, PART, type Wanted } from "./resuming";

/** The bytes at a path; null when there is no such file. Raises what bytesAt and bytesInParts do. */
export async function longFileAt(path: string, maxBytes: number): Promise<Bytes | null> {
  if (maxBytes <= PART) return bytesAt(path, { maxBytes, isFresh: false });
  const wanted: Wanted = { parts: "download-of-trust", name: path, size: null, maxBytes };
  const packed = (await bytesHeld(wanted)) === null ? null : await inParts(path, wanted);
  return packed === null ? whole(path, wanted) : unpacked(packed, maxBytes);
}

/** Where no part comes at all, what lies between may be to blame, which takes the file for a page in gzip: the next try is whole again. */
async function inParts(path: string, wanted: Wanted): Promise<Bytes | null> {
  try {
    return await bytesInParts(`${path}.gz`, wanted);
  } catch (error) {
    if ((await bytesHeld(wanted)) === 0) await forgetParts(wanted.parts);
    throw error;
  }
}

/** Noted before it begins: a tab that is closed, and a power cut, tell nobody that they end it. */
async function whole(path: string, wanted: Wanted): Promise<Bytes | null> {
  await beginParts(wanted);
  const bytes = await bytesAt(path, { maxBytes: wanted.maxBytes, isFresh: false });
  await forgetParts(wanted.parts);
  return bytes;
}

/** Raises unexpected-answer for what is no gzip file, and for more bytes than allowed: they may be without end (D06). */
async function unpacked(packed: Bytes, maxBytes: number): Promise<Bytes> {
  const unpacking = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  try {
    return await bytesOf(new Response(unpacking), maxBytes);
  } catch (error) {
    throw error instanceof Failure ? error : new Failure("unexpected-answer", "no gzip file");
  }
}
