/** The frame of a screen: App, AppBar, Pill, Tabs and the line that says whose project this is. */
import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "./icons";
import { t } from "./messages";

type Children = { children?: ComponentChildren };

/** One page: skip link, then what is given. `wide` for desks, one phone column otherwise. */
export function App({ wide = false, children }: Children & { wide?: boolean }): JSX.Element {
  return (
    <>
      <a class="skip" href="#contenido" onClick={focusContent}>
        {t("skip-to-content")}
      </a>
      <div class={wide ? "app app-wide" : "app"}>{children}</div>
    </>
  );
}

function focusContent(event: Event): void {
  event.preventDefault();
  document.getElementById("contenido")?.focus();
}

/** The content of a screen; the skip link and screen changes move the focus here. */
export function Main({ children, class: name }: Children & { class?: string }): JSX.Element {
  return (
    <main id="contenido" tabIndex={-1} class={name}>
      {children}
    </main>
  );
}

export interface AppBarProps {
  face?: string;
  title?: string;
  back?: string;
  end?: ComponentChildren;
}

/** Top bar: the brand (with the face's name), or a title with a way back to the address `back`. */
export function AppBar({ face, title, back, end }: AppBarProps): JSX.Element {
  return (
    <header class="bar">
      {back === undefined ? null : (
        <a class="icon-btn" href={back} aria-label={t("back")}>
          <Icon name="back" />
        </a>
      )}
      {title === undefined ? <Brand {...(face === undefined ? {} : { face })} /> : <h1 class="bar-title">{title}</h1>}
      <div class="bar-end">{end}</div>
    </header>
  );
}

/** The name of the project, with the face behind it in small. */
export function Brand({ face }: { face?: string }): JSX.Element {
  return (
    <span class="brand">
      ama<i>te</i>
      {face === undefined ? null : <small> · {face}</small>}
    </span>
  );
}

export type Tone = "plain" | "info" | "good" | "warn" | "bad";

/** A short state in the bar: «Sin red · 3 h». `live` announces changes politely. */
export function Pill({ tone = "plain", live = false, children }: Children & { tone?: Tone; live?: boolean }): JSX.Element {
  return (
    <span class={`pill pill-${tone}`} role={live ? "status" : undefined}>
      {children}
    </span>
  );
}

export interface Tab {
  href: string;
  icon: IconName;
  label: string;
}

/** The places of a face, at the bottom; `current` is the href of the one shown. */
export function Tabs({ tabs, current, label }: { tabs: readonly Tab[]; current: string; label: string }): JSX.Element {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.href} href={tab.href} aria-current={tab.href === current ? "page" : undefined}>
          <Icon name={tab.icon} />
          {tab.label}
        </a>
      ))}
    </nav>
  );
}

/** The band of stepped frets that opens a card. */
export function Frieze(): JSX.Element {
  return <div class="frieze" aria-hidden="true" />;
}

export function Footer({ children }: Children): JSX.Element {
  return (
    <footer class="foot">
      {t("independent")}
      {children}
    </footer>
  );
}
