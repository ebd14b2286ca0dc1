/** The clinics around this one, or of a name or key, for whoever has to send a person on; all from what this machine keeps. */
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { distanceM, type Point } from "../../core/geo";
import { slugOf } from "../../device/failure";
import { whereAmI } from "../../device/location";
import { Button, Choice, Field, institutionText, levelText, Notice, PlaceItem, SelectField, Sheet, slugText } from "../../ui";
import type { Clinic, ClinicKind, Directory, Found } from "../directory";
import { openingText } from "../opening-text";
import { clinic, now, panel, world } from "../state";
import { t } from "../words";

const MOST = 12;
const SEARCHED = 400;
const ANY = "";
const LEVELS = [1, 2, 3] as const;

interface Wanted {
  readonly text: string;
  /** An institution as people call it; empty for any. */
  readonly institution: string;
  readonly level: number | null;
  /** Seconds since 1970: without those that are known to be closed then; null for all. */
  readonly openAt: number | null;
}

interface Row extends Found {
  readonly distanceM: number | null;
}

/** The nearest others that are wanted or, with a text, those that it finds, each with its distance. */
function rowsOf(directory: Directory, { text, institution, level, openAt }: Wanted, from: Point | null): readonly Row[] {
  const isWanted = (one: ClinicKind): boolean =>
    (institution === ANY || institutionText(one.institution) === institution) && (level === null || one.level === level);
  if (text.trim() !== "") {
    const isOpen = (one: Clinic): boolean => openAt === null || directory.opening(one, openAt)?.isOpen !== false;
    const found = directory.search(text, SEARCHED).filter((one) => isWanted(one.clinic) && isOpen(one.clinic));
    return found.slice(0, MOST).map((one) => ({ ...one, distanceM: metresBetween(from, one.clinic.at) }));
  }
  if (from === null) return [];
  const near = directory.near(from, { limit: MOST + 1, isWanted, openAt }).filter((one) => one.clinic.clues !== clinic.value?.clues);
  return near.slice(0, MOST).map((one) => ({ ...one, former: null }));
}

function metresBetween(from: Point | null, to: Point | null): number | null {
  return from === null || to === null ? null : Math.round(distanceM(from, to));
}

function namesOf(directory: Directory): readonly string[] {
  return [...new Set(directory.institutions().map(institutionText))].sort((one, other) => one.localeCompare(other, "es"));
}

export function ClinicsSheet(): VNode {
  const directory = world.value?.directory ?? null;
  return (
    <Sheet title={t("clinics-title")} open={panel.value === "clinics"} onClose={() => (panel.value = null)}>
      {directory === null ? <Notice>{t("clinic-choose-empty")}</Notice> : <Clinics directory={directory} here={clinic.value} />}
    </Sheet>
  );
}

function Clinics({ directory, here }: { directory: Directory; here: Clinic | null }): VNode {
  const [text, institution, level] = [useSignal(""), useSignal(ANY), useSignal<string>(ANY)];
  const place = useSignal<Point | null>(null);
  const isOpenOnly = useSignal(false);
  const from = place.value ?? here?.at ?? null;
  const wanted = { text: text.value, institution: institution.value, level: level.value === ANY ? null : Number(level.value), openAt: isOpenOnly.value ? now.value : null };
  const institutions = [{ value: ANY, label: t("clinics-any-institution") }, ...namesOf(directory).map((name) => ({ value: name, label: name }))];
  const levels = [{ value: ANY, label: t("clinics-any-level") }, ...LEVELS.map((one) => ({ value: String(one), label: levelText(one) ?? "" }))];
  return (
    <>
      <Field label={t("clinic-choose-search")} value={text.value} onInput={(typed) => (text.value = typed)} type="search" autocomplete="off" />
      <div class="pair">
        <SelectField label={t("clinics-institution")} value={institution.value} options={institutions} onChange={(chosen) => (institution.value = chosen)} />
        <SelectField label={t("clinics-level")} value={level.value} options={levels} onChange={(chosen) => (level.value = chosen)} />
      </div>
      {directory.knowsHours ? (
        <Choice kind="checkbox" name="open" value="open" checked={isOpenOnly.value} onChange={() => (isOpenOnly.value = !isOpenOnly.value)}>
          {t("clinics-open")}
        </Choice>
      ) : null}
      {directory.isOneState ? <Notice tone="warn">{t("clinics-one-state")}</Notice> : null}
      <p class="small soft" role="status">{originWords(here, place.value !== null)}</p>
      <Rows rows={rowsOf(directory, wanted, from)} directory={directory} isNowhere={from === null && text.value.trim() === ""} />
      <Origin here={here} isElsewhere={place.value !== null} onPlace={(found) => (place.value = found)} />
    </>
  );
}

/** Where the distances are measured from. */
function originWords(here: Clinic | null, isElsewhere: boolean): string | null {
  if (isElsewhere) return t("clinics-from-device");
  return here?.at ? t("clinics-from-clinic", { name: here.name }) : null;
}

interface OriginProps {
  here: Clinic | null;
  isElsewhere: boolean;
  /** Null for this clinic again. */
  onPlace: (place: Point | null) => void;
}

/** The way to measure from another place: where this machine is, or this clinic again. */
function Origin({ here, isElsewhere, onPlace }: OriginProps): VNode {
  const note = useSignal<string | null>(null);
  const isBusy = useSignal(false);
  const locate = async (): Promise<void> => {
    [isBusy.value, note.value] = [true, null];
    try {
      const { lat, lon } = await whereAmI();
      onPlace([lat, lon]);
    } catch (error) {
      note.value = slugOf(error);
    }
    isBusy.value = false;
  };
  return (
    <div class="stack-tight">
      {isElsewhere && here?.at
        ? <Button icon="hospital" wide onClick={() => onPlace(null)}>{t("clinics-to-clinic")}</Button>
        : <Button icon="pin" wide busy={isBusy.value} onClick={() => void locate()}>{t(isBusy.value ? "clinics-locating" : "clinics-locate")}</Button>}
      {note.value === null ? null : <Notice tone="warn">{slugText(note.value)}</Notice>}
    </div>
  );
}

function Rows({ rows, directory, isNowhere }: { rows: readonly Row[]; directory: Directory; isNowhere: boolean }): VNode {
  if (isNowhere) return <Notice>{t("clinics-nowhere")}</Notice>;
  if (rows.length === 0) return <Notice>{t("clinics-none")}</Notice>;
  return (
    <ul class="list">
      {rows.map(({ clinic: one, former, distanceM }) => (
        <PlaceItem
          key={former ?? one.clues}
          {...{ name: one.name, institution: one.institution, level: one.level, at: one.at, distanceM }}
          note={former === null ? `${one.municipality} · ${one.clues}` : t("clinic-choose-former", { former, clues: one.clues })}
          {...(directory.knowsHours ? { opening: openingText(directory.opening(one, now.value)) } : {})}
        />
      ))}
    </ul>
  );
}
