/** Requests bound to the holder's key by DPoP (RFC 9449), with the one retry that a server's nonce asks for. */
import { SignJWT } from "jose";
import { base64urlEncode, utf8Encode } from "../core/encoding";
import { isRecord, problemOf, send, type Answer, type Ask } from "./api";
import { readClock } from "./clock";
import { Failure } from "./failure";
import type { HolderKey } from "./keys";

/** The latest nonce that the server gave (RFC 9449 §8): good for its next request. */
let nonce: string | null = null;

/** Sends one request with a DPoP proof, and with the access token if there is one. Any status comes back; raises offline, timeout. */
export async function sendBound(key: HolderKey, path: string, ask: Ask & { accessToken?: string } = {}): Promise<Answer> {
  const first = await attempt(key, path, ask);
  return asksForNonce(first) ? attempt(key, path, ask) : first;
}

/** As sendBound, but gives what `parse` makes of the JSON. Raises the problem's slug, unexpected-answer, offline, timeout. */
export async function requestBound<Value>(
  key: HolderKey,
  path: string,
  parse: (json: unknown) => Value,
  ask: Ask & { accessToken?: string } = {},
): Promise<Value> {
  const answer = await sendBound(key, path, ask);
  if (answer.status >= 400) throw problemOf(answer);
  try {
    return parse(answer.json);
  } catch {
    throw new Failure("unexpected-answer", path, answer.status);
  }
}

async function attempt(key: HolderKey, path: string, { accessToken, ...ask }: Ask & { accessToken?: string }): Promise<Answer> {
  const url = new URL(path, location.origin);
  const method = ask.method ?? (ask.json === undefined && ask.form === undefined ? "GET" : "POST");
  const proof = await dpopProof(key, { method, url, ...(accessToken === undefined ? {} : { accessToken }) });
  const bearer = accessToken === undefined ? {} : { authorization: `DPoP ${accessToken}` };
  const answer = await send(path, { ...ask, method, headers: { ...ask.headers, ...bearer, dpop: proof } });
  nonce = answer.headers.get("dpop-nonce") ?? nonce;
  return answer;
}

/** RFC 9449 §8 at the token endpoint, §9 at a resource. */
function asksForNonce({ status, json, headers }: Answer): boolean {
  if (status !== 400 && status !== 401) return false;
  const inBody = isRecord(json) && json.error === "use_dpop_nonce";
  return headers.has("dpop-nonce") && (inBody || (headers.get("www-authenticate") ?? "").includes("use_dpop_nonce"));
}

interface Bound {
  method: string;
  url: URL;
  accessToken?: string;
}

async function dpopProof(key: HolderKey, { method, url, accessToken }: Bound): Promise<string> {
  const ath = accessToken === undefined ? {} : { ath: await sha256(accessToken) };
  return new SignJWT({ htm: method, htu: url.origin + url.pathname, ...ath, ...(nonce === null ? {} : { nonce }) })
    .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk: { ...key.jwk } })
    .setJti(base64urlEncode(crypto.getRandomValues(new Uint8Array(16))))
    .setIssuedAt(readClock().now)
    .sign(key.pair.privateKey);
}

async function sha256(text: string): Promise<string> {
  return base64urlEncode(new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(utf8Encode(text)))));
}

/** Forgets the nonce: for tests. */
export function forgetNonce(): void {
  nonce = null;
}
