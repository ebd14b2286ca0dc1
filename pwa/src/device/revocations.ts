/**
 * Brings the revocations of the whole country to the device: one file, and from then on only what was added to it.
 *
 * Whatever is wrong with what the server has, the one that is kept stays: what is revoked is not forgotten again (row C04),
 * and nothing else waits for it. The workflow is that of a pack: backend/amate/features/verification/revocations.py.
 */
import { Malformed } from "../core/errors";
import { hashOf } from "../core/metadata";
import { applyDelta, checkAgrees, MAX_TOKEN, openRevocations, parseRevocationsToken, type Revocations, type RevocationsToken } from "../core/revocations";
import type { SignedRevocations } from "../core/standing";
import { readClock } from "./clock";
import { bytesAt } from "./download";
import { Failure, slugOf } from "./failure";
import { pausing } from "./pausing";
import { bytesInParts, forgetParts, type Parts } from "./resuming";
import { put } from "./store";
import { issuerKeys, loadRevocations, loadTrust, NEWEST, revocationsUri, type KeptRevocations } from "./trust-store";
import { inTurn } from "./turn";

const FOLDER = "/status/revocations";
const TURN = "amate-revocations";
const PARTS: Parts = "download";

/**
 * Brings them up to date, and gives what is then kept; null where neither this device nor the server has any.
 *
 * Raises no-trust, revocations-refused, storage-full, offline, timeout, unavailable; what was kept stays.
 */
export async function syncRevocations(): Promise<KeptRevocations | null> {
  try {
    return await inTurn(TURN, bring);
  } catch (error) {
    throw error instanceof Malformed ? new Failure("revocations-refused", slugOf(error)) : error;
  }
}

async function bring(): Promise<KeptRevocations | null> {
  const trust = await loadTrust(readClock().now);
  if (trust === null) throw new Failure("no-trust");
  const kept = await loadRevocations(trust);
  const raw = await bytesAt(`${FOLDER}/token`, { maxBytes: MAX_TOKEN, isRevalidated: true });
  if (raw === null) return kept; // a server of an older release: the lists are what there is
  const encodedJwt = new TextDecoder().decode(raw);
  const before = (await kept?.opened) ?? null;
  if (before !== null && encodedJwt === kept?.encodedJwt) return kept;
  const reading = { keys: issuerKeys(trust), expectedUri: revocationsUri(trust), held: kept?.token };
  const token = await parseRevocationsToken(encodedJwt, reading);
  const file = await fileOf(token, before);
  checkAgrees(token, file);
  await put("revocations", NEWEST, { token: encodedJwt, bytes: file.bits.bytes, savedAt: readClock().now });
  await forgetParts(PARTS);
  return { encodedJwt, token, opened: Promise.resolve({ token, file }) };
}

async function fileOf(token: RevocationsToken, before: SignedRevocations | null): Promise<Revocations> {
  if (before?.token.sha256 === token.sha256) return before.file;
  return (before && (await byDelta(token, before))) ?? (await whole(token));
}

async function whole({ sha256, size }: RevocationsToken): Promise<Revocations> {
  const encoded = await bytesInParts(`${FOLDER}/${sha256}`, { parts: PARTS, name: sha256, size, maxBytes: size });
  if (encoded === null) throw new Failure("unavailable", `the file of revocations ${sha256} is not there`);
  return openRevocations(encoded, { expectedSha256: sha256, pause: pausing() });
}

/** The newest file from the one that is kept; null when no delta leads there, and the whole is to be fetched. */
async function byDelta(token: RevocationsToken, before: SignedRevocations): Promise<Revocations | null> {
  const delta = token.deltas.find(({ base }) => base === before.token.sha256);
  if (delta === undefined || delta.size >= token.size) return null;
  try {
    const encoded = await bytesAt(`${FOLDER}/${delta.base}-${token.sha256}`, { maxBytes: delta.size, isFresh: false });
    if (encoded === null || (await hashOf("sha256", encoded)) !== delta.sha256) return null;
    return await applyDelta(before.file, encoded, { expectedSha256: token.sha256, pause: pausing() });
  } catch (error) {
    if (error instanceof Malformed || error instanceof Failure) return null;
    throw error;
  }
}
