/** Putting the face on the home screen: the browser's own prompt where it offers one, words on iOS, silence elsewhere. */

interface InstallEvent extends Event {
  prompt(): Promise<void>;
}

/** How this device can install: a prompt to call, instructions to show, or null (installed already, or cannot). */
export type Installing = { readonly kind: "prompt"; prompt(): Promise<void> } | { readonly kind: "ios" } | null;

/** True when the page runs as an installed application. */
export function isInstalled(): boolean {
  return matchMedia("(display-mode: standalone)").matches || ("standalone" in navigator && navigator.standalone === true);
}

/** True on iPhone and iPad, where only the person can install, by the share menu. */
export function isIos(): boolean {
  return /iPhone|iPad|iPod/.test(navigator.userAgent) || (navigator.userAgent.includes("Macintosh") && navigator.maxTouchPoints > 1);
}

/** Tells how this device can install, now and whenever that changes. */
export function watchInstall(onChange: (installing: Installing) => void): void {
  if (isInstalled()) return;
  if (isIos()) onChange({ kind: "ios" });
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    onChange({ kind: "prompt", prompt: () => (event as InstallEvent).prompt() });
  });
  addEventListener("appinstalled", () => onChange(null));
}
