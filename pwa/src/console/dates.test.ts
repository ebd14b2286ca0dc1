import { describe, expect, test } from "vitest";
import { dateOf, instantOf, movedTo } from "./dates";

const AT = new Date(2026, 11, 14, 9, 41, 7).getTime() / 1000;

describe("a day of the calendar", () => {
  test("is that of the device, and keeps the time of the moment that is moved to it", () => {
    expect(dateOf(AT)).toBe("2026-12-14");
    const moved = movedTo(AT, "2027-01-03");
    expect(new Date(moved! * 1000).toString()).toBe(new Date(2027, 0, 3, 9, 41, 7).toString());
    expect(movedTo(AT, dateOf(AT))).toBe(AT);
  });

  test.each(["", "2026-02-30", "14/12/2026", "2026-13-01", "0000-00-00"])("is not %j", (date) => {
    expect(movedTo(AT, date)).toBeNull();
  });

  test("is written for the server without fractions", () => {
    expect(instantOf(1_795_000_000)).toBe("2026-11-18T11:06:40Z");
  });
});
