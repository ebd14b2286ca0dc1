/** My clinic and the nearest ones, each with the way there; by the home's place, or the phone's when the person asks. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { distanceM } from "../../core/geo";
import { slugOf } from "../../device/failure";
import { whereAmI } from "../../device/location";
import { Button, distanceText, Icon, institutionText, Notice, slugText } from "../../ui";
import { clinicsAt } from "../actions";
import type { Clinic } from "../card";
import { card } from "../state";
import { t } from "../words";

const isIos = /iPhone|iPad|iPod/.test(navigator.userAgent);

/** An address that the phone opens in its own map. */
function wayTo({ lat, lon, name }: Clinic): string {
  const label = encodeURIComponent(name);
  return isIos ? `maps://?daddr=${lat},${lon}&q=${label}` : `geo:${lat},${lon}?q=${lat},${lon}(${label})`;
}

function fromHere(clinics: readonly Clinic[], lat: number, lon: number): Clinic[] {
  const measured = clinics.map((clinic) => ({ ...clinic, distanceM: Math.round(distanceM([lat, lon], [clinic.lat, clinic.lon])) }));
  return measured.sort((one, other) => Number(isForUrgency(one)) - Number(isForUrgency(other)) || one.distanceM - other.distanceM);
}

/** Whether the decision table sends this person elsewhere for all that can wait. */
function isForUrgency({ attend }: Clinic): boolean {
  return attend !== null && attend !== "here" && attend !== "here_by_exchange";
}

export function Clinics(): JSX.Element {
  const details = card.value?.details;
  const found = useSignal<readonly Clinic[] | null>(null);
  const note = useSignal<string | null>(null);
  const isBusy = useSignal(false);
  const mine = details?.assignedClinic ?? null;
  const near = details?.nearestClinics ?? [];
  const locate = async (): Promise<void> => {
    isBusy.value = true;
    note.value = null;
    try {
      const { lat, lon } = await whereAmI();
      found.value = await clinicsAt({ lat, lon }).catch(() => {
        note.value = t("clinics-located-stored");
        return fromHere(near, lat, lon);
      });
    } catch (error) {
      note.value = slugText(slugOf(error));
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <>
      <Mine clinic={mine} />
      <section class="stack-tight" aria-labelledby="clinic-near">
        <h2 id="clinic-near">{t(found.value === null ? "clinics-near-home" : "clinics-near")}</h2>
        <NearList clinics={found.value ?? near.filter(({ clues }) => clues !== mine?.clues)} />
        {note.value === null ? null : <Notice tone="warn">{note.value}</Notice>}
        <Button icon="pin" wide busy={isBusy.value} onClick={() => void locate()}>{t(isBusy.value ? "clinics-locating" : "clinics-locate")}</Button>
      </section>
      <p class="soft small">{t("clinics-urgent")}</p>
    </>
  );
}

function Mine({ clinic }: { clinic: Clinic | null }): JSX.Element {
  return (
    <section class="stack-tight" aria-labelledby="clinic-mine">
      <h2 id="clinic-mine">{t("clinics-mine")}</h2>
      {clinic === null ? <Notice tone="plain">{t("clinics-none-assigned")}</Notice> : <ul class="list"><ClinicRow clinic={clinic} isMine /></ul>}
    </section>
  );
}

function NearList({ clinics }: { clinics: readonly Clinic[] }): JSX.Element {
  if (clinics.length === 0) return <Notice tone="plain">{t("clinics-none")}</Notice>;
  return <ul class="list">{clinics.map((clinic) => <ClinicRow key={clinic.clues} clinic={clinic} />)}</ul>;
}

function ClinicRow({ clinic, isMine = false }: { clinic: Clinic; isMine?: boolean }): JSX.Element {
  const { name, institution, distanceM: far } = clinic;
  return (
    <li class={isMine ? "item clinic clinic-mine" : "item clinic"}>
      <Icon name={isMine ? "hospital" : "pin"} size={28} />
      <span class="item-text">
        <span class="item-title">{name}</span>
        <span class="item-sub nums">
          {far === null ? null : <b>{distanceText(far)} · </b>}
          {[institutionText(institution), levelText(clinic.level)].filter(Boolean).join(" · ")}
        </span>
        {isForUrgency(clinic) ? <span class="item-sub">{t("clinics-only-urgent")}</span> : null}
      </span>
      <a class="icon-btn way" href={wayTo(clinic)} aria-label={t("clinics-go", { name })}>
        <Icon name="route" />
      </a>
    </li>
  );
}

function levelText(level: number | null): string | null {
  if (level === 1) return t("clinics-level-1");
  if (level === 2) return t("clinics-level-2");
  return level === 3 ? t("clinics-level-3") : null;
}
