/** Where what is published comes from: the server or, where no network is, a file that was carried here (carried.ts). */
import { MAX_TOKEN as MAX_REVOCATIONS_TOKEN, type RevocationsToken } from "../core/revocations";
import { MAX_TOKEN } from "../core/status-list";
import type { Bytes, Source } from "../core/tuf-client";
import { isRecord, request, send } from "./api";
import { bytesAt } from "./download";
import { bytesInParts, forgetParts, type Parts } from "./resuming";
import { downloadAnchor, trustSource } from "./trust-source";

/** Nothing counts for coming from it: everything is verified from the pinned root down, and nothing older is taken. */
export interface Origin {
  /** The root that it says is its anchor; null when it has none. */
  readonly anchor: () => Promise<Bytes | null>;
  /** The trust repository, for one update. */
  readonly trust: () => Source;
  /** The numbers of the status lists: a hint; what it leaves out is missed by the verdict, not believed to be good. */
  readonly statusNumbers: () => Promise<number[]>;
  /** A status list token; null when there is none. */
  readonly statusToken: (number: number) => Promise<Bytes | null>;
  readonly revocations: RevocationsOrigin;
  /** Whether what it says of the newest root counts as having looked for one. */
  readonly walksCount: boolean;
}

/** The country's revocations: the token that names the files, a whole file, and what leads to it from another. */
export interface RevocationsOrigin {
  readonly token: () => Promise<Bytes | null>;
  readonly whole: (named: Pick<RevocationsToken, "sha256" | "size">) => Promise<Bytes | null>;
  /** What came of a file that is not whole yet is of no use any more. */
  readonly forgetParts: () => Promise<void>;
  readonly delta: (named: { readonly base: string; readonly sha256: string; readonly size: number }) => Promise<Bytes | null>;
}

/** Where the file of revocations is kept while it comes. */
const PARTS: Parts = "download";
const REVOCATIONS = "/status/revocations";

/** Raises offline, timeout, unavailable, unexpected-answer. */
export const server: Origin = {
  anchor: downloadAnchor,
  trust: trustSource,
  walksCount: true,
  statusNumbers: () => request("/status/index.json", statusNumbersIn),
  async statusToken(number) {
    const answer = await send(`/status/${number}`, { headers: { accept: "application/statuslist+jwt" }, maxBytes: MAX_TOKEN });
    return answer.status >= 400 ? null : answer.bytes;
  },
  revocations: {
    token: () => bytesAt(`${REVOCATIONS}/token`, { maxBytes: MAX_REVOCATIONS_TOKEN, isRevalidated: true }),
    whole: ({ sha256, size }) => bytesInParts(`${REVOCATIONS}/${sha256}`, { parts: PARTS, name: sha256, size, maxBytes: size }),
    forgetParts: () => forgetParts(PARTS),
    delta: ({ base, sha256, size }) => bytesAt(`${REVOCATIONS}/${base}-${sha256}`, { maxBytes: size, isFresh: false }),
  },
};

/** The most lists: of a million cards each, as many as there are people, ten times over. */
const MAX_LISTS = 2048;

/** The numbers in an index of status lists, each once. Throws: TypeError */
export function statusNumbersIn(json: unknown): number[] {
  if (!isRecord(json) || !Array.isArray(json.lists)) throw new TypeError("lists");
  const numbers = json.lists.filter((number): number is number => Number.isSafeInteger(number) && number >= 0);
  return [...new Set(numbers)].slice(0, MAX_LISTS);
}
