/** The wallet's words over the shared ones. */
import own from "./es-MX.json";
import { translator } from "../ui/messages";

export const t = translator(own);

export type WordKey = Parameters<typeof t>[0];

/** Whether this catalogue has a word for a key made from data. */
export function isWord(key: string): key is keyof typeof own {
  return Object.hasOwn(own, key);
}
