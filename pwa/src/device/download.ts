/** Files that lie published, each whole, within limits of size and time (D06). */
import type { Bytes } from "../core/tuf-client";
import { problemOf, send, type Ask } from "./api";

const PATIENCE_MS = 15_000;
/** A slow line may take longer for a larger file; a server that drips may not. */
const SLOWEST_BYTES_PER_MS = 8;

/** How long so many bytes may take. */
export function patienceMs(bytes: number): number {
  return Math.ceil(PATIENCE_MS + bytes / SLOWEST_BYTES_PER_MS);
}

type Manner = Required<Pick<Ask, "maxBytes">> & Pick<Ask, "isFresh" | "isRevalidated">;

/** The bytes at a path; null when there is no such file. Raises the problem's slug, offline, timeout, unexpected-answer. */
export async function bytesAt(path: string, manner: Manner): Promise<Bytes | null> {
  const answer = await send(path, { ...manner, timeoutMs: patienceMs(manner.maxBytes) });
  if (answer.status === 404) return null;
  if (answer.status >= 400) throw problemOf(answer);
  return answer.bytes;
}
