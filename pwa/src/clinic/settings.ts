/** What this counter prefers, kept on this machine. */
import { isRecord } from "../device/api";
import { get, put } from "../device/store";

/** Seconds until the screen returns to scanning; 0 never does by itself. */
export const RETURNS = [3, 5, 10, 0] as const;
export type ReturnAfter = (typeof RETURNS)[number];

export interface Settings {
  /** CLUES of the clinic where this machine stands; null until somebody said so. */
  readonly clinic: string | null;
  readonly returnAfterS: ReturnAfter;
  readonly isMuted: boolean;
  readonly cameraId: string | null;
  /** Patients scan alone: nothing of the counter's is within their reach. */
  readonly isKiosk: boolean;
}

export const DEFAULTS: Settings = { clinic: null, returnAfterS: 10, isMuted: false, cameraId: null, isKiosk: false };

const KEY = "clinic";

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);

export async function loadSettings(): Promise<Settings> {
  const kept = await get("settings", KEY);
  if (!isRecord(kept)) return DEFAULTS;
  return {
    clinic: textOrNull(kept.clinic),
    returnAfterS: RETURNS.find((one) => one === kept.returnAfterS) ?? DEFAULTS.returnAfterS,
    isMuted: kept.isMuted === true,
    cameraId: textOrNull(kept.cameraId),
    isKiosk: kept.isKiosk === true,
  };
}

export async function saveSettings(settings: Settings): Promise<void> {
  await put("settings", KEY, settings);
}
