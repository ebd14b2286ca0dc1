import { describe, expect, it } from "vitest";
import { constraintsFor, stateOfRefusal } from "./camera";

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
