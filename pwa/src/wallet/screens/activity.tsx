/** What happened to the card on this phone. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { ListItem, momentText, Spinner, type IconName } from "../../ui";
import { activity, type ActivityLine, type Happening } from "../activity";
import { t, type WordKey } from "../words";
import { LooksList } from "./looks";

const looks: Readonly<Record<Happening, readonly [IconName, WordKey]>> = {
  claimed: ["download", "activity-claimed"],
  renewed: ["sync", "activity-renewed"],
  shown: ["qr", "activity-shown"],
  lent: ["family", "activity-lent"],
  withdrawn: ["warn", "activity-withdrawn"],
};

export function Activity(): JSX.Element {
  return (
    <div class="stack">
      <LooksList />
      <section class="stack" aria-labelledby="happened-title">
        <h2 class="title" id="happened-title">{t("activity-here")}</h2>
        <Happened />
      </section>
    </div>
  );
}

function Happened(): JSX.Element {
  const lines = useSignal<readonly ActivityLine[] | null>(null);
  useEffect(() => {
    activity().then(
      (kept) => {
        lines.value = kept;
      },
      () => {
        lines.value = [];
      },
    );
  }, [lines]);
  if (lines.value === null) return <Spinner />;
  if (lines.value.length === 0) return <p class="soft">{t("activity-empty")}</p>;
  return (
    <>
      <p class="soft">{t("activity-text")}</p>
      <ul class="list">
        {lines.value.map(({ at, what, isOffline }) => (
          <li key={`${at}-${what}`}>
            <ListItem icon={looks[what][0]} title={t(looks[what][1])} sub={isOffline ? `${momentText(at)} · ${t("activity-offline")}` : momentText(at)} />
          </li>
        ))}
      </ul>
    </>
  );
}
