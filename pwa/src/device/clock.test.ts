import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { forgetClock, isClockProven, keepLatest, markOf, noteServerTime, readClock, readVerifierClock, reckon, reckonForVerifier, restoreClock, saveClock, type Mark } from "./clock";

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

describe("a clock that something else vouches for", () => {
  let monotonic = 1000;

  beforeEach(() => {
    forgetClock();
    monotonic = 1000;
    vi.spyOn(performance, "now").mockImplementation(() => monotonic);
    vi.spyOn(Date, "now").mockReturnValue(SERVER);
  });
  afterEach(() => {
    forgetClock();
    vi.restoreAllMocks();
  });

  test("is one that met the server in this visit, and that nobody moved since", async () => {
    expect(isClockProven()).toBe(false);
    noteServerTime(new Date(SERVER).toUTCString(), performance.now());
    expect(isClockProven()).toBe(true);
    vi.spyOn(Date, "now").mockReturnValue(SERVER + 300_000);
    expect(isClockProven()).toBe(false);
    monotonic += 300_000;
    expect(isClockProven()).toBe(true);
    await saveClock();
    forgetClock();
    await restoreClock();
    expect(isClockProven()).toBe(false);
  });
});

describe("a verifier's time", () => {
  const later = { ...met, monotonicMs: null };
  const FORTY_DAYS_MS = 40 * 86_400_000;

  test("is everybody's while nothing moved back, and no earlier than what was seen", () => {
    expect(reckonForVerifier(met, 0, met.deviceMs + 60_000, 70_000)).toEqual({ now: SERVER / 1000 + 60, floor: SERVER / 1000 + 60 });
    expect(reckonForVerifier(null, 0, SERVER, 0)).toEqual({ now: SERVER / 1000, floor: SERVER / 1000 });
  });

  test("a clock that was set back, or lost its battery, says so beside the latest time that was known here", () => {
    const [seen, lost] = [SERVER + FORTY_DAYS_MS, Date.UTC(1970, 0, 2)];
    expect(reckonForVerifier(later, seen, met.deviceMs - 86_400_000, 5)).toEqual({ now: met.deviceMs / 1000 - 86_400, floor: seen / 1000 });
    expect(reckonForVerifier(later, seen, met.deviceMs + 60_000, 5)).toEqual({ now: SERVER / 1000 + 60, floor: seen / 1000 });
    expect(reckonForVerifier(later, 0, lost, 5)).toEqual({ now: lost / 1000, floor: SERVER / 1000 });
  });

  test("a clock that was ahead when the server was met, and was set right since, is believed", () => {
    const ahead = { ...later, deviceMs: SERVER + 3_600_000 };
    expect(reckonForVerifier(ahead, SERVER + 300_000, SERVER + 600_000, 5)).toEqual({ now: SERVER / 1000 + 600, floor: SERVER / 1000 + 600 });
    expect(reckonForVerifier(ahead, SERVER + 900_000, SERVER + 600_000, 5)).toEqual({ now: SERVER / 1000 + 600, floor: SERVER / 1000 + 900 });
  });

  test("within one visit the clock that no hand can set goes on", () => {
    expect(reckonForVerifier(met, 0, met.deviceMs - 86_400_000, 70_000)).toEqual({ now: SERVER / 1000 + 60, floor: SERVER / 1000 + 60 });
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

  describe("that are not on line", () => {
    const [hour, day] = [3_600_000, 86_400_000];
    let monotonic = 0;

    async function visitAt(deviceMs: number, openMs: number): Promise<void> {
      forgetClock();
      vi.spyOn(Date, "now").mockReturnValue(deviceMs);
      await restoreClock();
      monotonic += openMs;
      await keepLatest();
    }

    beforeEach(async () => {
      vi.spyOn(performance, "now").mockImplementation(() => monotonic);
      vi.spyOn(Date, "now").mockReturnValue(SERVER);
      noteServerTime(new Date(SERVER).toUTCString(), performance.now());
      await saveClock();
      await keepLatest();
    });
    afterEach(() => {
      vi.restoreAllMocks();
    });

    test("how long they were open is kept for the next one, and a meeting with the server counts more", async () => {
      await visitAt(SERVER + day, 10 * hour);
      await visitAt(SERVER + 2 * day, 10 * hour);
      await visitAt(SERVER - day, 0);
      const { now, floor } = readVerifierClock();
      expect(now).toBe((SERVER - day) / 1000);
      expect(floor).toBe(Math.floor((SERVER + 500 + 20 * hour) / 1000));
      noteServerTime(new Date(SERVER).toUTCString(), performance.now());
      expect(readVerifierClock().floor).toBeLessThan(SERVER / 1000 + 60);
    });

    test.each([hour, 2 * day, 400 * day])("a clock that was ahead by %d ms for a while and was set right is not behind", async (ahead) => {
      await visitAt(SERVER + hour + ahead, 60_000);
      await visitAt(SERVER + 2 * hour, 60_000);
      const { now, floor } = readVerifierClock();
      expect(floor - now).toBe(0);
      expect(now).toBe((SERVER + 500 + 2 * hour) / 1000 - 0.5);
    });

    test("a clock set back below what is proven is behind, by as much as it says too little", async () => {
      await visitAt(SERVER + 10 * hour, 10 * hour);
      await visitAt(SERVER + hour, 0);
      const { now, floor } = readVerifierClock();
      expect(floor - now).toBe(9 * 3600);
    });
  });

  test("a slow answer does not replace a better meeting", () => {
    noteServerTime(new Date(SERVER).toUTCString(), performance.now());
    const before = readClock().now;
    noteServerTime(new Date(SERVER + 9_000_000).toUTCString(), performance.now() - 8_000);
    expect(readClock().now - before).toBeLessThan(2);
  });
});
