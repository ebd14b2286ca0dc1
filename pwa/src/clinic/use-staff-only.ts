/** A way out that no patient takes by chance: a press of three seconds, or a key or a screen reader and a question. */
import { useEffect, useRef, useState } from "preact/hooks";

export const HOLD_MS = 3000;

export interface StaffOnly {
  /** True after a press that was too short. */
  readonly wasShort: boolean;
  readonly press: () => void;
  readonly release: () => void;
  /** isByHand: false where a key or a screen reader clicked, which cannot hold. */
  readonly click: (isByHand: boolean) => void;
}

/**
 * onHeld:   it was pressed long enough
 * onAsked:  somebody who cannot press long wants to leave: ask whether they mean it
 */
export function useStaffOnly(onHeld: () => void, onAsked: () => void): StaffOnly {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const [wasShort, setShort] = useState(false);

  useEffect(() => {
    const leave = ({ key }: KeyboardEvent): void => {
      if (key === "Escape") onAsked();
    };
    addEventListener("keydown", leave);
    return () => {
      removeEventListener("keydown", leave);
      clearTimeout(timer.current);
    };
  }, []);

  return {
    wasShort,
    press() {
      clearTimeout(timer.current);
      timer.current = setTimeout(onHeld, HOLD_MS);
    },
    release: () => clearTimeout(timer.current),
    click(isByHand) {
      if (isByHand) setShort(true);
      else onAsked();
    },
  };
}
