import { beforeEach, describe, expect, it, vi } from "vitest";
import { filing, outbox, outcome, sendingFailure, stuck, sync } from "./state";

vi.hoisted(() => vi.stubGlobal("navigator", { onLine: true }));

const NOTHING = { waiting: 0, refused: new Map(), conflicts: new Map(), sentAt: null };

describe("how a synchronisation went", () => {
  beforeEach(() => {
    sync.value = { kind: "done" };
    filing.value = { kind: "done" };
    outbox.value = NOTHING;
    sendingFailure.value = null;
  });

  it("is done once the lists, the country's revocations and the receipts are", () => {
    expect(outcome.value).toEqual({ kind: "done" });
    filing.value = { kind: "running" };
    expect(outcome.value).toEqual({ kind: "running" });
  });

  it.each(["not-logged-in", "offline"])("is not done while receipts are held up: %s", (slug) => {
    outbox.value = { ...NOTHING, waiting: 2 };
    sendingFailure.value = slug;
    expect(stuck.value).toBe(slug);
    expect(outcome.value).toEqual({ kind: "idle" });
  });

  it("tells what failed whether or not receipts are held up", () => {
    sync.value = { kind: "failed", slug: "unavailable" };
    outbox.value = { ...NOTHING, waiting: 2 };
    sendingFailure.value = "unavailable";
    expect(outcome.value).toEqual({ kind: "failed", slug: "unavailable" });
  });

  it("is done when what could not be sent waits no more", () => {
    sendingFailure.value = "not-logged-in";
    expect(outcome.value).toEqual({ kind: "done" });
  });
});
