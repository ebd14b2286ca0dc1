/** The wallet's entry: draws at once, then opens the card, then asks after it, and for releases. */
import "../device/trusted-types";
import "../ui/styles.css";
import "./wallet.css";
import { render } from "preact";
import { watchInstall } from "../device/install";
import { watchUpdates } from "../device/updates";
import { ASK_EVERY_MS, openCard, askIssuer } from "./actions";
import { Wallet } from "./app";
import { installing, place, release } from "./state";
import { applyTheme } from "./theme";

/** Lets the browser paint and answer touches between two pieces of work. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** When the first code is drawn and nothing else is waiting. */
function leisure(): Promise<void> {
  return new Promise((resolve) => {
    if ("requestIdleCallback" in window) requestIdleCallback(() => resolve(), { timeout: 2000 });
    else setTimeout(resolve, 200);
  });
}

/** A claim that nobody answered, since the page went away, is asked about again. */
async function goOnClaiming(): Promise<void> {
  const { loadPending } = await import("./pending");
  const found = await loadPending();
  if (found !== null) location.hash = found.pending.input;
}

async function start(root: HTMLElement): Promise<void> {
  applyTheme();
  const opening = openCard();
  await nextTask();
  root.replaceChildren();
  render(<Wallet />, root);
  watchInstall((how) => {
    installing.value = how;
  });
  await opening;
  if (place.value === "") await goOnClaiming();
  addEventListener("online", () => void askIssuer());
  const askIfSeen = (): void => {
    if (document.visibilityState === "visible") void askIssuer();
  };
  document.addEventListener("visibilitychange", askIfSeen);
  setInterval(askIfSeen, ASK_EVERY_MS);
  await leisure();
  await askIssuer();
  await watchUpdates((waiting) => {
    release.value = waiting;
  });
}

const root = document.getElementById("app");
if (root !== null) void nextTask().then(() => start(root));
