/** Browsers inside other applications: they keep nothing for long, install nothing, and often have neither passkeys nor a camera. */
import { isInstalled, isIos } from "./install";

const INSIDE = /FBAN|FBAV|FB_IAB|Instagram|Line\/|musical_ly|Bytedance|Snapchat|GSA\/|; wv\)/;

/** How to leave the application that this page is inside of; null in a browser of its own. */
export function wayOut(): "ios" | "menu" | null {
  const agent = navigator.userAgent;
  // On iOS only Safari and the browsers that say so are one; a page of the home screen is none, and needs none.
  const isInside = INSIDE.test(agent) || (isIos() && !agent.includes("Safari/") && !isInstalled());
  if (!isInside) return null;
  return isIos() ? "ios" : "menu";
}
