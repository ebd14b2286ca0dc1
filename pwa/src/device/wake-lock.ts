/** Keeps the screen on while a code is shown, where the browser can; taken again when the page comes back. */

/** Holds the screen on until the returned function is called. Never raises: a dark screen is a nuisance, not a failure. */
export function keepScreenOn(): () => void {
  let lock: WakeLockSentinel | null = null;
  let isWanted = true;

  const take = async (): Promise<void> => {
    if (!isWanted || document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
    const taken = await navigator.wakeLock.request("screen").catch(() => null); // refused on low battery
    lock = taken;
    if (stopped()) await drop(taken);
  };
  const stopped = (): boolean => !isWanted;
  const onChange = (): void => void take();

  document.addEventListener("visibilitychange", onChange);
  void take();
  return () => {
    isWanted = false;
    document.removeEventListener("visibilitychange", onChange);
    void drop(lock);
  };
}

async function drop(lock: WakeLockSentinel | null): Promise<void> {
  await lock?.release().catch(() => undefined);
}
