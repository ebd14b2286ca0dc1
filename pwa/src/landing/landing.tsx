/** One page: the promise, the faces as cards, the demonstration. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failure } from "../device/failure";
import { demoLogin, loadSession } from "../device/session";
import { App, AppBar, Button, Footer, Frieze, Icon, Main, Notice, type IconName } from "../ui";
import { t } from "./words";

interface Face {
  readonly href: string;
  readonly icon: IconName;
  readonly title: Parameters<typeof t>[0];
  readonly sub: Parameters<typeof t>[0];
}

const FACES: readonly Face[] = [
  { href: "/wallet/", icon: "card", title: "landing-wallet", sub: "landing-wallet-for" },
  { href: "/clinic/", icon: "hospital", title: "landing-clinic", sub: "landing-clinic-for" },
  { href: "/enrolment/", icon: "id", title: "landing-enrolment", sub: "landing-enrolment-for" },
  { href: "/console/", icon: "key", title: "landing-console", sub: "landing-console-for" },
  { href: "/docs", icon: "link", title: "landing-docs", sub: "landing-docs-for" },
];

const PROMISES = [
  ["offline", "landing-promise-offline-title", "landing-promise-offline"],
  ["shield", "landing-promise-private-title", "landing-promise-private"],
  ["check", "landing-promise-care-title", "landing-promise-care"],
] as const;

function FaceCard({ href, icon, title, sub }: Face): VNode {
  return (
    <a class="face" href={href}>
      <span class="face-icon">
        <Icon name={icon} size={32} />
      </span>
      <span class="item-text">
        <span class="face-title">{t(title)}</span>
        <span class="item-sub">{t(sub)}</span>
      </span>
      <Icon name="next" />
    </a>
  );
}

function Hero(): VNode {
  return (
    <section class="hero bark">
      <Frieze />
      <div class="hero-text">
        <h1>{t("landing-lead")}</h1>
        <p>{t("landing-what")}</p>
      </div>
    </section>
  );
}

function Promises(): VNode {
  return (
    <ul class="promises">
      {PROMISES.map(([icon, title, text]) => (
        <li key={icon}>
          <Icon name={icon} size={28} />
          <span>
            <strong>{t(title)}</strong> {t(text)}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Which face a demonstration's login opens. */
const FACE_OF = { enrolment: "enrolment", clinic: "clinic", security: "console", auditor: "console", admin: "console" } as const;
type DemoRole = keyof typeof FACE_OF;
const TRIES = [
  ["enrolment", "id"],
  ["clinic", "hospital"],
  ["security", "key"],
] as const;
const READERS = ["auditor", "admin"] as const;

function Demo(): VNode {
  const [busy, setBusy] = useState<DemoRole | null>(null);
  const [failed, setFailed] = useState(false);

  async function enter(role: DemoRole): Promise<void> {
    setBusy(role);
    setFailed(false);
    try {
      await demoLogin(role);
      location.assign(`/${FACE_OF[role]}/`);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      setFailed(true);
    } finally {
      setBusy(null);
    }
  }

  return (
    <section class="demo" aria-labelledby="demo">
      <div class="stack-tight">
        <h2 id="demo">{t("landing-demo")}</h2>
        <p class="soft">{t("landing-demo-why")}</p>
      </div>
      {failed ? <Notice tone="bad">{t("landing-demo-failed")}</Notice> : null}
      <div class="demo-btns">
        {TRIES.map(([role, icon]) => (
          <Button key={role} look="primary" busy={busy === role} icon={icon} onClick={() => void enter(role)}>
            {t(`landing-demo-${role}`)}
          </Button>
        ))}
      </div>
      <div class="demo-readers small">
        {t("landing-demo-readers")}
        {READERS.map((role) => (
          <Button key={role} look="plain" busy={busy === role} onClick={() => void enter(role)}>
            {t(`landing-demo-${role}`)}
          </Button>
        ))}
      </div>
    </section>
  );
}

/** True once the server says that this is a demonstration; without an answer it is not. */
function useIsDemo(): boolean {
  const [isDemo, setIsDemo] = useState(false);
  useEffect(() => {
    loadSession().then(
      ({ env }) => setIsDemo(env === "demo"),
      () => setIsDemo(false),
    );
  }, []);
  return isDemo;
}

export function Landing(): VNode {
  const isDemo = useIsDemo();
  return (
    <App wide>
      <AppBar />
      <Main class="landing">
        <Hero />
        <section class="stack" aria-labelledby="faces">
          <h2 id="faces">{t("landing-faces")}</h2>
          <div class="faces">
            {FACES.map((face) => (
              <FaceCard key={face.href} {...face} />
            ))}
          </div>
        </section>
        {/* Below the faces: it comes once the server has answered, and may not push away what is being read. */}
        {isDemo ? <Demo /> : null}
        <Promises />
      </Main>
      <Footer />
    </App>
  );
}
