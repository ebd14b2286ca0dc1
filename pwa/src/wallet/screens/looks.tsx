/** Who looked at the card: as last told, brought anew every five minutes while it is in view, and when asked for. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { slugOf } from "../../device/failure";
import { Button, institutionText, ListItem, momentText, Notice, slugText, Spinner } from "../../ui";
import { ASK_EVERY_MS, bringLooks } from "../actions";
import { keptLooks, visitsOf, type Looks, type Visit } from "../looks";
import { card, isOnline } from "../state";
import { t } from "../words";

function mayAsk(): boolean {
  return isOnline.value && card.value?.isWithdrawn === false;
}

export function LooksList(): JSX.Element {
  const told = useSignal<Looks | null>(null);
  const failure = useSignal<string | null>(null);
  const isAsking = useSignal(true);

  async function bring(isWished: boolean): Promise<void> {
    if (!mayAsk() || document.visibilityState !== "visible") return;
    isAsking.value = true;
    try {
      told.value = (await bringLooks({ isWished })) ?? told.value;
      failure.value = null;
    } catch (error) {
      failure.value = slugOf(error);
    } finally {
      isAsking.value = false;
    }
  }

  useEffect(() => {
    const bringIt = (): void => void bring(false);
    void keptLooks()
      .then(
        (kept) => (told.value ??= kept),
        () => null,
      )
      .then(() => bring(false))
      .finally(() => (isAsking.value = false));
    const timer = setInterval(bringIt, ASK_EVERY_MS);
    addEventListener("online", bringIt);
    document.addEventListener("visibilitychange", bringIt);
    return () => {
      clearInterval(timer);
      removeEventListener("online", bringIt);
      document.removeEventListener("visibilitychange", bringIt);
    };
  }, []);

  const hasHeard = told.value !== null || failure.value !== null;
  return (
    <section class="stack" aria-labelledby="looks-title">
      <h2 class="title" id="looks-title">{t("looks-title")}</h2>
      {failure.value === null ? null : <Notice tone="warn">{t("looks-failed", { reason: slugText(failure.value) })}</Notice>}
      {told.value === null ? <Nothing isAsking={isAsking.value} hasFailed={failure.value !== null} /> : <Told told={told.value} isAsking={isAsking.value} />}
      {hasHeard && mayAsk() ? (
        <Button icon="sync" busy={isAsking.value} onClick={() => void bring(true)}>{t("looks-retry")}</Button>
      ) : null}
    </section>
  );
}

function Nothing({ isAsking, hasFailed }: { isAsking: boolean; hasFailed: boolean }): JSX.Element | null {
  if (isAsking) return <Spinner />;
  return hasFailed ? null : <p class="soft">{t("looks-not-asked")}</p>;
}

function Told({ told, isAsking }: { told: Looks; isAsking: boolean }): JSX.Element {
  return (
    <>
      <p class="soft">{told.looks.length === 0 ? t("looks-empty") : t("looks-text")}</p>
      {told.looks.length === 0 ? null : (
        <ul class="list">
          {visitsOf(told.looks).map((visit, at) => (
            <li key={`${visit.look.at}-${at}`}>
              <ListItem icon="hospital" title={visit.look.clinic ?? t("looks-somewhere")} sub={detailsOf(visit)} />
            </li>
          ))}
        </ul>
      )}
      <p class="small soft" role="status">{isAsking ? t("looks-asking") : t("looks-asked", { when: momentText(told.askedAt) })}</p>
    </>
  );
}

function detailsOf({ look: { institution, at }, times }: Visit): string {
  const parts = [institution === null ? null : institutionText(institution), momentText(at), times > 1 ? t("looks-times", { n: times }) : null];
  return parts.filter((part) => part !== null).join(" · ");
}
