/** The console's words; what the keys' rooms refuse has its sentence here, so that no other face carries them. */
import staff from "../ui/messages/staff.es-MX.json";
import { slugText, translator } from "../ui/messages";
import words from "./es-MX.json";

export const t = translator({ ...staff, ...words });
export type WordKey = Parameters<typeof t>[0];

/** The sentence for a slug, the console's own first. */
export function sayFailure(slug: string): string {
  return slug in words ? t(slug as WordKey) : slugText(slug);
}
