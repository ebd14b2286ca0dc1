/** One picture of a video for the decoder's worker, by the cheapest way that this browser has. */
import type { Picture } from "./frames";

type Way = (video: HTMLVideoElement) => Promise<Picture>;

export interface Grab {
  grab(video: HTMLVideoElement): Promise<Picture>;
  /** From now on by another way, where this browser has one: false if it has none left. */
  useNextWay(): boolean;
}

/** The frame as the camera gave it: nothing is copied before the worker has it (WebCodecs). */
const frameOf: Way = (video) => Promise.resolve({ frame: new VideoFrame(video) });

const bitmapOf: Way = async (video) => ({ bitmap: await createImageBitmap(video) });

// Where nothing can be handed over: synchronous, but with an answer that can be waited for like the others'.
const pixelsOf: Way = (video) => {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return Promise.reject(new TypeError("no 2d canvas"));
  context.drawImage(video, 0, 0);
  return Promise.resolve({ pixels: context.getImageData(0, 0, canvas.width, canvas.height) });
};

/** The ways that this browser has, the cheapest first; there is always one. */
function waysHere(): [Way, ...Way[]] {
  if (!("OffscreenCanvas" in globalThis) || !("createImageBitmap" in globalThis)) return [pixelsOf];
  return "VideoFrame" in globalThis ? [frameOf, bitmapOf] : [bitmapOf];
}

export function createGrab(): Grab {
  let [way, ...others] = waysHere();
  return {
    grab: async (video) => way(video),
    useNextWay() {
      const [next, ...rest] = others;
      if (next === undefined) return false;
      way = next;
      others = rest;
      return true;
    },
  };
}
