import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { watchUpdates } from "./updates";

const HOUR_MS = 3_600_000;

/** What a browser has of a service worker, as far as pages ask for it. */
class Registration extends EventTarget {
  waiting: { postMessage: () => void } | null = null;
  installing: EventTarget | null = null;
  readonly update = vi.fn(() => Promise.resolve());
}

let registration: Registration;
let register: ReturnType<typeof vi.fn>;
let page: EventTarget & { visibilityState: string };
let browser: EventTarget;
let device: { onLine: boolean; serviceWorker: EventTarget & { controller: object | null; register: unknown } };

const turn = async (visibilityState: string): Promise<void> => {
  page.visibilityState = visibilityState;
  page.dispatchEvent(new Event("visibilitychange"));
  await vi.advanceTimersByTimeAsync(0);
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubEnv("PROD", true);
  registration = new Registration();
  register = vi.fn(() => Promise.resolve(registration));
  page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  browser = new EventTarget();
  device = { onLine: true, serviceWorker: Object.assign(new EventTarget(), { controller: {}, register }) };
  vi.stubGlobal("document", page);
  vi.stubGlobal("navigator", device);
  vi.stubGlobal("addEventListener", browser.addEventListener.bind(browser));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

describe("a page that stays open (J04)", () => {
  it("looks for a newer worker every hour in view, and not at once: the registration has just looked", async () => {
    await watchUpdates(() => undefined);
    expect(registration.update).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(3 * HOUR_MS);
    expect(registration.update).toHaveBeenCalledTimes(3);
  });

  it("looks once a day out of view, and at once when it comes back", async () => {
    await watchUpdates(() => undefined);
    await turn("hidden");
    await vi.advanceTimersByTimeAsync(23 * HOUR_MS);
    expect(registration.update).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(registration.update).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(24 * HOUR_MS);
    expect(registration.update).toHaveBeenCalledTimes(2);
    await turn("visible");
    expect(registration.update).toHaveBeenCalledTimes(3);
  });

  it("asks nothing without a network, and at once when there is one again", async () => {
    await watchUpdates(() => undefined);
    device.onLine = false;
    await vi.advanceTimersByTimeAsync(30 * HOUR_MS);
    expect(registration.update).not.toHaveBeenCalled();
    device.onLine = true;
    browser.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(0);
    expect(registration.update).toHaveBeenCalledTimes(1);
  });

  it("watches the new registration that it gets once a recall has taken the first one away", async () => {
    const onWaiting = vi.fn();
    await watchUpdates(onWaiting);
    const next = new Registration();
    register.mockResolvedValue(next);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    next.installing = new EventTarget();
    next.dispatchEvent(new Event("updatefound"));
    next.waiting = { postMessage: () => undefined };
    next.installing.dispatchEvent(new Event("statechange"));
    expect(onWaiting).toHaveBeenCalledTimes(1);
  });

  it("tries again where the worker could not be registered at first", async () => {
    register.mockRejectedValueOnce(new TypeError("no network"));
    await watchUpdates(() => undefined);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(register).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(registration.update).toHaveBeenCalledTimes(1);
  });

  it("offers what waits already, and nothing on the first visit, which no release before has seen", async () => {
    registration.waiting = { postMessage: vi.fn() };
    const onWaiting = vi.fn();
    await watchUpdates(onWaiting);
    expect(onWaiting).toHaveBeenCalledTimes(1);
    device.serviceWorker.controller = null;
    await watchUpdates(onWaiting);
    expect(onWaiting).toHaveBeenCalledTimes(1);
  });
});
