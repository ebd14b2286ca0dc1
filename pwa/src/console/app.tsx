/** Which screen the console is on: entering, the page, or one question over it. */
import type { ComponentChildren, VNode } from "preact";
import { useEffect } from "preact/hooks";
import { App, AppBar, Button, EmptyState, Footer, Main, Notice, OfflineNote, Pill, Spinner, UpdatePrompt } from "../ui";
import { Entrance, LeaveButton, invitation, session } from "../ui/entrance";
import { Desk } from "./screens/desk";
import { Emergency } from "./screens/emergency";
import { Incident } from "./screens/incident";
import { ProposalScreen } from "./screens/proposal";
import { Rules } from "./screens/rules";
import { toSection, type Place } from "./place";
import { sinceText } from "./say";
import { READERS, facts, isConnected, isReady, loadFailure, now, place, waitingRelease } from "./state";
import { leave, refresh } from "./work";
import { sayFailure, t } from "./words";

export function Console(): VNode {
  if (!isReady.value && invitation.value === null) return <Waiting />;
  const staff = session.value?.staff ?? null;
  if (invitation.value === null && staff !== null && READERS.has(staff.role)) return <Inside name={staff.name} />;
  return <Entrance face={t("console-face")} role="security" isOffline={!isConnected.value} onEntered={refresh} />;
}

function Waiting(): VNode {
  return (
    <App>
      <AppBar face={t("console-face")} />
      <Main>
        <Spinner />
      </Main>
    </App>
  );
}

const BACK: Readonly<Record<Place["kind"], string>> = { desk: "", rules: toSection("reglas-en-vigor"), proposal: toSection("propuestas"), emergency: toSection("llaves"), incident: toSection("ahora") };

function Inside({ name }: { name: string }): VNode {
  const at = place.value;
  useEffect(() => onArrival(at), [at]);
  const back = BACK[at.kind];
  return (
    <App wide>
      <AppBar face={t("console-face")} {...(back === "" ? {} : { back })} end={<BarEnd name={name} />} />
      {isConnected.value || facts.value === null ? null : <OfflineNote>{t("offline-since", { time: sinceText(facts.value.at, now.value) })}</OfflineNote>}
      <Here at={at} />
      <Footer />
    </App>
  );
}

let isFirst = true;

/** A new question begins at its top and takes the focus; a section of the page is gone to. */
function onArrival(at: Place): void {
  const target = document.getElementById(at.kind === "desk" && at.section !== "" ? `titulo-${at.section}` : "contenido");
  if (at.kind === "desk" && at.section !== "") target?.scrollIntoView();
  else if (!isFirst) scrollTo(0, 0);
  if (!isFirst) target?.focus({ preventScroll: true });
  isFirst = false;
}

function BarEnd({ name }: { name: string }): VNode {
  const at = facts.value?.at;
  return (
    <>
      {at === undefined ? null : (
        <Pill tone={isConnected.value ? "good" : "warn"} live>
          {isConnected.value ? (
            <span>
              <span class="pill-more">{t("updated-at")} </span>
              {sinceText(at, now.value)}
            </span>
          ) : (
            t("net-off")
          )}
        </Pill>
      )}
      <LeaveButton name={name} onLeave={leave} />
    </>
  );
}

function Here({ at }: { at: Place }): VNode {
  const known = facts.value;
  if (known === null) return <Main>{loadFailure.value === null ? <Spinner /> : <Trouble slug={loadFailure.value} />}</Main>;
  if (at.kind === "desk") return <Desk facts={known} notices={<Announcements />} />;
  return (
    <Main class={at.kind === "rules" ? "question question-wide" : "question"}>
      <Announcements />
      {at.kind === "rules" ? <Rules facts={known} /> : null}
      {at.kind === "proposal" ? <ProposalScreen facts={known} id={at.id} /> : null}
      {at.kind === "emergency" ? <Emergency facts={known} kid={at.kid} /> : null}
      {at.kind === "incident" ? <Incident facts={known} kid={at.kid} reason={at.reason} /> : null}
    </Main>
  );
}

function Trouble({ slug }: { slug: string }): VNode {
  const isOffline = !isConnected.value;
  const again = (
    <Button look="primary" icon="sync" onClick={() => void refresh()}>
      {t("retry")}
    </Button>
  );
  return (
    <EmptyState icon={isOffline ? "offline" : "warn"} title={t(isOffline ? "offline-empty-title" : "load-failed-title")} action={again}>
      <p>{isOffline ? t("offline-empty") : sayFailure(slug)}</p>
    </EmptyState>
  );
}

/** What may be said over any screen: a reader's limits, facts that could not be renewed, a newer release. */
function Announcements(): ComponentChildren {
  const role = session.value?.staff?.role ?? "";
  const release = waitingRelease.value;
  return (
    <>
      {role === "security" ? null : <Notice tone="plain">{t("read-only", { role: t(`role-${role}` as "role-auditor") })}</Notice>}
      {loadFailure.value !== null && isConnected.value ? (
        <Notice tone="warn" title={t("load-failed-title")}>
          {sayFailure(loadFailure.value)}
        </Notice>
      ) : null}
      {release === null ? null : <UpdatePrompt onUpdate={() => release.apply()} onLater={() => (waitingRelease.value = null)} />}
    </>
  );
}
