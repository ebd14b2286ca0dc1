/** The patient scans alone: a large invitation, then where to go in large words; nothing of the counter's within reach. */
import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { keepScreenOn } from "../../device/wake-lock";
import { Button, Icon, Sheet, useFocusAtOnce, VerdictIcon } from "../../ui";
import { examineFrame, scanOn, setKiosk } from "../actions";
import "../kiosk.css";
import { toldOf, type Told } from "../kiosk";
import { panel, settings, shown, type Shown } from "../state";
import { useCamera } from "../use-camera";
import { useReader } from "../use-reader";
import { useReturn } from "../use-return";
import { useStaffOnly } from "../use-staff-only";
import { t } from "../words";

/** Enough to read two short lines slowly; a touch or a key gives as much again. */
const RETURN_S: Readonly<Record<Told["way"], number>> = { on: 6, desk: 10, again: 8 };
/** A question that nobody answers goes away: a patient may have touched it. */
const ASK_MS = 15_000;
/** Without any camera it is a reader on the counter that scans. */
const BROKEN: ReadonlySet<string> = new Set(["camera-refused", "camera-busy", "camera-unsupported", "decoder-failed"]);
const ICONS = { on: "valid", desk: "check_identity", again: "not_a_pass" } as const;

export function KioskScreen(): VNode {
  const given = shown.value;
  useEffect(keepScreenOn, []);
  return (
    <>
      <div class="kiosk" inert={given !== null} role={given === null ? "main" : undefined} id={given === null ? "contenido" : undefined} tabIndex={-1}>
        <Invitation />
        <StaffOnly />
        <LeaveSheet />
      </div>
      {given === null ? null : <Answer key={given.number} given={given} />}
    </>
  );
}

function Invitation(): VNode {
  const video = useRef<HTMLVideoElement>(null);
  const isLooking = shown.value === null && panel.value === null;
  const camera = useCamera({ video, cameraId: settings.value.cameraId, isLooking, onText: (text) => void examineFrame(text) });
  const heading = useRef<HTMLHeadingElement>(null);
  useReader();
  useLayoutEffect(() => {
    if (shown.value === null) heading.current?.focus();
  }, [shown.value]);
  const isBroken = BROKEN.has(camera.state);
  return (
    <>
      <div class={isBroken || camera.state === "camera-absent" ? "kiosk-view is-dark" : "kiosk-view"}>
        <video ref={video} playsInline muted aria-hidden="true" />
        <div class="scan-frame" aria-hidden="true" />
      </div>
      <div class="kiosk-words">
        <Icon name={isBroken ? "camera" : "qr"} size={48} />
        <h1 ref={heading} tabIndex={-1}>{t(isBroken ? "kiosk-no-camera" : "kiosk-title")}</h1>
        <p>{t(isBroken ? "kiosk-no-camera-do" : camera.state === "camera-absent" ? "kiosk-how-reader" : "kiosk-how")}</p>
      </div>
    </>
  );
}

function StaffOnly(): VNode {
  const out = useStaffOnly(
    () => setKiosk(false),
    () => {
      if (shown.value === null) panel.value = "leave-kiosk";
    },
  );
  return (
    <div class="kiosk-staff">
      <span class="small" role="status">{out.wasShort ? t("kiosk-staff-hold") : null}</span>
      <button
        type="button"
        class="kiosk-out"
        onPointerDown={out.press}
        onPointerUp={out.release}
        onPointerLeave={out.release}
        onPointerCancel={out.release}
        onContextMenu={(event) => event.preventDefault()}
        onClick={({ detail }) => out.click(detail > 0)}
      >
        <Icon name="key" size={20} />
        {t("kiosk-staff")}
      </button>
    </div>
  );
}

function LeaveSheet(): VNode {
  const isOpen = panel.value === "leave-kiosk";
  const stay = (): void => {
    if (panel.value === "leave-kiosk") panel.value = null;
  };
  useEffect(() => {
    if (!isOpen) return undefined;
    const timer = setTimeout(stay, ASK_MS);
    return () => clearTimeout(timer);
  }, [isOpen]);
  return (
    <Sheet title={t("kiosk-leave-title")} open={isOpen} onClose={stay}>
      <Button look="primary" wide onClick={stay}>{t("kiosk-stay")}</Button>
      <Button wide onClick={() => setKiosk(false)}>{t("kiosk-leave")}</Button>
    </Sheet>
  );
}

/** Whoever wants the counter back does not wait for the answer to go. */
async function leaveFromAnswer(): Promise<void> {
  await scanOn();
  if (shown.value === null) panel.value = "leave-kiosk";
}

function Answer({ given: { view, seen, elsewhere } }: { given: Shown }): VNode {
  const told = toldOf(view, seen, elsewhere);
  const back = useReturn(RETURN_S[told.way], () => void scanOn());
  const screen = useRef<HTMLElement>(null);
  useFocusAtOnce(screen); // not on the heading: the alert has it read already
  const onKeyDown = ({ key }: KeyboardEvent): void => {
    if (key === "Escape") void leaveFromAnswer();
    else back.again();
  };
  return (
    <main ref={screen} id="contenido" tabIndex={-1} class={`kiosk-answer kiosk-${told.way}`} onPointerDown={back.again} onKeyDown={onKeyDown}>
      {view.isDemo ? <p class="demo-band">{t("verdict-demo")}</p> : null}
      <div class="kiosk-told" role="alert">
        <VerdictIcon verdict={ICONS[told.way]} size={120} />
        <h1>{t(told.title)}</h1>
        <p>{t(told.more)}</p>
      </div>
      <Button look="outline" onClick={() => void scanOn()}>{t("kiosk-done")}</Button>
    </main>
  );
}
