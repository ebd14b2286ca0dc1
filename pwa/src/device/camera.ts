/**
 * The camera as a stream of texts: one stream per session, restarted when the system took it away, the whole frame decoded ten times a second.
 */
import { createDecoder, type Decoder } from "./decoder";
import { createGrab } from "./grab";

/** Slugs: why there is no picture, or that there is one. */
export type CameraState =
  | "camera-starting"
  | "camera-on"
  | "camera-off"
  | "camera-refused"
  | "camera-absent"
  | "camera-busy"
  | "camera-unsupported"
  | "decoder-failed";

export interface CameraChoice {
  readonly deviceId: string;
  readonly label: string;
}

export interface CameraOptions {
  readonly video: HTMLVideoElement;
  /** The remembered camera, or null for the one that looks away from the user. */
  readonly deviceId: string | null;
  onText(text: string): void;
  onState(state: CameraState): void;
}

export interface Camera {
  start(): Promise<void>;
  stop(): void;
  /** Looks for codes or rests; the stream stays open, so the permission is asked for once. */
  setLooking(isLooking: boolean): void;
  choose(deviceId: string): Promise<void>;
  choices(): Promise<CameraChoice[]>;
  hasTorch(): boolean;
  setTorch(isOn: boolean): Promise<void>;
  /** Text of the code on a photograph. */
  readPhoto(photo: Blob): Promise<string | null>;
}

/** Ten pictures a second, every third of a usual camera: enough for a hand, little enough for a cheap phone. */
const BETWEEN_FRAMES_MS = 90;

interface TorchCapabilities extends MediaTrackCapabilities {
  readonly torch?: boolean;
  readonly focusMode?: readonly string[];
}

interface TorchConstraints extends MediaTrackConstraintSet {
  torch?: boolean;
  focusMode?: string;
}

/** A camera that another application had, or that was unplugged, is asked for again: soon, and then less and less often. */
const FIRST_RETRY_MS = 2000;
const LAST_RETRY_MS = 60_000;
const MAY_COME_BACK: ReadonlySet<CameraState> = new Set(["camera-absent", "camera-busy"]);

const REFUSALS: Readonly<Record<string, CameraState>> = {
  NotAllowedError: "camera-refused",
  SecurityError: "camera-refused",
  NotFoundError: "camera-absent",
  OverconstrainedError: "camera-absent",
  NotReadableError: "camera-busy",
  AbortError: "camera-busy",
};

/** The state that a failed request for the camera leaves. */
export function stateOfRefusal(error: unknown): CameraState {
  return (error instanceof Error && REFUSALS[error.name]) || "camera-busy";
}

/** Constraints for 720p, by the remembered camera or the one that looks away from the user. */
export function constraintsFor(deviceId: string | null): MediaStreamConstraints {
  const which = deviceId === null ? { facingMode: { ideal: "environment" } } : { deviceId: { exact: deviceId } };
  return { audio: false, video: { ...which, width: { ideal: 1280 }, height: { ideal: 720 } } };
}

function capabilities(track: MediaStreamTrack | undefined): TorchCapabilities {
  return track && "getCapabilities" in track ? track.getCapabilities() : {};
}

async function focusContinuously(track: MediaStreamTrack | undefined): Promise<void> {
  if (!capabilities(track).focusMode?.includes("continuous")) return;
  const wish: TorchConstraints = { focusMode: "continuous" };
  // Only a wish: the picture is usable without it.
  await track?.applyConstraints({ advanced: [wish] }).catch(() => undefined);
}

/** Asks for the camera; a remembered one that is gone gives way to the usual one. */
async function request(deviceId: string | null): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia(constraintsFor(deviceId));
  } catch (error) {
    if (deviceId === null || stateOfRefusal(error) !== "camera-absent") throw error;
    return navigator.mediaDevices.getUserMedia(constraintsFor(null));
  }
}

/** Calls `onFrame` for each new picture of the video until told to stop. */
function everyFrame(video: HTMLVideoElement, onFrame: () => void): () => void {
  let isRunning = true;
  const next = (): void => {
    if (!isRunning) return;
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(tick);
    else setTimeout(tick, BETWEEN_FRAMES_MS);
  };
  const tick = (): void => {
    if (isRunning) onFrame();
    next();
  };
  next();
  return () => {
    isRunning = false;
  };
}

export function createCamera(options: CameraOptions): Camera {
  return new StreamCamera(options);
}

class StreamCamera implements Camera {
  readonly #options: CameraOptions;
  #deviceId: string | null;
  #stream: MediaStream | null = null;
  #decoder: Decoder | null = null;
  readonly #picture = createGrab();
  #stopFrames: () => void = () => undefined;
  #isWanted = false;
  #isLooking = true;
  #isDecoding = false;
  #isAsking = false;
  #lastFrameAt = 0;
  #retryMs = FIRST_RETRY_MS;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: CameraOptions) {
    this.#options = options;
    this.#deviceId = options.deviceId;
  }

  async start(): Promise<void> {
    this.#isWanted = true;
    document.addEventListener("visibilitychange", this.#onVisible);
    if ("mediaDevices" in navigator) navigator.mediaDevices.addEventListener("devicechange", this.#onBack);
    await this.#open();
  }

  stop(): void {
    this.#isWanted = false;
    document.removeEventListener("visibilitychange", this.#onVisible);
    if ("mediaDevices" in navigator) navigator.mediaDevices.removeEventListener("devicechange", this.#onBack);
    this.#close();
    this.#closeDecoder();
    this.#options.onState("camera-off");
  }

  setLooking(isLooking: boolean): void {
    this.#isLooking = isLooking;
  }

  async choose(deviceId: string): Promise<void> {
    this.#deviceId = deviceId;
    await this.#open();
  }

  async choices(): Promise<CameraChoice[]> {
    if (!("mediaDevices" in navigator)) return [];
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter(({ kind, deviceId }) => kind === "videoinput" && deviceId !== "").map(({ deviceId, label }) => ({ deviceId, label }));
  }

  hasTorch(): boolean {
    return capabilities(this.#track()).torch === true;
  }

  async setTorch(isOn: boolean): Promise<void> {
    const wish: TorchConstraints = { torch: isOn };
    await this.#track()?.applyConstraints({ advanced: [wish] });
  }

  readPhoto(photo: Blob): Promise<string | null> {
    return this.#openDecoder().decode({ photo });
  }

  #track(): MediaStreamTrack | undefined {
    return this.#stream?.getVideoTracks()[0];
  }

  #openDecoder(): Decoder {
    this.#decoder ??= createDecoder();
    return this.#decoder;
  }

  async #open(): Promise<void> {
    this.#close();
    if (!("mediaDevices" in navigator)) {
      this.#options.onState("camera-unsupported");
      return;
    }
    this.#retryMs = FIRST_RETRY_MS;
    this.#options.onState("camera-starting");
    await this.#ask();
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#retry);
    this.#isAsking = true;
    try {
      await this.#play(await request(this.#deviceId));
    } catch (error) {
      this.#close();
      const state = stateOfRefusal(error);
      this.#options.onState(state);
      if (!MAY_COME_BACK.has(state)) return;
      this.#retry = setTimeout(this.#onBack, this.#retryMs);
      this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS);
    } finally {
      this.#isAsking = false;
    }
  }

  /** In silence: what the screen says of a camera that is not there stays until there is one. */
  readonly #onBack = (): void => {
    const isOpen = this.#isAsking || this.#stream !== null;
    if (this.#isWanted && !isOpen && document.visibilityState === "visible") void this.#ask();
  };

  async #play(stream: MediaStream): Promise<void> {
    if (!this.#isWanted) {
      for (const track of stream.getTracks()) track.stop();
      return;
    }
    const { video } = this.#options;
    this.#stream = stream;
    this.#track()?.addEventListener("ended", this.#onEnded);
    await focusContinuously(this.#track());
    video.srcObject = stream;
    await video.play();
    this.#stopFrames = everyFrame(video, this.#onFrame);
    this.#options.onState("camera-on");
  }

  #closeDecoder(): void {
    this.#decoder?.close();
    this.#decoder = null;
  }

  #giveUpDecoder(): void {
    this.#stopFrames();
    this.#closeDecoder();
    this.#options.onState("decoder-failed");
  }

  #close(): void {
    clearTimeout(this.#retry);
    this.#stopFrames();
    for (const track of this.#stream?.getTracks() ?? []) {
      track.removeEventListener("ended", this.#onEnded);
      track.stop();
    }
    this.#stream = null;
    this.#options.video.srcObject = null;
  }

  readonly #onEnded = (): void => {
    // Another application took the camera, or it was unplugged: the next look at the page asks again.
    if (document.visibilityState === "visible" && this.#isWanted) void this.#open();
  };

  readonly #onVisible = (): void => {
    if (document.visibilityState !== "visible" || !this.#isWanted) return;
    const track = this.#track();
    // iOS gives installed pages a dead or muted track when they return from the background.
    if (!track || track.readyState === "ended" || track.muted) void this.#open();
    else void this.#options.video.play().catch(() => this.#open());
  };

  readonly #onFrame = (): void => {
    const now = performance.now();
    const { video } = this.#options;
    if (this.#isDecoding || !this.#isLooking || now - this.#lastFrameAt < BETWEEN_FRAMES_MS || video.videoWidth === 0) return;
    this.#lastFrameAt = now;
    this.#isDecoding = true;
    void this.#decode(video).finally(() => {
      this.#isDecoding = false;
    });
  };

  async #decode(video: HTMLVideoElement): Promise<void> {
    try {
      const text = await this.#openDecoder().decode(await this.#picture.grab(video));
      if (text !== null && this.#isLooking) this.#options.onText(text);
    } catch (error) {
      this.#goOnAfter(error);
    }
  }

  #goOnAfter(error: unknown): void {
    const isDecoder = error instanceof Error && "slug" in error && error.slug === "decoder-failed";
    if (this.#picture.useNextWay()) {
      if (isDecoder) this.#closeDecoder();
    } else if (isDecoder) {
      // A frame that could not be grabbed is followed by the next one; a broken decoder is not.
      this.#giveUpDecoder();
    }
  }
}
