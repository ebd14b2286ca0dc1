/** Who works at this machine, the same in every face of staff: entering by passkey, invitation or a demonstration's touch, and leaving. */
import { signal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { isUnreachable, slugOf } from "../device/failure";
import { acceptInvitation, demoLogin, finishLeaving, keptSession, loadSession, logout, NOBODY, passkeyLogin, takeInvitation, type Session, type Staff } from "../device/session";
import { InvitationScreen, LoginScreen, type Entering } from "./login";
import { translator } from "./messages";
import words from "./messages/staff.es-MX.json";

const t = translator(words);

/** As the server last said, or as this machine keeps it; null until either is known. */
export const session = signal<Session | null>(null);
/** The invitation that was opened here, until it is accepted. */
export const invitation = signal<string | null>(null);
/** The way in that is under way. */
export const entering = signal<Entering | null>(null);
/** Slug of why the last try to enter failed. */
export const failure = signal<string | null>(null);
/** Somebody left without a network: the session is over here, and the server has yet to hear of it. */
export const isLeaving = signal(false);

/** Takes the invitation out of the address and the session that this machine keeps. Returns: whether it keeps one */
export async function openSession(): Promise<boolean> {
  invitation.value = takeInvitation();
  session.value = await keptSession();
  return session.value !== null;
}

/** Asks the server who is logged in; without an answer the kept session holds. Returns: slug of why there was none, or null */
export async function askSession(): Promise<string | null> {
  try {
    session.value = await loadSession();
    return null;
  } catch (error) {
    const slug = slugOf(error);
    session.value ??= NOBODY;
    failure.value = slug === "offline" ? null : slug;
    return slug;
  }
}

/** Nobody any more, at the same server. */
function nobodyHere(): Session {
  return { ...(session.value ?? NOBODY), staff: null };
}

/** Ends the session, without a network on this machine alone; the server is told before it is asked anything else. */
export async function leaveSession(): Promise<void> {
  session.value = nobodyHere();
  await logout().catch((error: unknown) => {
    const slug = slugOf(error);
    isLeaving.value = isUnreachable(slug);
    if (isLeaving.value) addEventListener("online", () => void settleLeaving(), { once: true });
    else failure.value = slug;
  });
}

/** Tells the server of a session that was left without a network; without one still, it goes on waiting. */
export async function settleLeaving(): Promise<void> {
  isLeaving.value = await finishLeaving().then(() => false, () => isLeaving.value);
}

/** To the login, where the server knows of no session any more; what the face holds stays. */
export function enterAgain(): void {
  session.value = nobodyHere();
  failure.value = null;
}

/** Enters by one of the ways, and does what is to be done then; what fails is told in `failure`. */
export async function enter(by: Entering, login: () => Promise<Staff>, onEntered: () => unknown): Promise<void> {
  entering.value = by;
  failure.value = null;
  try {
    await finishLeaving(); // with the cookie that the login is about to replace
    isLeaving.value = false;
    await login();
    invitation.value = null;
    await askSession();
    await onEntered();
  } catch (error) {
    failure.value = slugOf(error);
  } finally {
    entering.value = null;
  }
}

const linkOf = (secret: string): string => `${location.origin}${location.pathname}#invitation=${encodeURIComponent(secret)}`;

function toLogin(): void {
  invitation.value = null;
  failure.value = null;
}

export interface EntranceProps {
  /** Name of the face, for the bar. */
  face: string;
  /** The role that this face is for. */
  role: string;
  isOffline: boolean;
  /** What else this face has to say to whoever enters. */
  children?: ComponentChildren;
  /** Done once somebody has entered, before the button stops waiting. */
  onEntered?: () => unknown;
}

/** What is shown while nobody of the right role is logged in: the invitation that was opened, or the login. */
export function Entrance({ face, role, isOffline, children, onEntered = () => undefined }: EntranceProps): VNode {
  const secret = invitation.value;
  if (secret !== null) {
    const accept = (): void => void enter("invitation", () => acceptInvitation(secret), onEntered);
    return <InvitationScreen face={face} address={linkOf(secret)} isBusy={entering.value === "invitation"} failure={failure.value} onAccept={accept} onLogin={toLogin} />;
  }
  return (
    <LoginScreen
      face={face}
      isDemo={session.value?.env === "demo"}
      isOffline={isOffline}
      busy={entering.value}
      failure={failure.value}
      isLeaving={isLeaving.value}
      wrongRole={session.value?.staff?.role ?? null}
      onPasskey={() => void enter("passkey", passkeyLogin, onEntered)}
      onDemo={() => void enter("demo", () => demoLogin(role), onEntered)}
    >
      {children}
    </LoginScreen>
  );
}

/** The way out, for a bar. */
export function LeaveButton({ name, onLeave }: { name: string; onLeave: () => unknown }): VNode {
  return (
    <button type="button" class="leave" onClick={() => void onLeave()} title={name}>
      {t("leave")}
    </button>
  );
}
