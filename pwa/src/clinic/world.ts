/** All that this machine decides by: keys, revocations, clinics, each verified before it is kept. */
import type { StatusList } from "../core/status-list";
import type { Trust } from "../core/trust";
import { loadWorld as load, syncTrust, type DeviceWorld } from "../device/sync";
import { parseDirectory, type Directory } from "./directory";

export interface World {
  readonly trust: Trust | null;
  readonly status: ReadonlyMap<number, StatusList>;
  /** Signed time of the oldest list; null without any. */
  readonly statusAt: number | null;
  readonly directory: Directory | null;
}
