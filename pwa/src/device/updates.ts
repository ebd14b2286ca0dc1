/**
 * New releases: found early, put in place only when the person says so, and never under a card, a scan or a form.
 *
 * The page reloads after "Actualizar" only; another tab that updates does not reload this one.
 */

const HOUR_MS = 3_600_000;

/** A release that waits; `apply` puts it in place and reloads this page. */
export interface WaitingRelease {
  apply(): void;
}

/** Registers the service worker and tells when a newer release waits. Does nothing where there are no service workers. */
export async function watchUpdates(onWaiting: (release: WaitingRelease) => void): Promise<void> {
  if (!("serviceWorker" in navigator) || !import.meta.env.PROD) return;
  const registration = await navigator.serviceWorker.register("/sw.js", { scope: "/" }).catch(() => null);
  if (registration === null) return; // private mode or no disk: the page works, off line it will not
  const offer = (): void => {
    const { waiting } = registration;
    if (waiting !== null && navigator.serviceWorker.controller !== null) onWaiting({ apply: () => apply(waiting) });
  };
  offer();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", offer);
  });
  lookAgain(registration);
}

function apply(waiting: ServiceWorker): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting.postMessage("take-over");
}

function lookAgain(registration: ServiceWorkerRegistration): void {
  const look = (): void => {
    if (navigator.onLine && document.visibilityState === "visible") registration.update().catch(() => undefined);
  };
  document.addEventListener("visibilitychange", look);
  setInterval(look, HOUR_MS);
}
