/** Settings: how the card stands, how safely it is kept, how the application looks, and how to give the card up. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { protectStorage, storageHealth, type StorageHealth } from "../../device/storage-health";
import { ageText, Button, Choice, Footer, ListItem, momentText, Notice, Sheet, shortDayText, slugText, t as shared } from "../../ui";
import { removeCard, renewCard } from "../actions";
import { card, clock, isRenewing, renewalFailure } from "../state";
import { chooseTheme, chosenTheme, type Theme } from "../theme";
import { t, type WordKey } from "../words";
import { InstallOffer } from "./install-offer";

const LOW_SPACE_BYTES = 20_000_000;
const SKEW_WORTH_SAYING_S = 90;
const DAY_S = 86_400;

function Part({ title, children }: { title: string; children: JSX.Element | (JSX.Element | null)[] }): JSX.Element {
  return (
    <section class="stack-tight part">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

export function Settings(): JSX.Element {
  return (
    <>
      {card.value === null ? null : <CardPart />}
      {card.value === null ? null : <StoragePart />}
      <InstallOffer />
      <Part title={t("settings-look")}>
        <ThemeChoice />
      </Part>
      <Part title={t("settings-clock")}>
        <ListItem icon="clock" title={clockWords()} />
      </Part>
      {card.value === null ? null : <Removal />}
      <Footer />
    </>
  );
}

function clockWords(): string {
  const skew = clock.value.skewS;
  if (skew === null) return t("settings-clock-unknown");
  if (Math.abs(skew) < SKEW_WORTH_SAYING_S) return t("settings-clock-good");
  return t(skew > 0 ? "card-skew-ahead" : "card-skew-behind", { age: ageText(Math.abs(skew)) });
}

function CardPart(): JSX.Element | null {
  const wasAsked = useSignal(false);
  const current = card.value;
  if (current === null) return null;
  if (current.isWithdrawn) return <Part title={t("settings-card")}><Notice tone="warn" title={t("card-withdrawn-title")}>{t("card-withdrawn-do")}</Notice></Part>;
  const failed = renewalFailure.value;
  const renew = (): void => {
    wasAsked.value = true;
    void renewCard();
  };
  return (
    <Part title={t("settings-card")}>
      <ListItem icon="qr" title={shortDayText(Math.floor(current.passExp / DAY_S))} sub={t("settings-valid-until")} />
      <ListItem icon="sync" title={momentText(current.renewedAt)} sub={t("settings-renewed")} />
      <p class="small soft">{t("settings-turns")}</p>
      {failed === null ? null : <Notice tone="warn">{slugText(failed)}</Notice>}
      {wasAsked.value && failed === null && !isRenewing.value ? <Notice tone="good">{t("settings-renewed-now")}</Notice> : null}
      <Button icon="sync" busy={isRenewing.value} onClick={renew}>{t("settings-renew")}</Button>
    </Part>
  );
}

function StoragePart(): JSX.Element {
  const health = useSignal<StorageHealth | null>(null);
  const wasRefused = useSignal(false);
  const look = async (): Promise<void> => {
    health.value = await storageHealth();
  };
  useEffect(() => void look(), []);
  const protect = async (): Promise<void> => {
    wasRefused.value = !(await protectStorage());
    await look();
  };
  const isProtected = health.value?.isProtected === true;
  return (
    <Part title={t("settings-storage")}>
      <ListItem
        icon={isProtected ? "shield" : "warn"}
        title={t(isProtected ? "settings-protected" : "settings-at-risk")}
        sub={t(isProtected ? "settings-protected-text" : "settings-at-risk-text")}
      />
      {isProtected ? null : <Button icon="shield" onClick={() => void protect()}>{t("settings-protect")}</Button>}
      {wasRefused.value && !isProtected ? <Notice tone="warn">{t("settings-protect-refused")}</Notice> : null}
      <LowSpace freeBytes={health.value?.freeBytes ?? null} />
    </Part>
  );
}

function LowSpace({ freeBytes }: { freeBytes: number | null }): JSX.Element | null {
  if (freeBytes === null || freeBytes >= LOW_SPACE_BYTES) return null;
  return <Notice tone="warn">{t("settings-low-space", { n: Math.floor(freeBytes / 1_000_000) })}</Notice>;
}

const themes: readonly (readonly [Theme, WordKey])[] = [
  ["auto", "settings-theme-auto"],
  ["light", "settings-theme-light"],
  ["dark", "settings-theme-dark"],
];

function ThemeChoice(): JSX.Element {
  const chosen = useSignal(chosenTheme());
  return (
    <div class="stack-tight" role="radiogroup" aria-label={t("settings-look")}>
      {themes.map(([theme, words]) => (
        <Choice
          key={theme}
          name="theme"
          value={theme}
          checked={chosen.value === theme}
          onChange={() => {
            chosen.value = theme;
            chooseTheme(theme);
          }}
        >
          {t(words)}
        </Choice>
      ))}
    </div>
  );
}

function Removal(): JSX.Element {
  const isOpen = useSignal(false);
  const close = (): void => {
    isOpen.value = false;
  };
  const remove = async (): Promise<void> => {
    await removeCard();
    location.hash = "";
  };
  return (
    <>
      <Button look="danger" icon="trash" onClick={() => {
        isOpen.value = true;
      }}>{t("settings-remove")}</Button>
      <Sheet title={t("settings-remove-title")} open={isOpen.value} onClose={close}>
        <p>{t("settings-remove-text")}</p>
        <div class="btns">
          <Button look="danger" wide onClick={() => void remove()}>{t("settings-remove-yes")}</Button>
          <Button look="primary" wide onClick={close}>{shared("cancel")}</Button>
        </div>
      </Sheet>
    </>
  );
}
