/** The wallet's words over the shared ones. */
import own from "./es-MX.json";
import { translator } from "../ui/messages";

export const t = translator(own);

export type WordKey = Parameters<typeof t>[0];
