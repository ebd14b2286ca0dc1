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
  const answer = await request("/api/v1/passkeys/registration/options", asOptions, { json: { invitation } });
  const response = await ceremony(() => startRegistration({ optionsJSON: answer.options as unknown as PublicKeyCredentialCreationOptionsJSON }));
  return request("/api/v1/passkeys/registration", parse, { json: { ...answer.rest, credential: response } });
}

/** Logs in with a passkey of this device and gives what `parse` makes of the server's answer. */
export async function loginWithPasskey<Value>(parse: (json: unknown) => Value): Promise<Value> {
  const answer = await request("/api/v1/passkeys/authentication/options", asOptions, { method: "POST", json: {} });
  const response = await ceremony(() => startAuthentication({ optionsJSON: answer.options as unknown as PublicKeyCredentialRequestOptionsJSON }));
  return request("/api/v1/passkeys/authentication", parse, { json: { ...answer.rest, credential: response } });
}

interface Options {
  options: Readonly<Record<string, unknown>>;
  rest: Readonly<Record<string, unknown>>;
}

function asOptions(json: unknown): Options {
  if (!isRecord(json)) throw new TypeError("no options");
  const { options, publicKey, ...rest } = json;
  const found = options ?? publicKey ?? json;
  if (!isRecord(found) || typeof found.challenge !== "string") throw new TypeError("no challenge");
  return { options: found, rest: found === json ? {} : rest };
}

async function ceremony<Response>(start: () => Promise<Response>): Promise<Response> {
  if (!browserSupportsWebAuthn()) throw new Failure("passkey-unsupported");
  try {
    return await start();
  } catch (error) {
    throw new Failure("passkey-cancelled", error instanceof WebAuthnError ? error.code : "");
  }
}
