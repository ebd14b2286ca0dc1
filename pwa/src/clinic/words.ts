/** The clinic face's words. */
import { translator } from "../ui/messages";
import words from "./es-MX.json";

export const t = translator(words);
export type WordKey = Parameters<typeof t>[0];
