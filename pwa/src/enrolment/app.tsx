/** Which screen the module is on: entering, the form, or what the person takes home. */
import type { VNode } from "preact";
import { App, AppBar, Footer, Main, Pill, Spinner } from "../ui";
import { Entrance, LeaveButton, invitation, session } from "../ui/entrance";
import { DifferingScreen } from "./screens/differing";
import { EnrolmentForm } from "./screens/form";
import { ResultScreen } from "./screens/result";
import { differing, isOnline, isReady, result } from "./state";
import { leave } from "./work";
import { t } from "./words";

export function Enrolment(): VNode {
  if (!isReady.value && invitation.value === null) {
    return (
      <App>
        <AppBar face={t("enrolment-face")} />
        <Main>
          <Spinner />
        </Main>
      </App>
    );
  }
  const staff = session.value?.staff ?? null;
  if (invitation.value === null && staff?.role === "enrolment") return <Desk name={staff.name} />;
  return <Entrance face={t("enrolment-face")} role="enrolment" isOffline={!isOnline.value} />;
}

function Desk({ name }: { name: string }): VNode {
  return (
    <App wide>
      <AppBar face={t("enrolment-face")} end={<BarEnd name={name} />} />
      <Main><Screen /></Main>
      <Footer />
    </App>
  );
}

function Screen(): VNode {
  if (result.value !== null) return <ResultScreen result={result.value} />;
  return differing.value === null ? <EnrolmentForm /> : <DifferingScreen asked={differing.value} />;
}

function BarEnd({ name }: { name: string }): VNode {
  const isSaidInTheForm = !isOnline.value && result.value === null;
  return (
    <>
      {isSaidInTheForm ? null : (
        <Pill tone={isOnline.value ? "good" : "warn"} live>
          {t(isOnline.value ? "online" : "net-off")}
        </Pill>
      )}
      <LeaveButton name={name} onLeave={leave} />
    </>
  );
}
