/** The offer's QR through the camera; the camera's engine comes with this screen only. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { createCamera, type CameraState } from "../../device/camera";
import { offerAddress } from "../../device/oid4vci";
import { LinkButton, Notice } from "../../ui";
import { t } from "../words";
import { goToClaim } from "./type";

const fine: readonly CameraState[] = ["camera-starting", "camera-on", "camera-off"];

function isOffer(text: string): boolean {
  try {
    return offerAddress(text) !== "";
  } catch {
    return false;
  }
}

export function Scan(): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const state = useSignal<CameraState>("camera-starting");
  const isForeign = useSignal(false);
  useEffect(() => {
    if (video.current === null) return undefined;
    const camera = createCamera({
      video: video.current,
      deviceId: null,
      onState: (next) => {
        state.value = next;
      },
      onText: (text) => {
        isForeign.value = !isOffer(text);
        if (!isForeign.value) goToClaim(offerAddress(text));
      },
    });
    void camera.start();
    return () => camera.stop();
  }, [state, isForeign]);
  const isFine = fine.includes(state.value);
  return (
    <>
      <div class="viewer" hidden={!isFine}>
        <video ref={video} playsInline muted aria-label={t("scan-title")} />
        <span class="viewer-frame" aria-hidden="true" />
      </div>
      <p class="centre" role="status">{isFine ? t("scan-hint") : null}</p>
      {isFine ? null : <Notice tone="warn">{t(state.value)}</Notice>}
      {isForeign.value ? <Notice tone="warn">{t("scan-foreign")}</Notice> : null}
      <LinkButton href="#escribir" icon="keyboard" wide look={isFine ? "outline" : "primary"}>{t("welcome-type")}</LinkButton>
    </>
  );
}
