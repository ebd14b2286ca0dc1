import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { constraintsFor, createCamera, stateOfRefusal, type CameraState } from "./camera";

function named(name: string): Error {
  return Object.assign(new Error(), { name });
}

describe("why there is no picture", () => {
  it.each([
    ["NotAllowedError", "camera-refused"],
    ["NotFoundError", "camera-absent"],
    ["OverconstrainedError", "camera-absent"],
    ["NotReadableError", "camera-busy"],
    ["SomethingNew", "camera-busy"],
  ])("%s is told as %s", (name, state) => {
    expect(stateOfRefusal(named(name))).toBe(state);
  });

  it("a refusal that is no error is told as busy", () => {
    expect(stateOfRefusal("no")).toBe("camera-busy");
  });
});

describe("which camera", () => {
  it("is the one that looks away from the user until one is chosen", () => {
    expect(constraintsFor(null).video).toMatchObject({ facingMode: { ideal: "environment" }, width: { ideal: 1280 } });
  });

  it("is exactly the remembered one", () => {
    expect(constraintsFor("abc").video).toMatchObject({ deviceId: { exact: "abc" }, height: { ideal: 720 } });
  });
});

describe("a camera that is gone for a while", () => {
  const getUserMedia = vi.fn<() => Promise<unknown>>();
  const devices = Object.assign(new EventTarget(), { getUserMedia });
  const video = { play: () => Promise.resolve(), requestVideoFrameCallback: () => 0, srcObject: null };
  const states: CameraState[] = [];
  const camera = createCamera({ video: video as unknown as HTMLVideoElement, deviceId: null, onText: vi.fn(), onState: (state) => states.push(state) });
  const stream = { getTracks: () => [], getVideoTracks: () => [] };

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("navigator", { mediaDevices: devices });
    vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
    getUserMedia.mockReset();
    states.length = 0;
  });

  afterEach(() => {
    camera.stop();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it.each(["NotFoundError", "NotReadableError", "AbortError"])("%s: is asked for again in silence, less and less often", async (name) => {
    getUserMedia.mockRejectedValueOnce(named(name)).mockRejectedValueOnce(named(name)).mockResolvedValue(stream);
    await camera.start();
    await vi.advanceTimersByTimeAsync(2000);
    expect(getUserMedia).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(3999);
    expect(getUserMedia).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1);
    const gone = name === "NotFoundError" ? "camera-absent" : "camera-busy";
    expect(states).toEqual(["camera-starting", gone, gone, "camera-on"]);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(getUserMedia).toHaveBeenCalledTimes(3);
  });

  it("is asked for at once when one is plugged in", async () => {
    getUserMedia.mockRejectedValueOnce(named("NotFoundError")).mockResolvedValue(stream);
    await camera.start();
    devices.dispatchEvent(new Event("devicechange"));
    devices.dispatchEvent(new Event("devicechange"));
    await vi.advanceTimersByTimeAsync(0);
    expect(states.at(-1)).toBe("camera-on");
    expect(getUserMedia).toHaveBeenCalledTimes(2);
  });

  it("is not asked for again once a person has refused it", async () => {
    getUserMedia.mockRejectedValue(named("NotAllowedError"));
    await camera.start();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(getUserMedia).toHaveBeenCalledTimes(1);
  });

  it("is not asked for after the screen has gone", async () => {
    getUserMedia.mockRejectedValue(named("NotReadableError"));
    await camera.start();
    camera.stop();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(getUserMedia).toHaveBeenCalledTimes(1);
  });
});
