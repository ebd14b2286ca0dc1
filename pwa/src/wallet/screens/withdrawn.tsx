/** The card was revoked, or claimed on another phone: no code and no name, but what happened, what to do, and where the clinic is. */
import type { JSX } from "preact";
import { distanceText, Icon, LinkButton, ListItem, Notice } from "../../ui";
import type { Clinics } from "../card";
import { card } from "../state";
import { t } from "../words";

export function Withdrawn(): JSX.Element | null {
  const details = card.value?.details;
  if (details === undefined) return null;
  return (
    <div class="withdrawn stack">
      <div class="stack-tight" role="alert">
        <h1 class="title"><Icon name="error" size={40} />{t("card-withdrawn-title")}</h1>
        <p>{t("card-withdrawn-why")}</p>
      </div>
      <p>{t("card-withdrawn-do")}</p>
      <Notice tone="info" icon="hospital">{t("card-withdrawn-care")}</Notice>
      <div class="btns">
        <LinkButton href="#escribir" look="primary" wide>{t("card-withdrawn-claim")}</LinkButton>
        <LinkButton href="#escanear" icon="camera" wide>{t("welcome-scan")}</LinkButton>
      </div>
      <Where clinics={details} />
    </div>
  );
}

/** The person's clinic, or else the nearest to the home. */
function Where({ clinics: { assignedClinic, nearestClinics } }: { clinics: Clinics }): JSX.Element | null {
  const clinic = assignedClinic ?? nearestClinics[0];
  if (clinic === undefined) return null;
  const far = clinic.distanceM === null ? "" : ` · ${t("card-from-home", { far: distanceText(clinic.distanceM) })}`;
  return <ListItem icon="pin" title={clinic.name} sub={t(assignedClinic === null ? "card-nearest-clinic" : "card-my-clinic") + far} href="#clinicas" />;
}
