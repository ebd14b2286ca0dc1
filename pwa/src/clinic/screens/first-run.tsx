/** Before the first synchronisation nothing can be checked: what to do, and what to do meanwhile. */
import type { VNode } from "preact";
import { Button, Icon, Notice, Spinner, slugText } from "../../ui";
import { syncNow } from "../renewing";
import { isOnline, sync } from "../state";
import { t } from "../words";

export function FirstRun(): VNode {
  const state = sync.value;
  if (state.kind === "running") {
    return (
      <div class="scan-panel">
        <Spinner label={t("first-run-loading")} />
      </div>
    );
  }
  return (
    <div class="scan-panel">
      <Icon name="download" size={40} />
      <h2>{t("first-run-title")}</h2>
      <p>{t("first-run-body")}</p>
      {state.kind === "failed" ? <Notice tone="warn">{slugText(state.slug)}</Notice> : null}
      {isOnline.value ? null : <Notice tone="warn" icon="offline">{t("data-sync-offline")}</Notice>}
      <p class="small soft">{t("first-run-care")}</p>
      <Button look="primary" wide icon="sync" onClick={() => void syncNow()}>
        {t("data-sync")}
      </Button>
    </div>
  );
}
