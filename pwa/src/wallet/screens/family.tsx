/** Family: what is true today. Each person has a card of their own, on their own phone or on paper. */
import type { JSX } from "preact";
import { Icon, ListItem, type IconName } from "../../ui";
import { card } from "../state";
import { t } from "../words";

function Way({ icon, title, children }: { icon: IconName; title: string; children: string }): JSX.Element {
  return (
    <li class="way-row">
      <Icon name={icon} size={32} />
      <div>
        <h2>{title}</h2>
        <p>{children}</p>
      </div>
    </li>
  );
}

export function Family(): JSX.Element {
  return (
    <>
      <p class="title">{t("family-text")}</p>
      <ul class="stack">
        <Way icon="phone" title={t("family-phone-title")}>{t("family-phone")}</Way>
        <Way icon="print" title={t("family-paper-title")}>{t("family-paper")}</Way>
        <Way icon="family" title={t("family-child-title")}>{t("family-child")}</Way>
      </ul>
      {card.value?.isWithdrawn === false ? <LendLink /> : null}
    </>
  );
}

function LendLink(): JSX.Element {
  return (
    <div class="push">
      <ListItem icon="qr" title={t("family-lend-title")} sub={t("family-lend")} href="#prestar" end={<Icon name="next" />} />
    </div>
  );
}
