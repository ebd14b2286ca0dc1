/** Passkeys for the staff: the browser's ceremony between two calls of the server. User verification is always asked for. */
import {
  browserSupportsWebAuthn,
  startAuthentication,
  startRegistration,
  WebAuthnError,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/browser";
import { isRecord, request } from "./api";
import { Failure } from "./failure";

/** Makes a passkey for the person whom `invitation` names and gives what `parse` makes of the server's answer. */
export async function registerPasskey<Value>(invitation: string, parse: (json: unknown) => Value): Promise<Value> {
  const optionsJSON = await request("/api/v1/passkeys/registration/options", asCreationOptions, { json: { invitation } });
  const credential = await ceremony(() => startRegistration({ optionsJSON }));
  return request("/api/v1/passkeys/registration", parse, { json: { invitation, credential } });
}

/** Logs in with a passkey of this device and gives what `parse` makes of the server's answer. */
export async function loginWithPasskey<Value>(parse: (json: unknown) => Value): Promise<Value> {
  const optionsJSON = await request("/api/v1/passkeys/authentication/options", asRequestOptions, { method: "POST", json: {} });
  const credential = await ceremony(() => startAuthentication({ optionsJSON }));
  return request("/api/v1/passkeys/authentication", parse, { json: { credential } });
}

/** Signs one thing with a passkey of this device: the challenge that `path` gives is about it and nothing else. */
export async function signWithPasskey<Value>(path: string, parse: (json: unknown) => Value): Promise<Value> {
  const optionsJSON = await request(`${path}/signature-options`, asRequestOptions, { method: "POST", json: {} });
  const credential = await ceremony(() => startAuthentication({ optionsJSON }));
  return request(`${path}/signatures`, parse, { json: { credential } });
}

function asCreationOptions(json: unknown): PublicKeyCredentialCreationOptionsJSON {
  if (!isRecord(json) || typeof json.challenge !== "string" || !isRecord(json.user)) throw new TypeError("no creation options");
  return json as unknown as PublicKeyCredentialCreationOptionsJSON;
}

function asRequestOptions(json: unknown): PublicKeyCredentialRequestOptionsJSON {
  if (!isRecord(json) || typeof json.challenge !== "string") throw new TypeError("no request options");
  return json as unknown as PublicKeyCredentialRequestOptionsJSON;
}

async function ceremony<Response>(start: () => Promise<Response>): Promise<Response> {
  if (!browserSupportsWebAuthn()) throw new Failure("passkey-unsupported");
  try {
    return await start();
  } catch (error) {
    throw new Failure("passkey-cancelled", error instanceof WebAuthnError ? error.code : "");
  }
}
