/** No card yet: what this is, and the two ways to bring one; a third, the link, opens by itself. */
import type { JSX } from "preact";
import { isInstalled } from "../../device/install";
import { Frieze, LinkButton, Notice, RealBrowser } from "../../ui";
import { installing, isOnline } from "../state";
import { t } from "../words";

export function Welcome(): JSX.Element {
  return (
    <>
      <div class="welcome-art bark" aria-hidden="true">
        <Frieze />
        <span class="welcome-line welcome-line-name" />
        <span class="welcome-line" />
        <span class="welcome-code" />
      </div>
      <div class="stack-tight">
        <h1 class="welcome-title">{t("welcome-title")}</h1>
        <p>{t("welcome-text")}</p>
      </div>
      {isOnline.value ? null : <Notice tone="warn" icon="offline" title={t("offline-no-card")}>{t("welcome-offline")}</Notice>}
      <RealBrowser />
      {installing.value?.kind === "ios" && !isInstalled() ? <Notice tone="warn" title={t("ios-title")}>{t("ios-text")}</Notice> : null}
      <div class="btns push">
        <LinkButton href="#escanear" look="primary" icon="camera" wide>{t("welcome-scan")}</LinkButton>
        <LinkButton href="#escribir" icon="keyboard" wide>{t("welcome-type")}</LinkButton>
        <p class="soft small centre">{t("welcome-link")}</p>
      </div>
      <details class="more">
        <summary>{t("welcome-lost-title")}</summary>
        <p>{t("welcome-lost")}</p>
      </details>
    </>
  );
}
