/** My clinic and the nearest ones, each with the way there; all distances from one place: the home, or where the person is. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { isUnreachable, slugOf } from "../../device/failure";
import { whereAmI } from "../../device/location";
import { Button, Notice, PlaceItem, slugText } from "../../ui";
import { clinicsAt } from "../actions";
import type { Clinic, Clinics as Found } from "../card";
import { card, isOnline } from "../state";
import { t } from "../words";

/** Whether the decision table sends this person elsewhere for all that can wait. */
function isForUrgency({ attend }: Clinic): boolean {
  return attend !== null && attend !== "here" && attend !== "here_by_exchange";
}

/** The phone knows the clinics near the home only; those near any other place, the server has to tell. */
async function clinicsNearHere(): Promise<Found | string> {
  if (!isOnline.value) return t("clinics-offline");
  try {
    return await clinicsAt(await whereAmI());
  } catch (error) {
    const slug = slugOf(error);
    return isUnreachable(slug) ? t("clinics-offline") : slugText(slug);
  }
}

export function Clinics(): JSX.Element | null {
  const here = useSignal<Found | null>(null);
  const note = useSignal<string | null>(null);
  const isBusy = useSignal(false);
  const current = card.value;
  if (current === null) return null;
  const locate = async (): Promise<void> => {
    isBusy.value = true;
    note.value = null;
    const found = await clinicsNearHere();
    if (typeof found === "string") note.value = found;
    else here.value = found;
    isBusy.value = false;
  };
  const goHome = (): void => {
    here.value = null;
    note.value = null;
  };
  const isHere = here.value !== null;
  const { assignedClinic: mine, nearestClinics } = here.value ?? current.details;
  const ways = isHere
    ? <Button icon="home" wide onClick={goHome}>{t("clinics-to-home")}</Button>
    : <Button icon="pin" wide busy={isBusy.value} onClick={() => void locate()}>{t(isBusy.value ? "clinics-locating" : "clinics-locate")}</Button>;
  return (
    <>
      <div class="stack-tight">
        <p role="status">{t(isHere ? "clinics-from-here" : "clinics-from-home")}</p>
        {current.isWithdrawn ? null : ways}
        {note.value === null ? null : <Notice tone="warn">{note.value}</Notice>}
      </div>
      <Mine clinic={mine} />
      <section class="stack-tight" aria-labelledby="clinic-near">
        <h2 id="clinic-near">{t(isHere ? "clinics-near-here" : "clinics-near-home")}</h2>
        <NearList clinics={nearestClinics.filter(({ clues }) => clues !== mine?.clues)} />
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
  const { name, institution, level, distanceM, lat, lon } = clinic;
  const note = isForUrgency(clinic) ? t("clinics-only-urgent") : undefined;
  return <PlaceItem {...{ name, institution, level, distanceM, note, isMine }} at={[lat, lon]} icon={isMine ? "hospital" : "pin"} />;
}
