/** A module's offer, or a counter's number, through the camera; the camera's engine comes with this screen only. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { challengeIn } from "../../device/challenge";
import { createCamera, type CameraState } from "../../device/camera";
import { offerAddress } from "../../device/oid4vci";
import { LinkButton, Notice } from "../../ui";
import { place } from "../state";
import { t, type WordKey } from "../words";
import { answerWith } from "./answer";
import { goToClaim } from "./type";

const fine: readonly CameraState[] = ["camera-starting", "camera-on", "camera-off"];

/** What is looked for: where its code leads, false for any other code; and what is said meanwhile. */
interface Sought {
  readonly take: (text: string) => boolean;
  readonly hint: WordKey;
  readonly foreign: WordKey;
  readonly type: { readonly href: string; readonly word: WordKey };
}

const offer: Sought = {
  take: (text) => {
    try {
      goToClaim(offerAddress(text));
      return true;
    } catch {
      return false;
    }
  },
  hint: "scan-hint",
  foreign: "scan-foreign",
  type: { href: "#escribir", word: "welcome-type" },
};

const number: Sought = {
  take: (text) => {
    const challenge = challengeIn(text);
    if (challenge !== null) answerWith(challenge);
    return challenge !== null;
  },
  hint: "answer-scan-hint",
  foreign: "answer-foreign",
  type: { href: "#responder", word: "answer-type" },
};

export function Scan(): JSX.Element {
  const sought = place.value === "leer" ? number : offer;
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
        isForeign.value = !sought.take(text);
      },
    });
    void camera.start();
    return () => camera.stop();
  }, [state, isForeign, sought]);
  const isFine = fine.includes(state.value);
  return (
    <>
      <div class="viewer" hidden={!isFine}>
        <video ref={video} playsInline muted aria-label={t("scan-title")} />
        <span class="viewer-frame" aria-hidden="true" />
      </div>
      <p class="centre" role="status">{isFine ? t(sought.hint) : null}</p>
      {isFine ? null : <Notice tone="warn">{t(state.value)}</Notice>}
      {isForeign.value ? <Notice tone="warn">{t(sought.foreign)}</Notice> : null}
      <LinkButton href={sought.type.href} icon="keyboard" wide look={isFine ? "outline" : "primary"}>{t(sought.type.word)}</LinkButton>
    </>
  );
}
