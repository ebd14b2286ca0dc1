/** What stands above the form, and above a question about it: a newer release, the network, why nothing was registered. */
import type { VNode } from "preact";
import { Button, Notice, UpdatePrompt, slugText } from "../../ui";
import { draft, failure, isOnline, waitingRelease, wasKept } from "../state";
import { toLogin } from "../work";
import { t } from "../words";

export function Messages(): VNode {
  return (
    <>
      <Release />
      {wasKept.value ? <Notice>{t("draft-kept")}</Notice> : null}
      <Failures />
    </>
  );
}

export function Failures(): VNode {
  return (
    <>
      <NoNetwork />
      {failure.value === null || failure.value === "offline" ? null : (
        <Notice tone="bad" title={t("failed-title")} actions={failure.value === "not-logged-in" ? <EnterAgain /> : undefined}>
          {slugText(failure.value)}
        </Notice>
      )}
    </>
  );
}

/** What is shown is kept, and there again once somebody has entered. */
export function EnterAgain(): VNode {
  return <Button onClick={toLogin}>{t("enter-again")}</Button>;
}

/** The one message about the network, before and after a try; the bar and the lists keep quiet meanwhile. */
function NoNetwork(): VNode | null {
  const hasFailed = failure.value === "offline";
  if (isOnline.value && !hasFailed) return null;
  return (
    <Notice key={hasFailed ? "failed" : "told"} tone={hasFailed ? "bad" : "warn"} icon="offline" title={t(hasFailed ? "offline-failed" : "offline-title")}>
      {t("offline-body")}
    </Notice>
  );
}

/** Not while something is written: an update reloads the page. */
function Release(): VNode | null {
  const release = waitingRelease.value;
  if (release === null || draft.value.curp !== "") return null;
  const later = (): void => {
    waitingRelease.value = null;
  };
  return <UpdatePrompt onUpdate={() => release.apply()} onLater={later} />;
}
