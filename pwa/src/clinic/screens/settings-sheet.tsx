/** What the counter may choose: how soon to scan on, the sound, the clinic; and the way out. */
import type { VNode } from "preact";
import { Button, Choice, ListItem, Sheet } from "../../ui";
import { session } from "../../ui/entrance";
import { changeSettings, forgetClinic, leave, playTones, setKiosk } from "../actions";
import { RETURNS } from "../settings";
import { clinic, panel, settings } from "../state";
import { t } from "../words";

function ReturnChoices(): VNode {
  return (
    <fieldset class="segments">
      <legend>{t("settings-return")}</legend>
      {RETURNS.map((seconds) => (
        <Choice
          key={seconds}
          name="return"
          value={String(seconds)}
          checked={settings.value.returnAfterS === seconds}
          onChange={() => void changeSettings({ returnAfterS: seconds })}
        >
          {t(`settings-return-${seconds}`)}
        </Choice>
      ))}
      <p class="small soft">{t("settings-return-more")}</p>
    </fieldset>
  );
}

function SoundChoices(): VNode {
  return (
    <fieldset class="segments">
      <legend>{t("settings-sound")}</legend>
      {([false, true] as const).map((isMuted) => (
        <Choice
          key={String(isMuted)}
          name="sound"
          value={String(isMuted)}
          checked={settings.value.isMuted === isMuted}
          onChange={() => void changeSettings({ isMuted })}
        >
          {t(isMuted ? "settings-sound-off" : "settings-sound-on")}
        </Choice>
      ))}
    </fieldset>
  );
}

function WhoChoices(): VNode {
  return (
    <fieldset class="segments">
      <legend>{t("settings-who")}</legend>
      {([false, true] as const).map((isKiosk) => (
        <Choice key={String(isKiosk)} name="who" value={String(isKiosk)} checked={settings.value.isKiosk === isKiosk} onChange={() => setKiosk(isKiosk)}>
          {t(isKiosk ? "settings-who-patient" : "settings-who-desk")}
        </Choice>
      ))}
      <p class="small soft">{t("settings-who-hint")}</p>
    </fieldset>
  );
}

/** A counter of a clinic's node cannot come back by itself. */
function WayOut(): VNode {
  const isOfNode = session.value?.entry === "counter-code";
  return (
    <>
      <Button look="outline" wide onClick={() => void leave()}>
        {t(isOfNode ? "settings-disconnect" : "settings-leave")}
      </Button>
      <p class="small soft">
        {session.value?.staff?.name}
        {isOfNode ? `. ${t("settings-disconnect-hint")}` : null}
      </p>
    </>
  );
}

export function SettingsSheet(): VNode {
  return (
    <Sheet title={t("settings-title")} open={panel.value === "settings"} onClose={() => (panel.value = null)}>
      <ReturnChoices />
      <SoundChoices />
      <Button look="plain" onClick={playTones}>
        {t("settings-sound-try")}
      </Button>
      <WhoChoices />
      <ListItem
        icon="hospital"
        title={clinic.value?.name ?? t("settings-clinic")}
        sub={clinic.value?.clues}
        end={t("settings-change")}
        onClick={forgetClinic}
      />
      <p class="small soft">{t("settings-judge")}</p>
      <WayOut />
    </Sheet>
  );
}
