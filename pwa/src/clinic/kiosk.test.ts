// What a person who scans alone is told, for every verdict.
import { describe, expect, it } from "vitest";
import { toldOf } from "./kiosk";
import type { VerdictView } from "./view";
import type { WordKey } from "./words";

const LINE = (key: WordKey) => ({ key, params: {} });

function view(verdict: VerdictView["verdict"], lead: WordKey, step: VerdictView["step"] = null): VerdictView {
  const who = { name: "MARÍA GUADALUPE HERNÁNDEZ", curp: "HEGG560427MVZRRL04" };
  return { verdict, isDemo: false, lead: LINE(lead), step, code: "", canAsk: false, notes: [], who, entitlement: null, places: [], isOneState: false, ages: null };
}

describe("what a person who scans alone is told", () => {
  it("is to go on only with a proven code, for care given here, shown for the first time", () => {
    expect(toldOf(view("valid", "attend-here"), null, null).way).toBe("on");
    expect(toldOf(view("valid", "attend-here_by_exchange"), null, null).way).toBe("on");
    expect(toldOf(view("valid", "attend-here"), { ageS: 5, what: "pass" }, null)).toMatchObject({ way: "desk", more: "kiosk-desk-seen" });
    expect(toldOf(view("valid", "attend-here"), { ageS: 5, what: "person" }, null).way).toBe("desk");
  });

  it("is to ask at the desk, and nothing of why, where another counter saw the code or the person", () => {
    for (const what of ["pass", "person"] as const)
      expect(toldOf(view("valid", "attend-here"), null, { ageS: 5, what })).toMatchObject({ way: "desk", more: "kiosk-desk-help" });
  });

  it.each(["attend-refer", "attend-urgent_only", "attend-unknown"] as const)("is to ask at the desk where: %s", (lead) => {
    expect(toldOf(view("valid", lead), null, null)).toMatchObject({ way: "desk", more: "kiosk-desk-where" });
  });

  it("is to come with an identity document where possession is not proven", () => {
    expect(toldOf(view("check_identity", "printed"), null, null)).toMatchObject({ way: "desk", more: "kiosk-desk-identity" });
  });

  it("is to be helped at the desk, and nothing of the reason, where it cannot be checked or does not hold", () => {
    for (const one of [view("stale", "trust-stale"), view("not_valid", "revoked", { strong: LINE("not-valid-do"), more: LINE("not-valid-do-more") })])
      expect(toldOf(one, null, null)).toMatchObject({ way: "desk", more: "kiosk-desk-help" });
  });

  it("is to show a newer code, the whole code, or the right one, once more", () => {
    const old = view("not_valid", "expired", { strong: LINE("not-valid-do"), more: LINE("not-valid-renew-more") });
    expect(toldOf(old, null, null)).toMatchObject({ way: "again", more: "kiosk-again-renew" });
    expect(toldOf(view("not_a_pass", "malformed", { strong: LINE("malformed-do"), more: null }), null, null).more).toBe("kiosk-again-closer");
    expect(toldOf(view("not_a_pass", "not-a-pass", { strong: LINE("not-a-pass-do"), more: null }), null, null).more).toBe("kiosk-again-other");
  });

  it("never carries a name, a CURP or a hint", () => {
    expect(JSON.stringify(toldOf(view("check_identity", "printed"), null, null))).not.toMatch(/HERN|HEGG/);
  });
});
