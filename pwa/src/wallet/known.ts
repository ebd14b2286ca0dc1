/** Whether this phone is known to hold a card: one bit, read before the first paint. What counts is the store; this is a hint. */
const KEY = "amate-card";

/** Where the card lies in the store of cards. */
export const MINE = "mine";

export function knowsCard(): boolean {
  return localStorage.getItem(KEY) === "1";
}

export function rememberCard(isHere: boolean): void {
  if (isHere) localStorage.setItem(KEY, "1");
  else localStorage.removeItem(KEY);
}
