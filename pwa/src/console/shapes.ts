/** Shapes that much of what the server says has in common. */
import * as v from "valibot";

export const text = v.pipe(v.string(), v.maxLength(4000));
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Seconds since 1970, of an instant as the server writes it. */
export const instant = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  v.transform((said) => Date.parse(said) / 1000),
  v.finite(),
);
