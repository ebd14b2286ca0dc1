/**
 * Brings the revocations of the whole country to the device: one file, and from then on only what was added to it.
 *
 * Whatever is wrong with what the server has, the one that is kept stays: what is revoked is not forgotten again (row C04),
 * and nothing else waits for it. The workflow is that of a pack: backend/amate/features/verification/revocations.py.
 */
import { Malformed } from "../core/errors";
import { hashOf } from "../core/metadata";
import { applyDelta, checkAgrees, openRevocations, parseRevocationsToken, type Revocations, type RevocationsToken } from "../core/revocations";
import type { SignedRevocations } from "../core/standing";
import { readClock } from "./clock";
import { Failure, slugOf } from "./failure";
import { server, type Origin, type RevocationsOrigin } from "./origin";
import { pausing } from "./pausing";
import { put } from "./store";
import { issuerKeys, loadRevocations, loadTrust, NEWEST, revocationsUri, type KeptRevocations } from "./trust-store";
import { inTurn } from "./turn";

const TURN = "amate-revocations";

/**
 * Brings them up to date, and gives what is then kept; null where neither this device nor the origin has any.
 *
 * Raises no-trust, revocations-refused, storage-full, offline, timeout, unavailable; what was kept stays.
 */
export async function syncRevocations({ revocations }: Origin = server): Promise<KeptRevocations | null> {
  try {
    return await inTurn(TURN, () => bring(revocations));
  } catch (error) {
    throw error instanceof Malformed ? new Failure("revocations-refused", slugOf(error)) : error;
  }
}

async function bring(origin: RevocationsOrigin): Promise<KeptRevocations | null> {
  const trust = await loadTrust(readClock().now);
  if (trust === null) throw new Failure("no-trust");
  const kept = await loadRevocations(trust);
  const raw = await origin.token();
  if (raw === null) return kept; // a server of an older release: the lists are what there is
  const encodedJwt = new TextDecoder().decode(raw);
  const before = (await kept?.opened) ?? null;
  if (before !== null && encodedJwt === kept?.encodedJwt) return kept;
  const reading = { keys: issuerKeys(trust), expectedUri: revocationsUri(trust), held: kept?.token };
  const token = await parseRevocationsToken(encodedJwt, reading);
  const file = await fileOf(origin, token, before);
  checkAgrees(token, file);
  await put("revocations", NEWEST, { token: encodedJwt, bytes: file.bits.bytes, savedAt: readClock().now });
  await origin.forgetParts();
  return { encodedJwt, token, opened: Promise.resolve({ token, file }) };
}

async function fileOf(origin: RevocationsOrigin, token: RevocationsToken, before: SignedRevocations | null): Promise<Revocations> {
  if (before?.token.sha256 === token.sha256) return before.file;
  return (before && (await byDelta(origin, token, before))) ?? (await whole(origin, token));
}

async function whole(origin: RevocationsOrigin, token: RevocationsToken): Promise<Revocations> {
  const { sha256 } = token;
  const encoded = await origin.whole(token);
  if (encoded === null) throw new Failure("unavailable", `the file of revocations ${sha256} is not there`);
  return openRevocations(encoded, { expectedSha256: sha256, pause: pausing() });
}

/** The newest file from the one that is kept; null when no delta leads there, and the whole is to be fetched. */
async function byDelta(origin: RevocationsOrigin, token: RevocationsToken, before: SignedRevocations): Promise<Revocations | null> {
  const delta = token.deltas.find(({ base }) => base === before.token.sha256);
  if (delta === undefined || delta.size >= token.size) return null;
  try {
    const encoded = await origin.delta({ base: delta.base, sha256: token.sha256, size: delta.size });
    if (encoded === null || (await hashOf("sha256", encoded)) !== delta.sha256) return null;
    return await applyDelta(before.file, encoded, { expectedSha256: token.sha256, pause: pausing() });
  } catch (error) {
    if (error instanceof Malformed || error instanceof Failure) return null;
    throw error;
  }
}
