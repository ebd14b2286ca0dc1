/** Which screen the counter is on: entering, where it stands, scanning, or a verdict over it. */
import type { ComponentType, VNode } from "preact";
import { useEffect, useLayoutEffect } from "preact/hooks";
import type { Staff } from "../device/session";
import { App, AppBar, Button, EmptyState, Icon, Main, Pill, Spinner, t as shared } from "../ui";
import { Entrance, invitation, session } from "../ui/entrance";
import { Lazy } from "../ui/lazy";
import { askForAnswer, forgetShown, scanOn, start } from "./actions";
import type { Clinic as Unit, Directory } from "./directory";
import { syncAfterLogin, syncNow } from "./renewing";
import { ChooseClinic } from "./screens/choose-clinic";
import { ClinicsSheet } from "./screens/clinics-sheet";
import { DataSheet } from "./screens/data-sheet";
import { ReceiptsLeft } from "./screens/receipts-left";
import { ScanScreen } from "./screens/scan";
import { SettingsSheet } from "./screens/settings-sheet";
import { VerdictScreen } from "./screens/verdict";
import { clinic, hasAnswered, hasFailed, hasSynced, isChecking, isOnline, isReady, panel, settings, shown, sync, trustAgeS, world } from "./state";
import { ageWords } from "./view";
import { t } from "./words";

const DAY_S = 86_400;
/** A person reads these before scanning on: they stay longer. */
const SLOW: ReadonlySet<string> = new Set(["check_identity", "stale", "not_valid"]);
const SLOWER = 3;

export function Clinic(): VNode {
  if (hasFailed.value) return <Failed />;
  if (!isReady.value && invitation.value === null) return <Waiting />;
  const staff = session.value?.staff ?? null;
  if (invitation.value === null && staff?.role === "clinic") return <Inside staff={staff} />;
  return <Outside />;
}

/** Nobody is in: a clinic's own node knows counters by their codes, the centre people by their passkeys. */
function Outside(): VNode {
  const asksCode = invitation.value === null && session.value?.entry === "counter-code";
  if (asksCode) return <Lazy load={loadCounterCode} />;
  return <Entrance face={t("clinic-face")} role="clinic" isOffline={!isOnline.value} onEntered={syncAfterLogin}><ReceiptsLeft /></Entrance>;
}

function Waiting({ label }: { label?: string }): VNode {
  return (
    <App>
      <AppBar face={t("clinic-face")} />
      <Main>
        <h1 class="visually-hidden">{t("clinic-waiting")}</h1>
        {label === undefined ? <Spinner /> : <Spinner label={label} />}
      </Main>
    </App>
  );
}

function Failed(): VNode {
  return (
    <App>
      <AppBar face={t("clinic-face")} />
      <Main>
        <EmptyState icon="offline" title={shared("unexpected")} action={<Button look="primary" onClick={() => void start()}>{shared("retry")}</Button>}>
          <p>{shared("offline")}</p>
        </EmptyState>
      </Main>
    </App>
  );
}

const loadCounterCode = async (): Promise<ComponentType> => (await import("./screens/counter-code")).CounterCodeScreen;
const loadKiosk = async (): Promise<ComponentType> => (await import("./screens/kiosk")).KioskScreen;

/**
 * A machine that knows nothing yet must not judge: a code seen now would get an answer that is untrue a second later. Nor, at the
 * first synchronisation, one that is about to learn which clinic it stands at.
 */
function isPreparing(): boolean {
  if (!isOnline.value) return false;
  if ((world.value?.trust ?? null) === null) return sync.value.kind === "running" || sync.value.kind === "idle";
  return world.value?.directory === null && !hasSynced.value && shown.value === null;
}

/** Whether this machine stands at a clinic where this login may work; own: the only one, if there is one. */
function isAt(own: { readonly clues: string } | null): boolean {
  return clinic.value !== null && (own === null || clinic.value.clues === own.clues);
}

/** The clinics to choose from; null while there are none, or a person's verdict is on the screen, or they may lack the staff's own. */
function choiceFor(staff: Staff, own: Unit | null): Directory | null {
  const directory = world.value?.directory ?? null;
  if (directory === null || isAt(own) || shown.value !== null) return null;
  return staff.clinic !== null && own === null && directory.isOneState ? null : directory;
}

/** Whose verdict was on the screen is not there for who comes next, nor one that came as the last was leaving. */
function forgetAtTheDoor(): () => void {
  forgetShown();
  return forgetShown;
}

function Inside({ staff }: { staff: Staff }): VNode {
  useLayoutEffect(forgetAtTheDoor, []);
  if (isPreparing()) return <Waiting label={t("first-run-loading")} />;
  const own = staff.clinic === null ? null : (world.value?.directory?.find(staff.clinic) ?? null);
  const directory = choiceFor(staff, own);
  if (directory !== null) return <ChooseClinic directory={directory} own={own} />;
  return (
    <>
      {settings.value.isKiosk ? <App wide><Lazy load={loadKiosk} /></App> : <Counter />}
      <div class="checking" role="status">{isChecking.value ? t("checking") : null}</div>
    </>
  );
}

/** The button that led here is gone: a keyboard and a screen reader go on at the content, not at the top of the page. */
function keepFocus(): void {
  if (document.activeElement === document.body) document.getElementById("contenido")?.focus();
}

function Counter(): VNode {
  const verdict = shown.value;
  const isCovered = verdict !== null;
  useEffect(keepFocus, []);
  return (
    <App wide>
      <div class="counter" inert={isCovered}>
        <AppBar face={t("clinic-face")} end={<BarEnd />} />
        <div class="counter-main" role={isCovered ? undefined : "main"} id={isCovered ? undefined : "contenido"} tabIndex={-1}>
          <h1 class="visually-hidden">{t("scan-title")}</h1>
          <ScanScreen />
          <DataSheet />
          <ClinicsSheet />
          <SettingsSheet />
        </div>
      </div>
      {verdict === null ? null : (
        <VerdictScreen
          key={verdict.number}
          view={verdict.view}
          seen={verdict.seen}
          elsewhere={verdict.elsewhere}
          returnAfterS={settings.value.returnAfterS * (SLOW.has(verdict.view.verdict) ? SLOWER : 1)}
          isSyncing={sync.value.kind === "running"}
          onDone={() => void scanOn()}
          onSync={() => void syncNow()}
          onAsk={askForAnswer}
        />
      )}
    </App>
  );
}

/** Younger than this, the age of the trust data is not worth a word. */
const FRESH_S = 120;

function trustTone(ageS: number | null): "good" | "warn" | "bad" {
  if (ageS === null || ageS > 7 * DAY_S) return "bad";
  return ageS > DAY_S ? "warn" : "good";
}

function netWords(ageS: number | null): string {
  if (ageS === null) return t("net-never");
  if (!isOnline.value) return t("net-offline", { age: ageWords(ageS) });
  if (!hasAnswered.value) return t("net-unanswered", { age: ageWords(ageS) });
  return ageS < FRESH_S ? t("net-fresh") : t("net-online", { age: ageWords(ageS) });
}

/** Network and age of the trust data, always in view; a touch tells more. */
function BarEnd(): VNode {
  const age = trustAgeS.value;
  const words = netWords(age);
  return (
    <>
      <button type="button" class="pill-btn" aria-haspopup="dialog" title={t("net-open")} onClick={() => (panel.value = "data")}>
        <Pill tone={trustTone(age)}>{words}</Pill>
      </button>
      <button type="button" class="icon-btn" aria-haspopup="dialog" aria-label={t("settings-title")} onClick={() => (panel.value = "settings")}>
        <Icon name="settings" />
      </button>
    </>
  );
}
