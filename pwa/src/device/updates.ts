/**
 * New releases: found early, put in place only when the person says so, and never under a card, a scan or a form.
 *
 * The page reloads after "Actualizar" only; another tab that updates does not reload this one. A release that the server
 * recalls (backend/amate/web/recall.js) is gone at once: a page that stays open for days comes upon it within a day.
 */

const HOUR_MS = 3_600_000;
/** How often a page looks that nobody sees: browsers themselves look once in 24 hours, at a navigation. */
const HIDDEN_HOURS = 24;

/** A release that waits; `apply` puts it in place and reloads this page. */
export interface WaitingRelease {
  apply(): void;
}

type OnWaiting = (release: WaitingRelease) => void;

/** Registers the service worker and tells when a newer release waits. Does nothing where there are no service workers. */
export async function watchUpdates(onWaiting: OnWaiting): Promise<void> {
  if (!("serviceWorker" in navigator) || !import.meta.env.PROD) return;
  const watched = new WeakSet<ServiceWorkerRegistration>();
  const look = async (): Promise<void> => {
    // Gives back the registration that there is; a new one, where a recall has taken that away.
    const registration = await navigator.serviceWorker.register("/sw.js", { scope: "/" }).catch(() => null);
    if (registration === null) return; // private mode, no disk or no network: the page works, off line it will not
    if (watched.has(registration)) {
      await registration.update().catch(() => undefined);
      return;
    }
    watched.add(registration);
    watch(registration, onWaiting);
  };
  await look();
  lookAgain(() => {
    if (navigator.onLine) void look();
  });
}

function watch(registration: ServiceWorkerRegistration, onWaiting: OnWaiting): void {
  const offer = (): void => {
    const { waiting } = registration;
    if (waiting !== null && navigator.serviceWorker.controller !== null) onWaiting({ apply: () => apply(waiting) });
  };
  offer();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", offer);
  });
}

function apply(waiting: ServiceWorker): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting.postMessage("take-over");
}

/** On coming on line or into view, every hour in view, and once a day out of it. */
function lookAgain(look: () => void): void {
  const isSeen = (): boolean => document.visibilityState === "visible";
  let hidden = 0;
  addEventListener("online", look);
  document.addEventListener("visibilitychange", () => {
    if (isSeen()) look();
  });
  setInterval(() => {
    hidden = isSeen() ? 0 : hidden + 1;
    if (hidden % HIDDEN_HOURS === 0) look();
  }, HOUR_MS);
}
