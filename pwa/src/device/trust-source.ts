/** Where published files come from, the trust repository first of all: the same origin, within limits of size and time (D06). */
import type { Bytes, Get, Source } from "../core/tuf-client";
import { MAX_BYTES } from "../core/tuf";
import { isRecord } from "./api";
import { bytesAt } from "./download";
import { longFileAt } from "./long-file";

const ROOT = /^([1-9][0-9]*)\.root\.json$/;

/** For one update: how far the chain of roots leads is asked at most once. */
export function trustSource(): Source {
  const inTrust = (path: string, maxBytes: number): Promise<Bytes | null> => download(`/trust/${path}`, maxBytes);
  let newest: Promise<number> | null = null;
  const metadata: Get = async (path, maxBytes) => {
    const version = Number(ROOT.exec(path)?.[1] ?? 0);
    if (version === 0) return inTrust(path, maxBytes);
    newest ??= newestRoot();
    return version > (await newest) ? null : inTrust(path, maxBytes);
  };
  return { metadata, target: (path, maxBytes) => longFileAt(`/trust/targets/${path}`, maxBytes) };
}

/** The root that this deployment says is its anchor; null when it has none. */
export function downloadAnchor(): Promise<Bytes | null> {
  return download("/anchor.json", MAX_BYTES.root);
}

/**
 * How far the chain is said to lead, so that the browser's console is not given a file that is not there for every walk.
 * Unverified: who could lie here could as well withhold the roots. No such file: walk to the end.
 */
async function newestRoot(): Promise<number> {
  const raw = await download("/trust/root.json", MAX_BYTES.root);
  const said = raw === null ? null : jsonOf(raw);
  const version = isRecord(said) && isRecord(said.signed) ? said.signed.version : undefined;
  return typeof version === "number" ? version : Infinity;
}

function jsonOf(raw: Bytes): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(raw));
  } catch {
    return null;
  }
}

/** Names that stay while the file behind them changes; all others may come out of a cache, and their Date with them. */
const CHANGING = new Set(["/trust/timestamp.json", "/trust/root.json"]);

function download(path: string, maxBytes: number): Promise<Bytes | null> {
  return bytesAt(path, { maxBytes, isFresh: CHANGING.has(path) });
}
