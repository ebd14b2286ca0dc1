import "fake-indexeddb/auto";
import { expect, it } from "vitest";
import { put } from "../device/store";
import { REMEMBER_S, createSeenPasses, loadSeen, saveSeen } from "./seen";

const pass = (cti: string | null, curp?: string) => ({ cti, person: curp === undefined ? null : { name: "X", curp } });

it("a pass seen for the first time has no past", () => {
  const seen = createSeenPasses();
  expect(seen.note(pass("aa"), 100)).toBeNull();
  expect(seen.note(pass("bb"), 101)).toBeNull();
});

it("a pass seen again tells how long ago, each time from the last", () => {
  const seen = createSeenPasses();
  seen.note(pass("aa"), 100);
  expect(seen.note(pass("aa"), 220)).toEqual({ ageS: 120, what: "pass" });
  expect(seen.note(pass("aa"), 230)).toEqual({ ageS: 10, what: "pass" });
});

it("another code of the same person is pointed out, whichever is shown first", () => {
  const seen = createSeenPasses();
  seen.note(pass("rotating", "HEGG560427MVZRRL04"), 100);
  expect(seen.note(pass("printed", "HEGG560427MVZRRL04"), 160)).toEqual({ ageS: 60, what: "person" });
  expect(seen.note(pass("rotating", "HEGG560427MVZRRL04"), 170)).toEqual({ ageS: 70, what: "pass" });
  expect(seen.note(pass("another", "MXAS521013MHGNMC06"), 180)).toBeNull();
});

it("people whose names are sealed are not taken for one another", () => {
  const seen = createSeenPasses();
  seen.note({ cti: "aa", person: { hint: "GHG 0427" } }, 100);
  expect(seen.note({ cti: "bb", person: { hint: "GHG 0427" } }, 110)).toBeNull();
});

it("what is no pass has no past", () => {
  const seen = createSeenPasses();
  seen.note(pass(null), 100);
  expect(seen.note(pass(null), 110)).toBeNull();
});

it("ten minutes later it is forgotten", () => {
  const seen = createSeenPasses();
  seen.note(pass("aa", "HEGG560427MVZRRL04"), 100);
  expect(seen.note(pass("aa", "HEGG560427MVZRRL04"), 101 + REMEMBER_S)).toBeNull();
});

it("a clock set back does not make a pass look seen in the future", () => {
  const seen = createSeenPasses();
  seen.note(pass("aa"), 1000);
  expect(seen.note(pass("aa"), 500)).toBeNull();
});

it("a pass outlives a reload, a person does not", () => {
  const before = createSeenPasses();
  before.note(pass("00112233445566778899aabbccddeeff", "HEGG560427MVZRRL04"), 100);
  const after = createSeenPasses(before.noted());
  expect(JSON.stringify(before.noted())).toBe('[["0011223344556677",100]]');
  expect(after.note(pass("00112233445566778899aabbccddeeff"), 130)).toEqual({ ageS: 30, what: "pass" });
  expect(createSeenPasses(before.noted()).note(pass("ff", "HEGG560427MVZRRL04"), 130)).toBeNull();
});

it("what is kept is forgotten after ten minutes, too, and what is damaged is passed over", async () => {
  const before = createSeenPasses([["aa", 100]]);
  before.note(pass("bb"), 101 + REMEMBER_S);
  expect(before.noted()).toEqual([["bb", 101 + REMEMBER_S]]);
  await saveSeen(before.noted());
  expect(await loadSeen()).toEqual(before.noted());
  await put("settings", "seen", [["bb", 5], ["bb"], "bb", [5, "bb"], ["<b>", 5], ["cc", Infinity], null]);
  expect(await loadSeen()).toEqual([["bb", 5]]);
  await put("settings", "seen", "bb");
  expect(await loadSeen()).toEqual([]);
});
