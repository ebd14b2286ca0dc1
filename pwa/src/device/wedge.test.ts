import { describe, expect, it } from "vitest";
import { GAP_MS, LONG_GAP_MS, createWedgeReader, type Key } from "./wedge";

function digits(text: string, at: number, everyMs: number): Key[] {
  return [...text].map((digit, index) => ({ code: `Digit${digit}`, key: digit, timeStamp: at + index * everyMs, repeat: false }));
}

const end = (timeStamp: number, code = "Enter"): Key => ({ code, key: code, timeStamp, repeat: false });

function scan(keys: readonly Key[]): { texts: string[]; swallowed: boolean[]; settle: () => void } {
  const texts: string[] = [];
  const reader = createWedgeReader((text) => texts.push(text));
  const swallowed = keys.map((key) => reader.press(key));
  return { texts, swallowed, settle: reader.settle };
}

describe("the hand-held scanner", () => {
  it("hands over what it typed when Enter or Tab ends it", () => {
    for (const code of ["Enter", "NumpadEnter", "Tab"]) {
      const { texts } = scan([...digits("1234567890", 0, 5), end(55, code)]);
      expect(texts).toEqual(["1234567890"]);
    }
  });

  it("reads digits by the physical key, so a French layout cannot garble them", () => {
    const french = digits("1020304050", 0, 5).map((key) => ({ ...key, key: "&é\"'(-è_çà"[Number(key.code.slice(5))] ?? "" }));
    expect(scan([...french, end(60)]).texts).toEqual(["1020304050"]);
  });

  it("reads the numeric pad too", () => {
    const pad = digits("9876543210", 0, 5).map((key) => ({ ...key, code: key.code.replace("Digit", "Numpad") }));
    expect(scan([...pad, end(60)]).texts).toEqual(["9876543210"]);
  });

  it("keeps other characters, which only ever become the text of something that is not a credential", () => {
    const text = "https://example.mx/";
    const keys = Array.from(text).map((key, index) => ({ code: `Key${key}`, key, timeStamp: index * 5, repeat: false }));
    expect(scan([...keys, end(100)]).texts).toEqual([text]);
  });

  it.each(["]Q1", "]q1", "+Q3"])("takes away %s, by which a reader says that it was a QR code", (prefix) => {
    const text = "1".repeat(60);
    const said = Array.from(prefix).map((key, index) => ({ code: "", key, timeStamp: index * 5, repeat: false }));
    expect(scan([...said, ...digits(text, 20, 5), end(400)]).texts).toEqual([text]);
    expect(scan([...said, ...digits("1234567890", 20, 5), end(100)]).texts).toEqual([`${prefix}1234567890`]);
  });

  it("leaves a person's typing alone", () => {
    const { texts, swallowed } = scan([...digits("1234567890", 0, GAP_MS + 1), end(520)]);
    expect(texts).toEqual([]);
    expect(swallowed).not.toContain(true);
  });

  it("takes a long text also from a slow reader", () => {
    const text = "1".repeat(883);
    const slow = digits(text, 0, LONG_GAP_MS);
    const { texts, swallowed } = scan([...slow, end(883 * LONG_GAP_MS)]);
    expect(texts).toEqual([text]);
    expect(swallowed.at(-1)).toBe(true);
    expect(scan([...digits(text, 0, LONG_GAP_MS + 1), end(883 * (LONG_GAP_MS + 1))]).texts).toEqual([]);
  });

  it("swallows the Enter of a scan, which would press a button, but not a person's", () => {
    expect(scan([...digits("1234567890", 0, 5), end(55)]).swallowed.at(-1)).toBe(true);
    expect(scan([...digits("12", 0, 5), end(15)]).swallowed.at(-1)).toBe(false);
    expect(scan([...digits("1234567890", 0, 5), end(500)]).swallowed.at(-1)).toBe(false);
  });

  it("bears a hiccup anywhere in a scan", () => {
    const late = (text: string, from: number): Key[] => digits(text, 0, 5).map((key, n) => ({ ...key, timeStamp: n * 5 + (n >= from ? 200 : 0) }));
    for (const from of [1, 4, 9]) expect(scan([...late("123456789012", from), end(262)]).texts).toEqual(["123456789012"]);
  });

  it("does not begin a scan with what a person typed before it", () => {
    const { texts } = scan([...digits("77", 0, 200), ...digits("1234567890", 600, 5), end(655)]);
    expect(texts).toEqual(["1234567890"]);
  });

  it("ignores a key held down", () => {
    const held = digits("1111111111", 0, 30).map((key, index) => ({ ...key, repeat: index > 0 }));
    expect(scan([...held, end(300)]).texts).toEqual([]);
  });

  it("does not let shift keys between characters break a scan", () => {
    const shift = (timeStamp: number): Key => ({ code: "ShiftLeft", key: "Shift", timeStamp, repeat: false });
    const keys = digits("12345678", 0, 6).flatMap((key) => [shift(key.timeStamp - 1), key]);
    expect(scan([...keys, end(60)]).texts).toEqual(["12345678"]);
  });

  it("takes a long scan that comes without an end key once the scanner is silent", () => {
    const long = scan(digits("1".repeat(400), 0, 4));
    expect(long.texts).toEqual([]);
    long.settle();
    expect(long.texts).toEqual(["1".repeat(400)]);
    const short = scan(digits("1".repeat(12), 0, 4));
    short.settle();
    expect(short.texts).toEqual([]);
  });

  it("begins anew after each scan and bounds what it keeps", () => {
    const { texts } = scan([...digits("11111111", 0, 5), end(45), ...digits("22222222", 60, 5), end(105)]);
    expect(texts).toEqual(["11111111", "22222222"]);
    expect(scan([...digits("1".repeat(5000), 0, 1), end(5001)]).texts[0]?.length).toBe(4096);
  });
});
