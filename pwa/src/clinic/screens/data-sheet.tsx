/** How old is what this machine decides by, and a way to renew it now. */
import type { VNode } from "preact";
import { readClock } from "../../device/clock";
import { Button, ListItem, Notice, Sheet, slugText } from "../../ui";
import { syncNow } from "../actions";
import { filedAt, filing, now, panel, sync, trustAgeS, world } from "../state";
import { ageWords } from "../view";
import { t } from "../words";

function ago(ageS: number | null): string {
  return ageS === null ? t("data-never") : t("data-ago", { age: ageWords(ageS) });
}

function ageSince(at: number | null): number | null {
  return at === null ? null : Math.max(0, now.value - at);
}

function clockWords(): string {
  const { qualityS } = readClock();
  if (qualityS === null) return t("data-clock-unknown");
  return qualityS <= 2 ? t("data-clock-good") : t("data-clock-quality", { quality: qualityS });
}

/** While the first file is on its way the lists are what there is. */
function filedWords(): string {
  if (filedAt.value === null && filing.value.kind === "running") return t("data-coming");
  return ago(ageSince(filedAt.value));
}

function Rows(): VNode {
  const known = world.value;
  const statusAge = ageSince(known?.statusAt ?? null);
  const sealing = known?.trust?.sealing.size ?? 0;
  return (
    <ul class="list stats">
      <li>
        <ListItem icon="shield" title={t("data-trust")} end={ago(trustAgeS.value)} />
      </li>
      <li>
        <ListItem icon="error" title={t("data-status")} sub={t("data-status-sub")} end={ago(statusAge)} />
      </li>
      <li>
        <ListItem icon="error" title={t("data-status")} sub={t("data-filed-sub")} end={filedWords()} />
      </li>
      <li>
        <ListItem icon="hospital" title={t("data-clinics")} end={known?.directory ? t("data-clinics-count", { count: known.directory.count }) : t("data-never")} />
      </li>
      <li>
        <ListItem icon="key" title={t("data-sealing")} end={sealing === 0 ? t("data-sealing-none") : t("data-sealing-count", { count: sealing })} />
      </li>
      <li>
        <ListItem icon="clock" title={t("data-clock")} end={clockWords()} />
      </li>
    </ul>
  );
}

function Result(): VNode | null {
  const state = sync.value.kind === "done" ? filing.value : sync.value;
  if (state.kind === "done") return <Notice tone="good">{t("data-synced")}</Notice>;
  if (state.kind !== "failed") return null;
  if (state.slug === "offline") return <Notice tone="warn" icon="offline">{t("data-sync-offline")}</Notice>;
  return <Notice tone="bad">{t("data-sync-failed", { reason: slugText(state.slug) })}</Notice>;
}

export function DataSheet(): VNode {
  return (
    <Sheet title={t("data-title")} open={panel.value === "data"} onClose={() => (panel.value = null)}>
      <p class="small soft">{t("data-intro")}</p>
      <Rows />
      <Result />
      <Button look="primary" wide icon="sync" busy={sync.value.kind === "running"} onClick={() => void syncNow()}>
        {t(sync.value.kind === "running" ? "data-syncing" : "data-sync")}
      </Button>
    </Sheet>
  );
}
