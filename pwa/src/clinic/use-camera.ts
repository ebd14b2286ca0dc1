/** The camera as the state of a component: opened when it appears, resting while a verdict shows, closed when it goes. */
import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { createCamera, type Camera, type CameraChoice, type CameraState } from "../device/camera";

export interface CameraUse {
  readonly state: CameraState;
  readonly choices: readonly CameraChoice[];
  readonly hasTorch: boolean;
  readonly isTorchOn: boolean;
  readonly retry: () => void;
  readonly choose: (deviceId: string) => void;
  readonly toggleTorch: () => void;
  readonly readPhoto: (photo: Blob) => Promise<string | null>;
}

export interface CameraWish {
  readonly video: RefObject<HTMLVideoElement | null>;
  readonly cameraId: string | null;
  readonly isLooking: boolean;
  readonly onText: (text: string) => void;
}

export function useCamera({ video, cameraId, isLooking, onText }: CameraWish): CameraUse {
  const camera = useRef<Camera | null>(null);
  const [state, setState] = useState<CameraState>("camera-starting");
  const [choices, setChoices] = useState<readonly CameraChoice[]>([]);
  const [isTorchOn, setTorchOn] = useState(false);
  const [hasTorch, setHasTorch] = useState(false);

  useLayoutEffect(() => {
    if (!video.current) return undefined;
    const opened = createCamera({
      video: video.current,
      deviceId: cameraId,
      onText,
      onState(next) {
        setState(next);
        setTorchOn(false);
        setHasTorch(opened.hasTorch());
        // Labels come only once the permission is given.
        if (next === "camera-on") void opened.choices().then(setChoices);
      },
    });
    camera.current = opened;
    void opened.start();
    return () => opened.stop();
    // The camera that is chosen later is given to the open one by choose().
  }, []);

  // Before the paint: a picture taken for nothing would hold up the verdict.
  useLayoutEffect(() => camera.current?.setLooking(isLooking), [isLooking]);

  return {
    state,
    choices,
    hasTorch,
    isTorchOn,
    retry: () => void camera.current?.start(),
    choose: (deviceId) => void camera.current?.choose(deviceId),
    toggleTorch: () => {
      void camera.current?.setTorch(!isTorchOn).then(() => setTorchOn(!isTorchOn));
    },
    readPhoto: (photo) => camera.current?.readPhoto(photo) ?? Promise.resolve(null),
  };
}
