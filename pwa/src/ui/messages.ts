/** Words for the screen, es-MX: the shared catalogue holds every slug; each face adds its own with translator(). */
import shared from "./messages/es-MX.json";

export type Catalogue = Readonly<Record<string, string>>;
export type Params = Readonly<Record<string, string | number>>;
export type SharedKey = keyof typeof shared;

const sharedCatalogue: Catalogue = shared;

function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

/** A typed t() over the shared catalogue and a face's own; the face's words win. */
export function translator<Own extends Catalogue>(
  own: Own,
): (key: SharedKey | (keyof Own & string), params?: Params) => string {
  const all: Catalogue = { ...sharedCatalogue, ...own };
  return (key, params = {}) => fill(all[key] ?? key, params);
}

export const t = translator({});

/** The sentence for a slug, or for OAuth's spelling of it; what this release does not know yet gets a general sentence. */
export function slugText(slug: string): string {
  return sharedCatalogue[slug] ?? sharedCatalogue[slug.replaceAll("_", "-")] ?? shared.unexpected;
}
