/** What stopping a key means, spelt out: what ends at once, what goes on, and that distrust is another step. */
import type { ComponentChildren, VNode } from "preact";
import { Icon, type IconName } from "../../ui";
import type { Consequences, Reach } from "../consequences";
import type { Key } from "../facts";
import { countText, hangingText, limitText, ofUse, percentText, plural } from "../say";
import { t } from "../words";

export function ConsequenceList({ held, means, reach }: { held: Key; means: Consequences; reach: Reach }): VNode {
  return (
    <div class="consequences">
      <Figures of={ofUse(held.use)} means={means} reach={reach} />
      <Block icon="error" title={t("emergency-stops-title")} tone="stops">
        <li>{t("emergency-stops")}</li>
      </Block>
      <Block icon="check" title={t("emergency-goes-title")} tone="goes">
        <GoesOn held={held} means={means} />
      </Block>
      <Block icon="family" title={t("emergency-then-title")} tone="then">
        <Then means={means} reach={reach} />
      </Block>
    </div>
  );
}

/** The numbers first: what hangs on the key, who signs on without it, whom a change would reach. */
function Figures({ of, means, reach }: { of: string; means: Consequences; reach: Reach }): VNode {
  const { share, total, others } = means;
  const isWhole = share === null || share === 1 || total === 0;
  const { devices, recent } = reach;
  const figures = [
    [total, isWhole ? plural("figure-hanging", total) : plural("figure-share", total, { percent: percentText(share), of })],
    [others, plural("figure-others", others)],
    [recent, devices === 0 ? t("figure-devices-none") : t("figure-devices", { devices: countText(devices) })],
  ] as const;
  return (
    <ul class="figures">
      {figures.map(([count, words]) => (
        <li key={words}>
          <b class="nums">{countText(count)}</b> {words}
        </li>
      ))}
    </ul>
  );
}

function Block({ icon, title, tone, children }: { icon: IconName; title: string; tone: string; children: ComponentChildren }): VNode {
  return (
    <section class={`consequence consequence-${tone}`}>
      <Icon name={icon} size={28} />
      <div>
        <h2>{title}</h2>
        <ul>{children}</ul>
      </div>
    </section>
  );
}

function GoesOn({ held, means }: { held: Key; means: Consequences }): VNode {
  const of = ofUse(held.use);
  const { total, others } = means;
  return (
    <>
      <li>{total === 0 ? t("emergency-goes-nothing") : t("emergency-goes-hanging", { what: hangingText(means) })}</li>
      <li class={others === 0 ? "warned" : undefined}>{others === 0 ? aloneText(held.use) : plural("emergency-goes-others", others, { of })}</li>
      <li>{t("emergency-care")}</li>
    </>
  );
}

function aloneText(use: string): string {
  return t(`emergency-goes-alone-${use}` as "emergency-goes-alone-pass");
}

function Then({ means, reach }: { means: Consequences; reach: Reach }): VNode {
  const { soonS, warnS, staleS, refuseS } = reach;
  const { total, cards, lists } = means;
  return (
    <>
      <li>{t("emergency-then-two")}</li>
      {total === 0 ? null : <li>{t("emergency-then-fall", { what: hangingText(means) })}</li>}
      {total === cards + lists ? null : <li>{t("emergency-then-phones")}</li>}
      {cards === 0 ? null : <li>{plural("emergency-then-cards", cards)}</li>}
      {lists === 0 ? null : <li>{t("emergency-then-lists")}</li>}
      <li>{t("emergency-then-soon", { soon: limitText(soonS) })}</li>
      <li>{t("emergency-then-offline", { warn: limitText(warnS), stale: limitText(staleS), refuse: limitText(refuseS) })}</li>
    </>
  );
}
