/** The offer to install, where this device can and the person has not said «ahora no» in this visit. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { InstallPrompt } from "../../ui";
import { installing } from "../state";

const isPutOff = signal(false);

function later(): void {
  isPutOff.value = true;
}

export function InstallOffer(): JSX.Element | null {
  const how = installing.value;
  if (how === null || isPutOff.value) return null;
  if (how.kind === "ios") return <InstallPrompt onLater={later} />;
  return <InstallPrompt onInstall={() => void how.prompt().then(later)} onLater={later} />;
}
