import { describe, expect, it } from "vitest";
import { factsOf, parts, questionsOf, registeredOf } from "./differing";

describe("what differs between two spellings is what stands between their same beginning and their same end", () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ["Xóchilt Ñúñez", "Xóchitl Ñúñez", "lt", "tl"],
    ["Xochitl", "Xóchitl", "o", "ó"],
    ["Juan Cruz", "Juan Carlos Cruz", "", "arlos C"],
    ["Anna", "Ana", "n", ""],
    ["XOCHITL", "xochitl", "", ""],
    ["Munoz", "Muñoz", "n", "ñ"],
    ["", "Ana", "", "Ana"],
  ];
  it.each(cases)("%s, %s", (one, other, own, others) => {
    expect([parts(one, other)[1], parts(other, one)[1]]).toEqual([own, others]);
    expect(parts(one, other).join("")).toBe(one);
    expect(parts(other, one).join("")).toBe(other);
  });
});

describe("a refusal asks", () => {
  it("who the person is before what they decided, and only about what differs", () => {
    const registered = registeredOf({ registered: { organ_donation: "yes", given_names: "Ana", curp: "X" } });
    expect(registered).toEqual({ given_names: "Ana", organ_donation: "yes" });
    expect(questionsOf(registered ?? {})).toEqual(["identity", "donation"]);
    expect(factsOf("identity", registered ?? {})).toEqual(["given_names"]);
    expect(factsOf("donation", registered ?? {})).toEqual(["organ_donation"]);
  });

  it("nothing where it shows nothing", () => {
    for (const problem of [{}, { registered: null }, { registered: [] }, { registered: { given_names: 1 } }]) {
      expect(registeredOf(problem)).toBeNull();
    }
  });
});
