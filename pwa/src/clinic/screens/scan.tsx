/** The camera at once, the scanner of the hand at any time, and what to do where neither works. */
import type { ComponentType, VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import { Button, Icon, Notice, Spinner, UpdatePrompt } from "../../ui";
import { Lazy } from "../../ui/lazy";
import { askForAnswer, examine, examineFrame, saveCamera } from "../actions";
import { asked, panel, receiptFailure, settings, shown, waitingRelease, world } from "../state";
import { useCamera, type CameraUse } from "../use-camera";
import { useReader } from "../use-reader";
import { t } from "../words";
import { CameraSheet } from "./camera-sheet";
import { FirstRun } from "./first-run";
import { TypeSheet } from "./type-sheet";

/** Photographs that could not be read, told apart for the person who took them. */
type PhotoTrouble = "scan-photo-none" | "scan-photo-failed";

export function ScanScreen(): VNode {
  const video = useRef<HTMLVideoElement>(null);
  const isLooking = shown.value === null && panel.value === null;
  const camera = useCamera({ video, cameraId: settings.value.cameraId, isLooking, onText: (text) => void examineFrame(text) });
  useReader();
  const needsFirstRun = world.value !== null && world.value.trust === null;
  return (
    <section class="scan" aria-label={t("scan-title")}>
      <video ref={video} playsInline muted aria-hidden="true" />
      <Middle camera={camera} needsFirstRun={needsFirstRun} />
      <Foot camera={camera} />
      <TypeSheet />
      <CameraSheet
        choices={camera.choices}
        onChoose={(id) => {
          camera.choose(id);
          void saveCamera(id);
        }}
      />
    </section>
  );
}

const loadAsking = async (): Promise<ComponentType> => (await import("./ask")).Ask;

function Middle({ camera, needsFirstRun }: { camera: CameraUse; needsFirstRun: boolean }): VNode {
  if (needsFirstRun) return <FirstRun />;
  if (asked.value !== null) return <Lazy load={loadAsking} />;
  if (camera.state === "camera-on") return <div class="scan-frame" aria-hidden="true" />;
  if (camera.state === "camera-starting") {
    return (
      <div class="scan-panel">
        <Spinner label={t("camera-starting")} />
      </div>
    );
  }
  if (camera.state === "camera-off") return <div class="scan-frame" aria-hidden="true" />;
  return (
    <div class="scan-panel" role="status">
      <Icon name="camera" size={40} />
      <h2>{t(camera.state)}</h2>
      <p>{t(`${camera.state}-do`)}</p>
      <Button look="primary" wide icon="sync" onClick={camera.retry}>
        {t("camera-retry")}
      </Button>
    </div>
  );
}

function Foot({ camera }: { camera: CameraUse }): VNode {
  const [trouble, setTrouble] = useState<PhotoTrouble | null>(null);

  async function readPhoto(photo: Blob): Promise<void> {
    setTrouble(null);
    try {
      const text = await camera.readPhoto(photo);
      if (text === null) setTrouble("scan-photo-none");
      else await examine(text);
    } catch (error) {
      if (!(error instanceof Error && "slug" in error)) throw error;
      setTrouble("scan-photo-failed");
    }
  }

  return (
    <div class="scan-foot">
      {trouble === null ? null : <Notice tone="warn">{t(trouble)}</Notice>}
      <NoReceipt />
      <Release />
      <Hint isOn={camera.state === "camera-on"} />
      <div class="scan-tools">
        {camera.hasTorch ? <Tool icon="torch" word={camera.isTorchOn ? "scan-torch-off" : "scan-torch-on"} onClick={camera.toggleTorch} /> : null}
        {camera.choices.length > 1 ? <Tool icon="camera" word="scan-camera" onClick={() => (panel.value = "camera")} /> : null}
        <Tool icon="keyboard" word="scan-type" onClick={() => (panel.value = "type")} />
        <Tool icon="hospital" word="scan-clinics" onClick={() => (panel.value = "clinics")} />
        <AskTool />
        <PhotoTool isSecond={camera.state === "camera-on"} onPhoto={(photo) => void readPhoto(photo)} />
      </div>
    </div>
  );
}

function Hint({ isOn }: { isOn: boolean }): VNode | null {
  return isOn && asked.value === null ? <p>{t("scan-hint")}</p> : null;
}

/** For whoever doubts before anything was scanned: nobody has to wait for a verdict in blue. */
function AskTool(): VNode | null {
  const canJudge = (world.value?.trust ?? null) !== null;
  return canJudge && asked.value === null ? <Tool icon="phone" word="ask" onClick={askForAnswer} /> : null;
}

/** A scan that left no receipt: the verdict stood, and what is to be done about it is here. */
function NoReceipt(): VNode | null {
  const slug = receiptFailure.value;
  if (slug === null) return null;
  return <Notice tone="warn">{t(slug === "storage-full" ? "receipt-no-room" : "receipt-not-kept")}</Notice>;
}

function Release(): VNode | null {
  const release = waitingRelease.value;
  if (release === null) return null;
  const later = (): void => {
    waitingRelease.value = null;
  };
  return (
    <div class="release">
      <UpdatePrompt onUpdate={() => release.apply()} onLater={later} />
    </div>
  );
}

interface ToolProps {
  icon: "torch" | "camera" | "keyboard" | "hospital" | "phone";
  word: "scan-torch-on" | "scan-torch-off" | "scan-camera" | "scan-type" | "scan-clinics" | "ask";
  onClick: () => void;
}

function Tool({ icon, word, onClick }: ToolProps): VNode {
  return (
    <button type="button" class="tool" onClick={onClick}>
      <Icon name={icon} />
      {t(word)}
    </button>
  );
}

/** Where a page may not use the camera, or the camera cannot focus, the telephone's own camera application still may. */
function PhotoTool({ isSecond, onPhoto }: { isSecond: boolean; onPhoto: (photo: Blob) => void }): VNode {
  return (
    <label class="tool">
      <Icon name="qr" />
      <span aria-hidden="true">{t(isSecond ? "scan-photo-short" : "scan-photo")}</span>
      <input
        class="visually-hidden"
        aria-label={t("scan-photo")}
        type="file"
        accept="image/*"
        capture="environment"
        onChange={(event) => {
          const [photo] = event.currentTarget.files ?? [];
          event.currentTarget.value = "";
          if (photo) onPhoto(photo);
        }}
      />
    </label>
  );
}
