/** Who looked at the card, as its issuer last told; kept sealed on this phone, for it says where the person was. */
import { isRecord } from "../device/api";
import { sealValue, unsealValue } from "../device/keys";
import { secondsOf } from "../device/oid4vci";
import { get, putAll } from "../device/store";

/** One clinic that was given a verdict. */
export interface Look {
  /** Seconds since 1970. */
  readonly at: number;
  /** The clinic's name, or its CLUES where no name is known; null when nobody said. */
  readonly clinic: string | null;
  readonly institution: string | null;
}

/** Looks of one clinic within a quarter of an hour: somebody stood at its counter once. */
export interface Visit {
  /** The latest of them. */
  readonly look: Look;
  readonly times: number;
}

export interface Looks {
  readonly looks: readonly Look[];
  /** Seconds since 1970 when the issuer was asked. */
  readonly askedAt: number;
}

const LABEL = "amate-looks-1";
export const LOOKS_KEY = "looks";

/** What the issuer answered. Raises TypeError for anything else. */
export function parseLooks(json: unknown): readonly Look[] {
  if (!isRecord(json) || !Array.isArray(json.looks)) throw new TypeError("looks");
  return json.looks.map((look: unknown): Look => {
    const at = isRecord(look) ? secondsOf(look.at) : null;
    if (!isRecord(look) || at === null) throw new TypeError("look");
    return { at, clinic: textOf(look.clinic) ?? textOf(look.clues), institution: textOf(look.institution) };
  });
}

const ONE_VISIT_S = 900;

/** The visits that these looks, newest first, come from. */
export function visitsOf(looks: readonly Look[]): readonly Visit[] {
  const visits: { look: Look; times: number }[] = [];
  for (const look of looks) {
    const last = visits.at(-1);
    const isSame = last !== undefined && last.look.clinic === look.clinic && look.clinic !== null;
    if (isSame && last.look.at - look.at <= ONE_VISIT_S) last.times += 1;
    else visits.push({ look, times: 1 });
  }
  return visits;
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** What this phone keeps of it; null when it never asked, or when what it keeps was changed. */
export async function keptLooks(): Promise<Looks | null> {
  const sealed = await get("card", LOOKS_KEY);
  const value = sealed === undefined ? null : await unsealValue(LABEL, sealed);
  return isLooks(value) ? value : null;
}

function isLooks(value: unknown): value is Looks {
  return isRecord(value) && Array.isArray(value.looks) && typeof value.askedAt === "number";
}

/** Keeps it. Raises storage-full, storage-unavailable. */
export async function keepLooks(looks: Looks): Promise<void> {
  await putAll([{ store: "card", key: LOOKS_KEY, value: await sealValue(LABEL, looks) }]);
}
