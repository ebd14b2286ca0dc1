/** Staff enter with a passkey, accept an invitation, or in a demonstration with one touch: screens that faces of staff share. */
import type { ComponentChildren, VNode } from "preact";
import { Button } from "./controls";
import { Notice, OfflineNote } from "./feedback";
import { App, AppBar, Footer, Main } from "./frame";
import { Icon } from "./icons";
import { slugText, translator } from "./messages";
import { RealBrowser } from "./real-browser";
import "./login.css";
import words from "./messages/staff.es-MX.json";

const t = translator(words);

/** A way in that is under way. */
export type Entering = "passkey" | "demo" | "invitation" | "code";

export interface LoginProps {
  /** Name of the face, for the bar. */
  face: string;
  isDemo: boolean;
  isOffline: boolean;
  /** What is under way: its button waits. */
  busy: Entering | null;
  /** Slug of what went wrong the last time. */
  failure: string | null;
  /** Who left is out here, and the server has yet to hear of it. */
  isLeaving: boolean;
  /** The role that the account has, when it is not for this face. */
  wrongRole?: string | null;
  /** What else this face has to say. */
  children?: ComponentChildren;
  onPasskey: () => void;
  onDemo: () => void;
}

function roleName(role: string): string {
  const key = `role-${role}`;
  return key in words ? t(key as "role-clinic") : role;
}

function Card({ icon, title, children }: { icon: "key" | "shield"; title: string; children: ComponentChildren }): VNode {
  return (
    <section class="login stack" aria-labelledby="login-title">
      <span class="login-icon">
        <Icon name={icon} size={40} />
      </span>
      <h1 id="login-title">{title}</h1>
      {children}
    </section>
  );
}

function Failure({ slug }: { slug: string | null }): VNode | null {
  return slug === null ? null : <Notice tone="bad">{slugText(slug)}</Notice>;
}

/** Said until the server has heard that a session is over. */
export function Leaving(): VNode {
  return <Notice>{t("login-leaving")}</Notice>;
}

/** The first screen of a face of staff. */
export function LoginScreen(props: LoginProps): VNode {
  const { face, isDemo, isOffline, busy, failure, isLeaving, wrongRole = null, children, onPasskey, onDemo } = props;
  return (
    <App>
      <AppBar face={face} />
      {isOffline ? <OfflineNote>{t("login-offline")}</OfflineNote> : null}
      <Main>
        <Card icon="key" title={t("login-title")}>
          <RealBrowser />
          <p class="soft">{t("login-why")}</p>
          {wrongRole === null ? null : <Notice tone="warn">{t("login-wrong-role", { role: roleName(wrongRole) })}</Notice>}
          {isLeaving ? <Leaving /> : null}
          {children}
          <Failure slug={failure} />
          <Button look="primary" wide icon="key" busy={busy === "passkey"} onClick={onPasskey}>
            {t(busy === "passkey" ? "login-passkey-busy" : "login-passkey")}
          </Button>
          {isDemo ? <DemoEntry isBusy={busy === "demo"} onDemo={onDemo} /> : null}
          <p class="small soft">{t("login-no-account")}</p>
        </Card>
      </Main>
      <Footer />
    </App>
  );
}

function DemoEntry({ isBusy, onDemo }: { isBusy: boolean; onDemo: () => void }): VNode {
  return (
    <div class="stack-tight">
      <Button wide busy={isBusy} onClick={onDemo}>
        {t("login-demo")}
      </Button>
      <p class="small soft">{t("login-demo-why")}</p>
    </div>
  );
}

export interface InvitationProps {
  face: string;
  /** The invitation's link, which the address has no more. */
  address: string;
  isBusy: boolean;
  failure: string | null;
  onAccept: () => void;
  /** To the login: this person has a key already. */
  onLogin: () => void;
}

/** What an invitation's link opens: one button that creates the passkey on this machine. */
export function InvitationScreen({ face, address, isBusy, failure, onAccept, onLogin }: InvitationProps): VNode {
  return (
    <App>
      <AppBar face={face} />
      <Main>
        <Card icon="shield" title={t("invitation-title")}>
          <RealBrowser address={address} />
          <p class="soft">{t("invitation-why")}</p>
          <Failure slug={failure} />
          <Button look="primary" wide icon="key" busy={isBusy} onClick={onAccept}>
            {t(isBusy ? "invitation-busy" : "invitation-accept")}
          </Button>
          <Button look="plain" wide onClick={onLogin}>
            {t("invitation-login")}
          </Button>
        </Card>
      </Main>
      <Footer />
    </App>
  );
}
