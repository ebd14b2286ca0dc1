/** What the machine tells a person: Notice, Spinner, Progress, EmptyState, OfflineNote, Ring, prompts to update and install. */
import type { ComponentChildren, JSX } from "preact";
import { Button } from "./controls";
import type { Tone } from "./frame";
import { Icon, type IconName } from "./icons";
import { t } from "./messages";

type Children = { children?: ComponentChildren };

const noticeIcon: Readonly<Record<Tone, IconName>> = {
  plain: "info",
  info: "info",
  good: "check",
  warn: "warn",
  bad: "error",
};

export interface NoticeProps extends Children {
  tone?: Tone;
  title?: string;
  actions?: ComponentChildren;
  icon?: IconName;
}

/** A message in the page; a bad one interrupts (alert), the others wait their turn (status). */
export function Notice({ tone = "info", title, actions, icon, children }: NoticeProps): JSX.Element {
  return (
    <div class={`notice notice-${tone}`} role={tone === "bad" ? "alert" : "status"}>
      <Icon name={icon ?? noticeIcon[tone]} />
      <div class="notice-body">
        {title === undefined ? null : <strong>{title}</strong>}
        {children === undefined ? null : <div>{children}</div>}
        {actions === undefined ? null : <div class="notice-actions">{actions}</div>}
      </div>
    </div>
  );
}

/** A wait of unknown length, with words. */
export function Spinner({ label = t("loading") }: { label?: string }): JSX.Element {
  return (
    <div class="waiting" role="status">
      <span class="spinner" aria-hidden="true" />
      <span>{label}</span>
    </div>
  );
}

/** A wait whose end is known: `value` of `max`. */
export function Progress({ label, value, max }: { label: string; value: number; max: number }): JSX.Element {
  return (
    <label class="stack-tight">
      <span class="small">{label}</span>
      <progress class="progress" value={value} max={max} />
    </label>
  );
}

export interface EmptyStateProps extends Children {
  icon: IconName;
  title: string;
  action?: ComponentChildren;
  /** 2 where the bar above already holds the page's first heading. */
  level?: 1 | 2;
}

/** A screen with nothing to show yet: why, and the one thing to do about it. */
export function EmptyState({ icon, title, children, action, level = 1 }: EmptyStateProps): JSX.Element {
  const Heading = level === 1 ? "h1" : "h2";
  return (
    <div class="empty">
      <Icon name={icon} size={56} />
      <Heading class="title">{title}</Heading>
      {children}
      {action}
    </div>
  );
}

/** One quiet line under the bar while there is no network; nothing is blocked. */
export function OfflineNote({ children }: Children): JSX.Element {
  return (
    <div class="offline" role="status">
      <Icon name="offline" size={18} />
      <span>{children ?? t("offline-note")}</span>
    </div>
  );
}

export interface RingProps {
  left: number;
  of: number;
  size?: number;
}

/** A countdown as a shrinking ring; the number beside it says the same in words. */
export function Ring({ left, of, size = 26 }: RingProps): JSX.Element {
  const around = 2 * Math.PI * 15;
  const share = Math.max(0, Math.min(1, left / of));
  return (
    <svg class="ring" width={size} height={size} viewBox="0 0 36 36" aria-hidden="true">
      <circle class="ring-track" cx="18" cy="18" r="15" />
      <circle
        class="ring-value"
        cx="18"
        cy="18"
        r="15"
        transform="rotate(-90 18 18)"
        stroke-dasharray={`${around * share} ${around}`}
      />
    </svg>
  );
}

/** Offers a new release; nothing reloads until the person says so. */
export function UpdatePrompt({ onUpdate, onLater }: { onUpdate: () => void; onLater: () => void }): JSX.Element {
  const actions = (
    <>
      <Button look="primary" onClick={onUpdate}>{t("update-now")}</Button>
      <Button look="plain" onClick={onLater}>{t("update-later")}</Button>
    </>
  );
  return (
    <Notice tone="info" icon="download" title={t("update-title")} actions={actions}>
      {t("update-text")}
    </Notice>
  );
}

/** Offers the home screen: with a button where the browser can, with words on iOS. */
export function InstallPrompt({ onInstall, onLater }: { onInstall?: (() => void) | undefined; onLater: () => void }): JSX.Element {
  const actions = (
    <>
      {onInstall === undefined ? null : <Button look="primary" onClick={onInstall}>{t("install-now")}</Button>}
      <Button look="plain" onClick={onLater}>{t("install-later")}</Button>
    </>
  );
  return (
    <Notice tone="plain" icon="phone" title={t("install-title")} actions={actions}>
      {onInstall === undefined ? t("install-ios") : t("install-text")}
    </Notice>
  );
}
