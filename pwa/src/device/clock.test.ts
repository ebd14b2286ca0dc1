import "fake-indexeddb/auto";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { forgetClock, markOf, noteServerTime, readClock, reckon, restoreClock, saveClock, type Mark } from "./clock";

const SERVER = 1_795_000_000_000;
const met: Mark = { serverMs: SERVER, deviceMs: SERVER + 400_000, monotonicMs: 10_000, doubtMs: 600 };

describe("the time, reckoned", () => {
  test("without a meeting it is the device's own, vouched for by nobody", () => {
    expect(reckon(null, SERVER, 0)).toEqual({ now: SERVER / 1000, qualityS: null, skewS: null });
  });

  test("is the server's plus what has passed, whatever the device's clock says", () => {
    const reading = reckon(met, met.deviceMs + 60_000, 70_000);
    expect(reading).toEqual({ now: SERVER / 1000 + 60, qualityS: 1, skewS: 400 });
  });

  test("a phone that slept goes by its wall clock, and doubts it a little", () => {
    const reading = reckon(met, met.deviceMs + 3_600_000, 70_000);
    expect(reading.now).toBe(SERVER / 1000 + 3600);
    expect(reading.qualityS).toBe(6);
  });

  test("a wall clock moved back does not move the time back", () => {
    const reading = reckon(met, met.deviceMs - 7_200_000, 130_000);
    expect(reading).toEqual({ now: SERVER / 1000 + 120, qualityS: 1, skewS: 400 - 7200 - 120 });
  });

  test("a wall clock moved back between two visits is vouched for by nobody", () => {
    expect(reckon({ ...met, monotonicMs: null }, met.deviceMs - 1, 0)).toMatchObject({ now: SERVER / 1000, qualityS: null });
  });

  test("doubt grows with the days, to a day at most", () => {
    const later = { ...met, monotonicMs: null };
    expect(reckon(later, met.deviceMs + 10 * 86_400_000, 0).qualityS).toBe(49);
    expect(reckon(later, met.deviceMs + 90_000 * 86_400_000, 0).qualityS).toBe(86_400);
  });
});

describe("a Date header", () => {
  const date = new Date(SERVER).toUTCString();

  test("is half a second old on average, and half a trip", () => {
    expect(markOf(date, 100, 300, 5)).toEqual({ serverMs: SERVER + 600, deviceMs: 5, monotonicMs: 300, doubtMs: 600 });
  });

  test.each([[null, 0, 1], ["yesterday", 0, 1], [date, 0, 10_001], [date, 5, 1]])("says nothing: %s %d %d", (header, sent, received) => {
    expect(markOf(header, sent, received, 0)).toBeNull();
  });
});

describe("over two visits", () => {
  beforeEach(forgetClock);

  test("the last meeting is kept and brought back", async () => {
    vi.spyOn(Date, "now").mockReturnValue(SERVER - 300_000);
    noteServerTime(new Date(SERVER).toUTCString(), performance.now());
    const [least, most] = [-301, -300]; // the half second of the header, rounded
    expect(readClock().skewS).toBeGreaterThanOrEqual(least);
    expect(readClock().skewS).toBeLessThanOrEqual(most);
    await saveClock();
    forgetClock();
    expect(readClock().qualityS).toBeNull();
    await restoreClock();
    expect(readClock().now).toBe(SERVER / 1000);
    expect(readClock().qualityS).toBe(6);
    vi.restoreAllMocks();
  });

  test("a slow answer does not replace a better meeting", () => {
    noteServerTime(new Date(SERVER).toUTCString(), performance.now());
    const before = readClock().now;
    noteServerTime(new Date(SERVER + 9_000_000).toUTCString(), performance.now() - 8_000);
    expect(readClock().now - before).toBeLessThan(2);
  });
});
