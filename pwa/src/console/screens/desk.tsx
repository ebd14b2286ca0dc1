/** The page: what to do now, the keys over time, proposals, the verifiers' lists, alarms; beside it the way to each. */
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon, ListItem, Main, type IconName } from "../../ui";
import type { Facts } from "../actions";
import { alarmCount } from "../facts";
import { toEmergency, toRules } from "../place";
import { countText } from "../say";
import { mayAct, tasks } from "../state";
import { t } from "../words";
import { AlarmsSection } from "./alarms";
import { DueSection } from "./due";
import { FleetSection } from "./fleet";
import { KeysSection } from "./keys";
import { ProposalsSection } from "./proposals";

const SECTIONS = ["ahora", "llaves", "propuestas", "equipos", "alarmas"] as const;
type SectionName = (typeof SECTIONS)[number];

const ICONS: Readonly<Record<SectionName, IconName>> = { ahora: "check", llaves: "key", propuestas: "id", equipos: "phone", alarmas: "clock" };

export function Desk({ facts, notices }: { facts: Facts; notices: ComponentChildren }): VNode {
  const due = tasks.value ?? { now: [], later: [] };
  const open = facts.proposals.filter(({ state, expiresAt }) => state === "open" && expiresAt > facts.at).length;
  return (
    <div class="console">
      <Rail counts={{ ahora: due.now.length, llaves: 0, propuestas: open, equipos: 0, alarmas: ringingIn(facts) }} />
      <Main class="desk">
        <h1 class="visually-hidden">{t("console-face")}</h1>
        {notices}
        <Section name="ahora">
          <DueSection tasks={due} plan={facts.plan} />
        </Section>
        <Section name="llaves">
          <KeysSection plan={facts.plan} proposals={facts.proposals} />
        </Section>
        <Section name="propuestas">
          <ProposalsSection facts={facts} />
        </Section>
        <Section name="reglas-en-vigor">
          <ul class="list">
            <li>
              <ListItem icon="id" title={t("rules-go")} sub={t("rules-go-why")} href={toRules} />
            </li>
          </ul>
        </Section>
        <div class="pair">
          <Section name="equipos">
            <FleetSection ages={facts.ages} />
          </Section>
          <Section name="alarmas">
            <AlarmsSection alarms={facts.alarms} failure={facts.alarmsFailure} />
          </Section>
        </div>
      </Main>
    </div>
  );
}

/** How many alarms there are; that they cannot be read is one. */
function ringingIn({ alarms, alarmsFailure }: Facts): number {
  if (alarms === null) return alarmsFailure === null ? 0 : 1;
  return alarmCount(alarms);
}

/**
 * The ways to the sections: a column beside the page, at the foot of a phone. There the way to the emergency is the
 * last of them, for the page's own lies far below; it only asks which key, and stops nothing. The rules are a page of
 * their own: beside the page there is room for the way to them, at the foot of a phone there is none.
 */
function Rail({ counts }: { counts: Readonly<Record<SectionName, number>> }): VNode {
  const at = useSectionInView();
  return (
    <nav class="rail" aria-label={t("sections")}>
      {SECTIONS.map((name) => (
        <a key={name} href={`#${name}`} aria-current={name === at ? "location" : undefined}>
          <Icon name={ICONS[name]} />
          <span>{t(`nav-${name}`)}</span>
          {counts[name] === 0 ? null : <b class="badge nums">{countText(counts[name])}</b>}
        </a>
      ))}
      <a class="rail-rules" href={toRules}>
        <Icon name="id" />
        <span>{t("nav-reglas")}</span>
      </a>
      {mayAct.value ? (
        <a class="rail-emergency" href={toEmergency()}>
          <Icon name="warn" />
          <span>{t("emergency-title")}</span>
        </a>
      ) : null}
    </nav>
  );
}

/** The section that is read now: the topmost one in the upper half of the screen. */
function useSectionInView(): SectionName {
  const [at, setAt] = useState<SectionName>("ahora");
  useEffect(() => {
    const inView = new Set<string>();
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) inView[isIntersecting ? "add" : "delete"](target.id);
        setAt((before) => SECTIONS.find((name) => inView.has(name)) ?? before);
      },
      { rootMargin: "-10% 0px -50% 0px" },
    );
    for (const section of document.querySelectorAll(".section")) observer.observe(section);
    return () => observer.disconnect();
  }, []);
  return at;
}

function Section({ name, children }: { name: SectionName | "reglas-en-vigor"; children: ComponentChildren }): VNode {
  const title = `titulo-${name}`;
  return (
    <section id={name} class={`section section-${name}`} aria-labelledby={title}>
      <h2 id={title} tabIndex={-1}>
        {t(`section-${name}`)}
      </h2>
      {children}
    </section>
  );
}
