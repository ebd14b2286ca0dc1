/** The root that this build is pinned to, so that nobody on the way to the first visit chooses what a device believes. */
import { hashOf } from "../core/metadata";
import type { Bytes } from "../core/tuf-client";

/** Hex, put here by the build (pwa/pin.ts); empty in a demo, where the first visit pins. */
declare const __ANCHOR_SHA256__: string;

/** The environment that this build is for, put here by the build. */
declare const __AMATE_ENV__: string;

/** Whether this build is for trying out: what it shows is worth nothing to anybody. */
export const isDemo = typeof __AMATE_ENV__ !== "string" || __AMATE_ENV__ === "demo" || __AMATE_ENV__ === "test";

/** Whether a device with this build may stand on this root. */
export async function isPinned(anchor: Bytes): Promise<boolean> {
  const wanted = typeof __ANCHOR_SHA256__ === "string" ? __ANCHOR_SHA256__ : "";
  return wanted === "" || (await hashOf("sha256", anchor)) === wanted;
}
