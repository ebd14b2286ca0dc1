/** The wallet's dealings with the issuer: claim, renew, lend. Loaded only when there is something to ask. */
import { verify } from "../core/sd-jwt";
import { refusal, type Trust } from "../core/trust";
import { isRecord } from "../device/api";
import { readClock, saveClock } from "../device/clock";
import { Failure, slugOf } from "../device/failure";
import { createHolderKey, type HolderKey } from "../device/keys";
import { fetchCard, fetchCredential, fetchLooks, fetchPass, fetchQrToken, redeemOffer, refreshTokens, type Offer, type Tokens } from "../device/oid4vci";
import { protectStorage } from "../device/storage-health";
import { syncTrust } from "../device/sync";
import { issuerKeys, loadTrust } from "../device/trust-store";
import { note } from "./activity";
import { holdingOf, passOf, saveCard, type Card, type Clinics } from "./card";
import { parseDetails } from "./details";
import { keepLooks, parseLooks, type Looks } from "./looks";
import { dropPending, loadPending, savePending } from "./pending";
import { alone, inTurn } from "./turns";

/** Whether the credential is a trusted issuer's, in force now, and bound to this phone's key. */
async function isOurs(credential: string, key: HolderKey, { trust, now }: { trust: Trust; now: number }): Promise<boolean> {
  const findKey = (kid: string | null): CryptoKey | null => {
    const known = issuerKeys(trust).find((issuer) => issuer.kid === kid);
    return known !== undefined && refusal(known, "credential", { iat: now, now }) === null ? known.publicKey : null;
  };
  try {
    const { claims } = await verify(credential, { findKey, now });
    const { cnf } = claims;
    const jwk = isRecord(cnf) && isRecord(cnf.jwk) ? cnf.jwk : {};
    return claims.iss === location.origin && jwk.x === key.jwk.x && jwk.y === key.jwk.y;
  } catch {
    return false;
  }
}

/** Whether the key that signed the credential was revoked since. */
async function isDisowned(credential: string, { trust, now }: { trust: Trust | null; now: number }): Promise<boolean> {
  const known = new Map(trust === null ? [] : issuerKeys(trust).map((key) => [key.kid, key]));
  try {
    const { claims, kid } = await verify(credential, { findKey: (kid) => known.get(kid ?? "")?.publicKey ?? null, now });
    const signer = known.get(kid ?? "");
    const iat = typeof claims.iat === "number" ? claims.iat : now;
    return signer !== undefined && refusal(signer, "credential", { iat, now }) === "key-revoked";
  } catch {
    return false; // expired, or not in force for another reason: nothing that a theft explains
  }
}

/**
 * Brings trust up to date and says whether a key was revoked that signed this card's pass or credential: then it has to be
 * renewed, whether or not the server asks for it. Raises offline, timeout, trust-refused.
 */
export async function isSignerRevoked(card: Card, key: HolderKey): Promise<boolean> {
  await syncTrust({ targets: WALLET_TARGETS });
  const now = readClock().now;
  const trust = await loadTrust(now);
  return (await holdingOf(card.pass, key, trust)) === "disowned" || isDisowned(card.credential, { trust, now });
}

/** The trust files that a wallet needs: clinics are many, and the card brings its own few. */
const WALLET_TARGETS = ["issuers.json", "policy.json"];
const QR_TOKEN_LIFE_S = 90;

/** A card that came from the issuer and whose signature was checked, not kept yet. */
export interface Arrived {
  readonly card: Card;
  readonly key: HolderKey;
}

/** An offer being followed: tokens, once got, survive a network that breaks in between (the code works only once). */
export interface Claiming {
  readonly offer: Offer;
  readonly key: HolderKey;
  tokens: Tokens | null;
}

/** Starts following an offer with a key of its own. */
export async function beginClaim(offer: Offer): Promise<Claiming> {
  return { offer, key: await createHolderKey(), tokens: null };
}

/**
 * Redeems the offer that came by `input`, fetches credential, pass and card, and checks the signatures. Raises the server's
 * slugs, bad-signature, storage-full. Once redeemed it can be gone on with, whatever becomes of this page.
 */
export async function claim(claiming: Claiming, input: string, txCode: string): Promise<Arrived> {
  const { key, offer } = claiming;
  if (claiming.tokens === null) {
    claiming.tokens = await redeemOffer(key, offer, txCode);
    const { refreshToken } = claiming.tokens;
    if (refreshToken !== null) await savePending({ input, issuer: offer.issuer, refreshToken }, key);
  }
  return arrive(key, claiming.tokens, offer.issuer);
}

/** Goes on with a claim by `input` that was redeemed and never answered; null when there is none. Raises as `claim` does. */
export async function resumeClaim(input: string): Promise<Arrived | null> {
  const found = await loadPending();
  if (found === null || found.pending.input !== input) return null;
  const { key, pending } = found;
  try {
    return await arrive(key, await refreshTokens(key, pending.refreshToken), pending.issuer);
  } catch (error) {
    if (["invalid_grant", ...REFUSALS].includes(slugOf(error))) await dropPending();
    throw error;
  }
}

async function arrive(key: HolderKey, tokens: Tokens, issuer: string): Promise<Arrived> {
  const credential = await fetchCredential(key, tokens.accessToken);
  return { card: await fetchAll(key, tokens, { issuer, credential }, true), key };
}

async function fetchAll(key: HolderKey, tokens: Tokens, from: Pick<Card, "issuer" | "credential">, isNew = false): Promise<Card> {
  const [fetched, { details, isRenewalAsked }] = await Promise.all([
    fetchPass(key, tokens.accessToken),
    fetchCard(key, tokens.accessToken, parseDetails),
    syncTrust({ targets: WALLET_TARGETS }),
  ]);
  const now = readClock().now;
  const trust = await loadTrust(now);
  if (!isNew && (isRenewalAsked || (await isDisowned(from.credential, { trust, now })))) {
    // What signed the credential is believed no more, or soon will not be: a new one, and a pass that goes with it.
    return fetchAll(key, tokens, { ...from, credential: await fetchCredential(key, tokens.accessToken) }, true);
  }
  const pass = passOf(fetched.pass);
  if (pass === null || trust === null || (await holdingOf(fetched.pass, key, trust)) !== "holds") throw new Failure("bad-signature");
  if (isNew && !(await isOurs(from.credential, key, { trust, now }))) throw new Failure("bad-signature");
  const { iat, exp } = pass.claims;
  return {
    ...from,
    ...{ refreshToken: tokens.refreshToken, pass: fetched.pass, passIat: iat, passExp: exp },
    ...{ renewAt: fetched.renewAt, details, renewedAt: now, isWithdrawn: false },
  };
}

/** Keeps a card that the person said is theirs, once nobody is at work on the one before. Raises storage-full, storage-unavailable. */
export async function keep({ card, key }: Arrived): Promise<void> {
  await alone(() => saveCard(card, key));
  await dropPending();
  await saveClock();
  await protectStorage();
}

/** The card after its issuer was asked. */
export interface Renewed {
  readonly card: Card;
  /** Why it could not be written to the device; null when it was. */
  readonly storageSlug: string | null;
}

/** The card with a new pass; a withdrawn one is marked so. Raises offline, timeout, card-replaced and the server's slugs. */
export function renew(card: Card, key: HolderKey): Promise<Renewed> {
  return inTurn(card, async (latest) => {
    const isDone = latest.passIat > card.passIat || latest.isWithdrawn; // by another tab, while this one waited
    return isDone ? { card: latest, storageSlug: null } : renewNow(latest, key);
  });
}

async function renewNow(card: Card, key: HolderKey): Promise<Renewed> {
  const tokens = await tokensOf(card, key);
  const renewed = tokens === null ? null : await fetchAll(key, tokens, card).catch(nullIfRefused);
  if (renewed === null) return withdrawn(card);
  await note("renewed", readClock().now);
  return { card: renewed, storageSlug: await kept(renewed) };
}

/** Asks whether the card still holds, in one small request; refused, it is marked withdrawn. Raises offline, timeout and the server's slugs. */
export function ask(card: Card, key: HolderKey): Promise<Renewed> {
  return inTurn(card, async (latest) => {
    const isToAsk = !latest.isWithdrawn && latest.refreshToken !== null;
    return isToAsk && (await tokensOf(latest, key)) === null ? withdrawn(latest) : { card: latest, storageSlug: null };
  });
}

/** The card marked for good as one that its issuer refuses: only another claim puts a code on this phone again. */
async function withdrawn(card: Card): Promise<Renewed> {
  const marked = { ...card, isWithdrawn: true };
  if (!card.isWithdrawn) await note("withdrawn", readClock().now);
  return { card: marked, storageSlug: await kept(marked) };
}

/** The issuer's words for a grant or credential that was revoked, at its own addresses and at those of OpenID4VCI. */
const REFUSALS: readonly string[] = ["credential-revoked", "credential_request_denied"];

function nullIfRefused(error: unknown): null {
  if (REFUSALS.includes(slugOf(error))) return null;
  throw error;
}

/** Fresh tokens, kept at once when the refresh token changed (the old one may be dead already); null when withdrawn. */
async function tokensOf(card: Card, key: HolderKey): Promise<Tokens | null> {
  if (card.refreshToken === null) return null;
  try {
    const tokens = await refreshTokens(key, card.refreshToken);
    if (tokens.refreshToken !== card.refreshToken) await kept({ ...card, refreshToken: tokens.refreshToken });
    return tokens;
  } catch (error) {
    if (slugOf(error) === "invalid_grant") return null;
    throw error;
  }
}

async function kept(card: Card): Promise<string | null> {
  try {
    await saveCard(card);
    await saveClock();
    return null;
  } catch (error) {
    return slugOf(error);
  }
}

/** What `work` gets from the server with a fresh access token. Raises withdrawn, after it was kept that the card is. */
async function withAccess<Value>(card: Card, key: HolderKey, work: (accessToken: string) => Promise<Value>): Promise<Value> {
  const tokens = await inTurn(card, (latest) => tokensOf(latest, key));
  const got = tokens === null ? null : await work(tokens.accessToken).catch(nullIfRefused);
  if (got !== null) return got;
  await inTurn(card, withdrawn);
  throw new Failure("withdrawn");
}

/** A one-time code minted by the server. Raises offline, withdrawn, card-replaced and the server's slugs. */
export async function lend(card: Card, key: HolderKey): Promise<{ text: string; expiresAt: number }> {
  const minted = await withAccess(card, key, (accessToken) => fetchQrToken(key, accessToken));
  const now = readClock().now;
  await note("lent", now);
  return { text: minted.text, expiresAt: minted.expiresAt ?? now + QR_TOKEN_LIFE_S };
}

/** The person's clinics with their distances from a point, as the server lists them. Raises offline, withdrawn and the server's slugs. */
export async function clinicsNear(card: Card, key: HolderKey, { lat, lon }: { lat: number; lon: number }): Promise<Clinics> {
  const query = new URLSearchParams({ lat: lat.toFixed(5), lon: lon.toFixed(5) });
  const fetched = await withAccess(card, key, (accessToken) => fetchCard(key, accessToken, parseDetails, `?${query.toString()}`));
  return fetched.details;
}

/** Who looked at the card, asked and kept; a full disk does not keep it from being shown. Raises offline, withdrawn and the server's slugs. */
export async function bringLooks(card: Card, key: HolderKey): Promise<Looks> {
  const looks = await withAccess(card, key, (accessToken) => fetchLooks(key, accessToken, parseLooks));
  const brought = { looks, askedAt: readClock().now };
  await keepLooks(brought).catch(() => undefined);
  return brought;
}
