/** Which screen the module is on: entering, the form, or what the person takes home. */
import type { VNode } from "preact";
import { App, AppBar, Footer, Main, Pill, Spinner } from "../ui";
import { InvitationScreen, LoginScreen } from "../ui/login";
import { EnrolmentForm } from "./screens/form";
import { ResultScreen } from "./screens/result";
import { invitation, isOnline, isReady, loginBusy, loginFailure, result, session } from "./state";
import { accept, enterDemo, enterWithPasskey, leave } from "./work";
import { t } from "./words";

export function Enrolment(): VNode {
  if (invitation.value !== null) return <Invitation secret={invitation.value} />;
  if (!isReady.value) {
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
  if (staff?.role !== "enrolment") return <Login wrongRole={staff?.role ?? null} />;
  return <Desk name={staff.name} />;
}

function Desk({ name }: { name: string }): VNode {
  return (
    <App wide>
      <AppBar face={t("enrolment-face")} end={<BarEnd name={name} />} />
      <Main>{result.value === null ? <EnrolmentForm /> : <ResultScreen result={result.value} />}</Main>
      <Footer />
    </App>
  );
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
      <button type="button" class="leave" onClick={() => void leave()} title={name}>
        {t("leave")}
      </button>
    </>
  );
}

function Invitation({ secret }: { secret: string }): VNode {
  return (
    <InvitationScreen
      face={t("enrolment-face")}
      isBusy={loginBusy.value === "invitation"}
      failure={loginFailure.value}
      onAccept={() => void accept(secret)}
    />
  );
}

function Login({ wrongRole }: { wrongRole: string | null }): VNode {
  return (
    <LoginScreen
      face={t("enrolment-face")}
      isDemo={session.value?.env === "demo"}
      isOffline={!isOnline.value}
      busy={loginBusy.value}
      failure={loginFailure.value}
      wrongRole={wrongRole}
      onPasskey={() => void enterWithPasskey()}
      onDemo={() => void enterDemo()}
    />
  );
}
