import { afterEach, describe, expect, it, vi } from "vitest";
import { ANSWER_WITHIN_S, challengeIn, challengeText, newChallenge, secondsLeft, startedNow } from "./challenge";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** What the browser's source of chance says next. */
function chance(...numbers: number[]): void {
  vi.spyOn(crypto, "getRandomValues").mockImplementation((room) => {
    if (room instanceof Uint32Array) room[0] = numbers.shift() ?? 0;
    return room;
  });
}

describe("a challenge", () => {
  it("is six digits, with its zeros", () => {
    chance(0, 42, 999_999, 1_000_000, 4_294_000_000 - 1);
    expect([newChallenge(), newChallenge(), newChallenge(), newChallenge(), newChallenge()]).toEqual(["000000", "000042", "999999", "000000", "999999"]);
  });

  it("leaves out the numbers beyond the last whole million, which would make some challenges likelier than others", () => {
    chance(4_294_000_000, 2 ** 32 - 1, 7);
    expect(newChallenge()).toBe("000007");
  });

  it("is hardly ever the same twice", () => {
    const made = Array.from({ length: 200 }, newChallenge);
    expect(new Set(made).size).toBeGreaterThan(190);
    for (const one of made) expect(one).toMatch(/^[0-9]{6}$/);
  });

  it("is read back from the counter's code, and from nothing else", () => {
    expect(challengeIn(challengeText("493027"))).toBe("493027");
    const others = ["493027", "1493027", "amate:challenge:49302", "amate:challenge:4930270", "amate:challenge:49302a", "AMATE:CHALLENGE:493027"];
    const more = [" amate:challenge:493027", "amate:challenge:493027\n", "amate:challenge:٤٩٣٠٢٧", "https://example.org/amate:challenge:493027", ""];
    for (const text of [...others, ...more]) expect(challengeIn(text)).toBeNull();
  });

  it("is no text that a pass could have: those are digits only", () => {
    expect(challengeText("493027")).not.toMatch(/^[0-9]*$/);
  });
});

describe("the time to answer", () => {
  it("is two minutes", () => {
    vi.useFakeTimers();
    const since = startedNow();
    expect(secondsLeft(since)).toBe(ANSWER_WITHIN_S);
    vi.advanceTimersByTime(119_000);
    expect(secondsLeft(since)).toBe(1);
    vi.advanceTimersByTime(1_000);
    expect(secondsLeft(since)).toBe(0);
  });

  it("runs on while the device sleeps, and is not prolonged by a clock that is set back", () => {
    const [wall, monotonic] = [vi.spyOn(Date, "now").mockReturnValue(1_000_000), vi.spyOn(performance, "now").mockReturnValue(5_000)];
    const since = startedNow();
    wall.mockReturnValue(1_000_000 + 90_000);
    expect(secondsLeft(since)).toBe(30);
    wall.mockReturnValue(0);
    monotonic.mockReturnValue(5_000 + 100_000);
    expect(secondsLeft(since)).toBe(20);
    monotonic.mockReturnValue(5_000 + 130_000);
    expect(secondsLeft(since)).toBe(0);
  });
});
