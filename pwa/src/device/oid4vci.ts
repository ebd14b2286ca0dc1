/**
 * The wallet's side of OpenID4VCI 1.0 final, pre-authorised code flow: offer, token, nonce, credential; then passes by refresh token.
 *
 * An offer is untrusted input (§4.1): only this origin's own issuer is followed (E06), anything else is named and refused.
 */
import { SignJWT } from "jose";
import { isRecord, problemOf, request, type Answer } from "./api";
import { readClock } from "./clock";
import { requestBound, sendBound } from "./dpop";
import { Failure } from "./failure";
import type { HolderKey } from "./keys";

const PRE_AUTHORISED = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
const CONFIGURATION = "mx.salud.credential";
const TYPED_CODE = /^[0-9A-Z]{4}-?[0-9A-Z]{4}-?[0-9A-Z]{4}$/;

/** An offer that this wallet may follow. */
export interface Offer {
  readonly issuer: string;
  readonly code: string;
  /** How many characters the separate code has; null when none is asked for. */
  readonly txCode: { readonly length: number; readonly isNumeric: boolean } | null;
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
}

/** Says where an offer points without asking anybody: the domain, for the person to see. Raises not-an-offer. */
export function offerAddress(input: string): string {
  const text = input.trim();
  const typed = text.toUpperCase().replaceAll(/[\s-]/g, "");
  if (TYPED_CODE.test(typed)) return `${location.origin}/oid4vci/offers/${typed.replace(/^(.{4})(.{4})(.{4})$/, "$1-$2-$3")}`;
  const uri = parametersOf(text).get("credential_offer_uri");
  if (uri === null || !URL.canParse(uri)) throw new Failure("not-an-offer");
  return uri;
}

/** The offer's parameters, from the query of the custom scheme or the fragment of our own link. */
function parametersOf(text: string): URLSearchParams {
  const at = Math.max(text.indexOf("?"), text.indexOf("#"));
  return new URLSearchParams(at < 0 ? text : text.slice(at + 1));
}

/** True when the address belongs to the issuer of this very origin (E06). */
export function isOwnIssuer(address: string): boolean {
  return new URL(address).origin === location.origin;
}

/** Fetches and checks an offer. Raises not-an-offer, foreign-issuer (detail: its domain), and what the server says. */
export async function fetchOffer(input: string): Promise<Offer> {
  const address = offerAddress(input);
  if (!isOwnIssuer(address)) throw new Failure("foreign-issuer", new URL(address).host);
  const { pathname, search } = new URL(address);
  const offer = await request(pathname + search, parseOffer);
  if (offer.issuer !== location.origin) throw new Failure("foreign-issuer", hostOf(offer.issuer));
  return offer;
}

function hostOf(issuer: string): string {
  return URL.canParse(issuer) ? new URL(issuer).host : issuer;
}

function parseOffer(json: unknown): Offer {
  if (!isRecord(json) || !isRecord(json.grants) || typeof json.credential_issuer !== "string") throw new TypeError("offer");
  const grant = json.grants[PRE_AUTHORISED];
  const offered = json.credential_configuration_ids;
  if (!isRecord(grant) || !Array.isArray(offered) || !offered.includes(CONFIGURATION)) throw new TypeError("grant");
  return { issuer: json.credential_issuer, code: textOf(grant["pre-authorized_code"]), txCode: txCodeOf(grant.tx_code) };
}

function txCodeOf(value: unknown): Offer["txCode"] {
  if (!isRecord(value)) return null;
  return { length: typeof value.length === "number" ? value.length : 6, isNumeric: value.input_mode !== "text" };
}

function textOf(value: unknown): string {
  if (typeof value !== "string" || value === "") throw new TypeError("text expected");
  return value;
}

/** Trades the offer and its separate code for tokens bound to the key (§6). Raises invalid_grant and the server's other words. */
export function redeemOffer(key: HolderKey, offer: Offer, txCode: string): Promise<Tokens> {
  const tx = offer.txCode === null ? {} : { tx_code: txCode };
  return token(key, { grant_type: PRE_AUTHORISED, "pre-authorized_code": offer.code, ...tx });
}

/** New tokens from the refresh token (RFC 6749 §6). Raises invalid_grant when the server withdrew it. */
export async function refreshTokens(key: HolderKey, refreshToken: string): Promise<Tokens> {
  const fresh = await token(key, { grant_type: "refresh_token", refresh_token: refreshToken });
  return { ...fresh, refreshToken: fresh.refreshToken ?? refreshToken };
}

async function token(key: HolderKey, form: Readonly<Record<string, string>>): Promise<Tokens> {
  const answer = await sendBound(key, "/oid4vci/token", { form });
  if (answer.status >= 400) throw problemOf(answer);
  return parseTokens(answer);
}

function parseTokens({ json, status }: Answer): Tokens {
  if (!isRecord(json) || typeof json.access_token !== "string") throw new Failure("unexpected-answer", "token", status);
  return { accessToken: json.access_token, refreshToken: typeof json.refresh_token === "string" ? json.refresh_token : null };
}

/** A proof that the key is here, over a fresh nonce of the issuer (§8.2, appendix F.1). */
async function keyProof(key: HolderKey): Promise<string> {
  const nonce = await request("/oid4vci/nonce", (json) => textOf(isRecord(json) ? json.c_nonce : null), { method: "POST" });
  return new SignJWT({ nonce })
    .setProtectedHeader({ alg: "ES256", typ: "openid4vci-proof+jwt", jwk: { ...key.jwk } })
    .setAudience(location.origin)
    .setIssuedAt(readClock().now)
    .sign(key.pair.privateKey);
}

/** Asks `attempt` with a key proof, and once more when the nonce had grown old meanwhile (§8.3.1.2). */
async function withKeyProof<Value>(key: HolderKey, attempt: (proof: string) => Promise<Value>): Promise<Value> {
  try {
    return await attempt(await keyProof(key));
  } catch (error) {
    if (!(error instanceof Failure) || !/^invalid[-_]nonce$/.test(error.slug)) throw error;
    return attempt(await keyProof(key));
  }
}

/** The credential (compact SD-JWT VC) for the key (§8). Not yet verified. */
export function fetchCredential(key: HolderKey, accessToken: string): Promise<string> {
  return withKeyProof(key, (proof) =>
    requestBound(key, "/oid4vci/credential", parseCredential, {
      accessToken,
      json: { credential_configuration_id: CONFIGURATION, proofs: { jwt: [proof] } },
    }),
  );
}

function parseCredential(json: unknown): string {
  if (!isRecord(json) || !Array.isArray(json.credentials)) throw new TypeError("credentials");
  const first: unknown = json.credentials[0];
  return textOf(isRecord(first) ? first.credential : null);
}

export interface FetchedPass {
  /** base64url of the COSE bytes. Not yet verified. */
  readonly pass: string;
  readonly renewAt: number | null;
}

/** A new pass for the key (DESIGN §5). Not yet verified. */
export function fetchPass(key: HolderKey, accessToken: string): Promise<FetchedPass> {
  return withKeyProof(key, (proof) =>
    requestBound(key, "/api/v1/passes", parsePass, { accessToken, json: { proofs: { jwt: [proof] } } }),
  );
}

function parsePass(json: unknown): FetchedPass {
  if (!isRecord(json)) throw new TypeError("pass");
  return { pass: textOf(json.pass), renewAt: secondsOf(json.renew_at) };
}

export interface QrToken {
  /** The digits for the QR code. */
  readonly text: string;
  readonly expiresAt: number | null;
}

/** A pass that the server mints for one showing by somebody else (profile 2). */
export function fetchQrToken(key: HolderKey, accessToken: string): Promise<QrToken> {
  return requestBound(key, "/api/v1/qr-tokens", parseQrToken, { accessToken, method: "POST", json: {} });
}

function parseQrToken(json: unknown): QrToken {
  if (!isRecord(json)) throw new TypeError("qr-token");
  return { text: textOf(json.text), expiresAt: secondsOf(json.expires_at) };
}

/** What the card shows beside the pass; its shape is the caller's to check. */
export function fetchCard<Value>(key: HolderKey, accessToken: string, parse: (json: unknown) => Value, query = ""): Promise<Value> {
  return requestBound(key, `/api/v1/me/card${query}`, parse, { accessToken });
}

/** Who looked at the card; its shape is the caller's to check. */
export function fetchLooks<Value>(key: HolderKey, accessToken: string, parse: (json: unknown) => Value): Promise<Value> {
  return requestBound(key, "/api/v1/me/looks", parse, { accessToken });
}

/** Seconds since 1970 from ISO 8601 text or a number; null for anything else. */
export function secondsOf(value: unknown): number | null {
  const seconds = typeof value === "string" ? Date.parse(value) / 1000 : value;
  return typeof seconds === "number" && Number.isFinite(seconds) ? Math.floor(seconds) : null;
}
