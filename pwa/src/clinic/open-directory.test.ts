import { expect, test } from "vitest";
import { clinicsDocument } from "../testing/clinics";
import { openDirectory } from "./open-directory";

const bytesOf = (document: unknown): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(JSON.stringify(document)));
const ONE = clinicsDocument([{ clues: "HGIMB000011" }]);

test("the same file is read once, another one anew", () => {
  const first = openDirectory(bytesOf(ONE), false);
  expect(first?.find("HGIMB000011")?.clues).toBe("HGIMB000011");
  expect(openDirectory(bytesOf(ONE), false)).toBe(first);
  const other = openDirectory(bytesOf(clinicsDocument([{ clues: "HGIMB000012" }])), false);
  expect([other?.find("HGIMB000011"), other?.find("HGIMB000012")?.clues]).toEqual([null, "HGIMB000012"]);
});

test("one state's file is not the country's, though it says the same", () => {
  expect(openDirectory(bytesOf(ONE), true)?.isOneState).toBe(true);
  expect(openDirectory(bytesOf(ONE), false)?.isOneState).toBe(false);
});

test("no file, and one that cannot be read, give none; what comes after is read", () => {
  expect(openDirectory(null, false)).toBeNull();
  expect(openDirectory(bytesOf({ ...ONE, digits: undefined }), false)).toBeNull();
  expect(openDirectory(new Uint8Array([123]), false)).toBeNull();
  expect(openDirectory(bytesOf(ONE), false)?.count).toBe(1);
});
