/** Where the person lives, without a map: state, municipality, locality; or the position of this machine. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { slugOf } from "../../device/failure";
import { whereAmI } from "../../device/location";
import { Button, FieldError, Notice, SelectField, distanceText, slugText } from "../../ui";
import { loadMunicipalities, loadStates, nearestTo, type Municipality, type NearClinic, type State } from "../actions";
import { NOWHERE, type Place } from "../form";
import { sayProblem } from "../say";
import { draft, isOnline, problems } from "../state";
import { write } from "../work";
import { t } from "../words";
import { Spot, spotOf } from "./fields";

function setPlace(place: Place): void {
  write({ ...draft.value, place });
}

/** What the server lists for the chosen state; `isFailed` when it could not be had. */
function usePlaces(state: string): { states: readonly State[]; towns: readonly Municipality[] | null; isFailed: boolean; retry: () => void } {
  const [states, setStates] = useState<readonly State[]>([]);
  const [towns, setTowns] = useState<readonly Municipality[] | null>(null);
  const [isFailed, setFailed] = useState(false);
  const [round, setRound] = useState(0);
  const online = isOnline.value;

  useEffect(() => {
    if (states.length > 0) return;
    loadStates().then(setStates, () => setFailed(true));
  }, [round, online]);

  useEffect(() => {
    let isCurrent = true;
    setTowns(null);
    setFailed(false);
    if (state === "") return undefined;
    loadMunicipalities(state).then(
      (found) => isCurrent && setTowns(found),
      () => isCurrent && setFailed(true),
    );
    return () => {
      isCurrent = false;
    };
  }, [state, round, online]);

  return { states, towns, isFailed, retry: () => setRound(round + 1) };
}

function useNearest({ lat, lon }: Place): NearClinic | null {
  const [nearest, setNearest] = useState<NearClinic | null>(null);
  useEffect(() => {
    let isCurrent = true;
    setNearest(null);
    if (lat === null || lon === null) return undefined;
    nearestTo(lat, lon).then(
      (clinic) => isCurrent && setNearest(clinic),
      () => undefined, // only a foretaste: the answer to the enrolment tells it again
    );
    return () => {
      isCurrent = false;
    };
  }, [lat, lon]);
  return nearest;
}

function Nearest({ place }: { place: Place }): VNode | null {
  const nearest = useNearest(place);
  if (nearest === null) return null;
  const distance = nearest.distanceM === null ? "" : distanceText(nearest.distanceM);
  return <p class="field-ok">{t("place-nearest", { clinic: nearest.name, distance })}</p>;
}

export function PlaceFields(): VNode {
  const { place } = draft.value;
  const error = sayProblem(problems.value.place);
  return (
    <Spot field="place">
      <fieldset class="group">
        <legend>{t("section-place")}</legend>
        <Where place={place} />
        {error === undefined ? null : <FieldError>{error}</FieldError>}
        <div aria-live="polite">
          <Nearest place={place} />
        </div>
      </fieldset>
    </Spot>
  );
}

/** Lists or a measured position; what takes the other's place takes its focus too, so that the keyboard stays here. */
function Where({ place }: { place: Place }): VNode {
  const spot = useRef<HTMLDivElement>(null);
  const isMeasured = place.accuracyM !== null;
  const [wasMeasured, setWasMeasured] = useState(isMeasured);
  useEffect(() => {
    if (isMeasured === wasMeasured) return;
    setWasMeasured(isMeasured);
    if (document.activeElement === document.body) spot.current?.querySelector<HTMLElement>("[tabindex], select, button")?.focus();
  }, [isMeasured]);
  return (
    <div class="group" ref={spot}>
      {place.accuracyM === null ? <Lists place={place} /> : <Measured place={place} accuracyM={place.accuracyM} />}
    </div>
  );
}

function Measured({ place, accuracyM }: { place: Place; accuracyM: number }): VNode {
  return (
    <div class="row">
      <span tabIndex={-1} class="measured">{t("place-device-used", { accuracy: accuracyM })}</span>
      <Button look="plain" onClick={() => setPlace({ ...NOWHERE, state: place.state })}>
        {t("place-choose")}
      </Button>
    </div>
  );
}

function Lists({ place }: { place: Place }): VNode {
  const { states, towns, isFailed, retry } = usePlaces(place.state);
  const wasRetried = useRef(false);
  // What the button was pressed for takes its focus, or it would be lost with the button.
  useEffect(() => {
    if (!wasRetried.current) return;
    wasRetried.current = isFailed || states.length === 0;
    if (document.activeElement === document.body) document.getElementById(spotOf("place"))?.querySelector<HTMLElement>("select, button")?.focus();
  });
  const again = (): void => {
    wasRetried.current = true;
    retry();
  };
  if (isFailed) {
    return (
      <>
        {isOnline.value ? (
          <Notice tone="warn" actions={<Button onClick={again}>{t("retry")}</Button>}>
            {t("place-failed")}
          </Notice>
        ) : null}
        <Locate place={place} />
      </>
    );
  }
  return (
    <>
      <SelectField
        label={t("place-state")}
        value={place.state}
        options={states.map(({ key, name }) => ({ value: key, label: name }))}
        placeholder={t(states.length === 0 ? "place-loading" : "choose")}
        onChange={(state) => setPlace({ ...NOWHERE, state })}
      />
      {towns === null ? null : <Towns place={place} towns={towns} />}
      <Locate place={place} />
    </>
  );
}

function Towns({ place, towns }: { place: Place; towns: readonly Municipality[] }): VNode {
  if (towns.length === 0) return <Notice>{t("place-none")}</Notice>;
  const town = towns.find(({ key }) => key === place.municipality);
  return (
    <div class="duo">
      <SelectField
        label={t("place-municipality")}
        value={place.municipality}
        options={towns.map(({ key, name }) => ({ value: key, label: name }))}
        placeholder={t("choose")}
        onChange={(key) => {
          const chosen = towns.find((one) => one.key === key);
          // The municipality's own point serves until a locality is chosen.
          setPlace({ ...place, municipality: key, locality: "", lat: chosen?.lat ?? null, lon: chosen?.lon ?? null });
        }}
      />
      <SelectField
        label={t("place-locality")}
        value={place.locality}
        options={(town?.localities ?? []).map(({ name }) => ({ value: name, label: name }))}
        placeholder={t("choose")}
        onChange={(name) => {
          const chosen = town?.localities.find((one) => one.name === name);
          setPlace({ ...place, locality: name, lat: chosen?.lat ?? null, lon: chosen?.lon ?? null });
        }}
      />
    </div>
  );
}

function Locate({ place }: { place: Place }): VNode {
  const [isLocating, setLocating] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);

  async function locate(): Promise<void> {
    setLocating(true);
    setFailed(null);
    try {
      const { lat, lon, accuracyM } = await whereAmI();
      setPlace({ ...place, municipality: "", locality: "", lat, lon, accuracyM });
    } catch (error) {
      setFailed(slugOf(error));
    } finally {
      setLocating(false);
    }
  }

  return (
    <>
      {failed === null ? null : <Notice tone="warn">{slugText(failed)}</Notice>}
      <Button look="plain" icon="pin" busy={isLocating} onClick={() => void locate()}>
        {t(isLocating ? "place-device-locating" : "place-device")}
      </Button>
    </>
  );
}
