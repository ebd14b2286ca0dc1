/** What comes after the first screen is drawn: the rooms that judge, keep receipts and share, each with all that it stands on. */
export const judging = (): Promise<typeof import("./judging")> => import("./judging");
export const receipts = (): Promise<typeof import("./receipts")> => import("./receipts");
export const sightings = (): Promise<typeof import("./sightings")> => import("./sightings");
