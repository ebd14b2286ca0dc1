/** Which screen is shown, and the frame around it. */
import type { ComponentType, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { App, AppBar, Button, EmptyState, Footer, Icon, Main, OfflineNote, Spinner, t as shared, Tabs, UpdatePrompt, slugText, type Tab } from "../ui";
import { openCard } from "./actions";
import { Lazy } from "../ui/lazy";
import { CardScreen, CardState } from "./screens/card";
import { Welcome } from "./screens/welcome";
import { card, failure, isOnline, phase, place, release, storageFailure } from "./state";
import { t } from "./words";

const tabs: readonly Tab[] = [
  { href: "#", icon: "card", label: t("tab-card") },
  { href: "#clinicas", icon: "pin", label: t("tab-clinics") },
  { href: "#familia", icon: "family", label: t("tab-family") },
  { href: "#actividad", icon: "clock", label: t("tab-activity") },
];

interface Place {
  readonly title: string;
  readonly back: string;
  readonly load: () => Promise<ComponentType>;
  /** Whether it can be opened as the wallet stands. */
  readonly isOpen: () => boolean;
}

const always = (): boolean => true;
const withCard = (): boolean => phase.value === "card";
const withCardInForce = (): boolean => withCard() && card.value?.isWithdrawn === false;

const places: Readonly<Record<string, Place>> = {
  clinicas: { title: t("clinics-title"), back: "", isOpen: withCard, load: async () => (await import("./screens/clinics")).Clinics },
  familia: { title: t("family-title"), back: "", isOpen: withCard, load: async () => (await import("./screens/family")).Family },
  actividad: { title: t("activity-title"), back: "", isOpen: withCard, load: async () => (await import("./screens/activity")).Activity },
  prestar: { title: t("lend-title"), back: "#familia", isOpen: withCardInForce, load: async () => (await import("./screens/lend")).Lend },
  ajustes: { title: t("settings-title"), back: "#", isOpen: always, load: async () => (await import("./screens/settings")).Settings },
  escanear: { title: t("scan-title"), back: "#", isOpen: always, load: async () => (await import("./screens/scan")).Scan },
  escribir: { title: t("type-title"), back: "#", isOpen: always, load: async () => (await import("./screens/type")).TypeCode },
  responder: { title: t("answer-title"), back: "#", isOpen: withCardInForce, load: async () => (await import("./screens/answer")).Answer },
  leer: { title: t("answer-scan"), back: "#responder", isOpen: withCardInForce, load: async () => (await import("./screens/scan")).Scan },
};

const claimPlace: Place = {
  title: t("claim-title"),
  back: "#",
  isOpen: always,
  load: async () => (await import("./screens/claim")).Claim,
};

const settingsLink = (
  <a class="icon-btn" href="#ajustes" aria-label={shared("settings")}>
    <Icon name="settings" />
  </a>
);

/** The whole wallet. */
export function Wallet(): JSX.Element {
  useEffect(() => onArrival(placeOf(place.value)), [place.value]);
  return <App>{phase.value === "loading" ? <Waiting /> : <Screen />}</App>;
}

let isFirst = true;

/** A new screen begins at its top, says its name, and takes the focus, so that a screen reader follows. */
function onArrival(at: Place | null): void {
  document.title = at === null ? t("page-title") : `${at.title} · ${shared("app")}`;
  if (!isFirst) {
    scrollTo(0, 0);
    document.getElementById("contenido")?.focus({ preventScroll: true });
  }
  isFirst = false;
}

function Waiting(): JSX.Element {
  return (
    <>
      <AppBar />
      <Main class="centred">
        <Spinner />
      </Main>
    </>
  );
}

function Screen(): JSX.Element {
  const at = placeOf(place.value);
  if (at?.isOpen() === true) return <Inner at={at} />;
  if (phase.value === "card") return <Home />;
  if (phase.value === "empty") return <Outside><Welcome /></Outside>;
  return <Outside><Trouble /></Outside>;
}

function placeOf(hash: string): Place | null {
  return /(^|[&?])credential_offer(_uri)?=/.test(hash) ? claimPlace : (places[hash] ?? null);
}

/** A screen beside the card, loaded on demand; the four of the tabs have no arrow back. */
function Inner({ at }: { at: Place }): JSX.Element {
  const isTab = at.back === "";
  return (
    <>
      <AppBar title={at.title} {...(isTab ? {} : { back: at.back })} end={isTab ? settingsLink : null} />
      <Offline />
      <Main>
        <Announcements />
        <Lazy key={at.title} load={at.load} />
      </Main>
      {isTab ? <Navigation current={`#${place.value}`} /> : null}
    </>
  );
}

function Home(): JSX.Element {
  return (
    <>
      <AppBar end={<><CardState />{settingsLink}</>} />
      <Main class="home">
        <CardScreen />
        <Announcements />
      </Main>
      <Navigation current="#" />
    </>
  );
}

function Outside({ children }: { children: JSX.Element }): JSX.Element {
  return (
    <>
      <AppBar end={settingsLink} />
      {phase.value === "empty" ? null : <Offline />}
      <Main>
        <Announcements />
        {children}
      </Main>
      <Footer />
    </>
  );
}

/** That there is no network: what is kept is good without it, but a card is not brought without it. */
function Offline(): JSX.Element | null {
  if (isOnline.value) return null;
  return <OfflineNote>{card.value === null ? t("offline-no-card") : null}</OfflineNote>;
}

function Navigation({ current }: { current: string }): JSX.Element {
  return <Tabs tabs={tabs} current={current} label={t("tabs-label")} />;
}

/** What may wait: a new release, a full disk. Never over the card. */
function Announcements(): JSX.Element | null {
  const waiting = release.value;
  if (storageFailure.value === null && waiting === null) return null;
  return (
    <div class="stack announcements">
      {storageFailure.value === null ? null : <StorageNotice />}
      {waiting === null ? null : (
        <UpdatePrompt
          onUpdate={() => waiting.apply()}
          onLater={() => {
            release.value = null;
          }}
        />
      )}
    </div>
  );
}

function StorageNotice(): JSX.Element {
  return (
    <div class="notice notice-warn" role="status">
      <Icon name="warn" />
      <div class="notice-body">
        <strong>{t("storage-full-title")}</strong>
        <div>{t("storage-full-card")}</div>
      </div>
    </div>
  );
}

/** The card cannot be shown: it was changed, or the browser does not give it out. */
function Trouble(): JSX.Element {
  const isTampered = phase.value === "tampered";
  const ways = (
    <div class="btns">
      {isTampered ? null : <Button look="primary" onClick={() => void openCard()}>{shared("retry")}</Button>}
      <a class={`btn ${isTampered ? "btn-primary" : "btn-outline"}`} href="#escribir">{t("welcome-type")}</a>
    </div>
  );
  return (
    <EmptyState icon={isTampered ? "error" : "warn"} title={t(isTampered ? "card-tampered-title" : "card-failed-title")} action={ways}>
      <p>{isTampered ? t("card-tampered") : slugText(failure.value)}</p>
    </EmptyState>
  );
}
