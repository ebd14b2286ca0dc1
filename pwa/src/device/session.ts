/**
 * Who is logged in on this machine: by a passkey, at a clinic's node by the code of the counter, in a demonstration by one touch;
 * kept for work with no network.
 */
import { isRecord, request, tell } from "./api";
import { loginWithPasskey, registerPasskey } from "./passkey";
import { get, put, remove } from "./store";

export interface Staff {
  readonly name: string;
  readonly role: string;
  /** CLUES of the clinic that the person is bound to, if any. */
  readonly clinic: string | null;
}

/** How one enters: a passkey belongs to the centre's address; a clinic's own node gives each counter a code instead. */
export type Entry = "passkey" | "counter-code";

export interface Session {
  readonly staff: Staff | null;
  readonly env: string;
  readonly entry: Entry;
  /** The server says that this machine's staff may log in no more. */
  readonly isWithdrawn: boolean;
}

/** Before the server has said anything. */
export const NOBODY: Session = { staff: null, env: "", entry: "passkey", isWithdrawn: false };

/**
 * Whether somebody ended this session: its staff were disabled, or a clinic's node says that this is no counter of it, whose
 * session does not end by itself.
 */
export function isPutOut({ staff, entry, isWithdrawn }: Session): boolean {
  return staff === null && (isWithdrawn || entry === "counter-code");
}

const KEPT = "session";
/** Kept in place of a session that is over while the server has yet to hear of it: its cookie would bring it back. */
const LEFT = "left";

function staffOf(value: unknown): Staff {
  if (!isRecord(value) || typeof value.name !== "string" || typeof value.role !== "string") throw new TypeError("no staff");
  return { name: value.name, role: value.role, clinic: typeof value.clinic === "string" ? value.clinic : null };
}

function sessionOf(json: unknown): Session {
  if (!isRecord(json) || typeof json.env !== "string") throw new TypeError("no session");
  const entry = json.entry === "counter-code" ? "counter-code" : "passkey";
  return { staff: json.staff === null || json.staff === undefined ? null : staffOf(json.staff), env: json.env, entry, isWithdrawn: json.withdrawn === true };
}

function staffAnswer(json: unknown): Staff {
  return staffOf(isRecord(json) ? json.staff : null);
}

/** The session of this browser, as the server knows it once one that was left is over; remembered for when there is no network. */
export async function loadSession(): Promise<Session> {
  await finishLeaving();
  const session = await request("/api/v1/session", sessionOf);
  await put("settings", KEPT, session);
  return session;
}

/** Whether somebody ended this machine's session, as the server says now. */
export async function hasBeenPutOut(): Promise<boolean> {
  return isPutOut(await request("/api/v1/session", sessionOf));
}

/** The session that the server last confirmed on this machine; null when it never did. */
export async function keptSession(): Promise<Session | null> {
  const kept = await get("settings", KEPT);
  return kept === undefined || kept === LEFT ? null : sessionOf(kept);
}

/** Logs in as a demonstration's staff, as the second of a role where two are needed; refused outside a demonstration. */
export function demoLogin(role: string, isSecond = false): Promise<Staff> {
  return request("/api/v1/session/demo", staffAnswer, { json: isSecond ? { role, second: true } : { role } });
}

export function passkeyLogin(): Promise<Staff> {
  return loginWithPasskey(staffAnswer);
}

/** Makes this machine the counter that a code of the clinic's node was made for. Raises counter-code-unknown, too-many-requests. */
export function enterAsCounter(code: string): Promise<Staff> {
  return request("/api/v1/session/counter", staffAnswer, { json: { code } });
}

/** Creates the passkey that an invitation stands for, and logs in with it. */
export function acceptInvitation(invitation: string): Promise<Staff> {
  return registerPasskey(invitation, staffAnswer);
}

/** Ends the session here at once and at the server; raises offline, timeout, unavailable where finishLeaving() has to, later. */
export async function logout(): Promise<void> {
  await put("settings", KEPT, LEFT).catch(() => remove("settings", KEPT)); // a full disk keeps nobody logged in
  await tell("/api/v1/session", { method: "DELETE" });
  await remove("settings", KEPT);
}

let finishing: Promise<void> | null = null;

/** Ends at the server a session that was left without a network; joins what is under way. Raises offline, timeout, unavailable. */
export function finishLeaving(): Promise<void> {
  finishing ??= finish().finally(() => (finishing = null));
  return finishing;
}

async function finish(): Promise<void> {
  if ((await get("settings", KEPT)) === LEFT) await logout();
}

/** The invitation in the page's address (#invitation=…), which it is then removed from; null if there is none. */
export function takeInvitation(): string | null {
  const invitation = new URLSearchParams(location.hash.slice(1)).get("invitation");
  if (invitation !== null) history.replaceState(null, "", location.pathname);
  return invitation;
}
