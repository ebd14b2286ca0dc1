/** The landing page's words. */
import { translator } from "../ui";
import words from "./es-MX.json";

export const t = translator(words);
