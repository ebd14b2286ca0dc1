/** How safe the stored card is on this device: whether the browser may throw it away, and how much room is left. */

export interface StorageHealth {
  /** The browser promised not to clear this without asking. */
  readonly isProtected: boolean;
  readonly usedBytes: number | null;
  readonly freeBytes: number | null;
}

/** The state of the storage; what the browser does not tell is null. */
export async function storageHealth(): Promise<StorageHealth> {
  if (!("storage" in navigator)) return { isProtected: false, usedBytes: null, freeBytes: null };
  const [isProtected, estimate] = await Promise.all([
    navigator.storage.persisted().catch(() => false),
    navigator.storage.estimate().catch((): StorageEstimate => ({})),
  ]);
  const { usage, quota } = estimate;
  const freeBytes = usage === undefined || quota === undefined ? null : quota - usage;
  return { isProtected, usedBytes: usage ?? null, freeBytes };
}

/** Asks the browser not to clear the card by itself; tells whether it promised. */
export async function protectStorage(): Promise<boolean> {
  if (!("storage" in navigator)) return false;
  return navigator.storage.persist().catch(() => false);
}
