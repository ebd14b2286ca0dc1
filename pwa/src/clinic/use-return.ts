/** The way back to scanning: after some seconds by itself, unless a touch or a key holds the screen (WCAG 2.2.1). */
import { useEffect, useState } from "preact/hooks";

const TICK_MS = 200;

export interface Return {
  /** 1 at first, 0 at the end. */
  readonly share: number;
  readonly secondsLeft: number;
  readonly isHeld: boolean;
  readonly hold: () => void;
  /** All the seconds once more. */
  readonly again: () => void;
}

/** afterS: 0 never returns by itself */
export function useReturn(afterS: number, onReturn: () => void): Return {
  const [leftMs, setLeftMs] = useState(afterS * 1000);
  const [isHeld, setHeld] = useState(false);
  const isOver = leftMs <= 0;

  useEffect(() => {
    if (afterS === 0 || isHeld) return undefined;
    const timer = setInterval(() => setLeftMs((left) => left - TICK_MS), TICK_MS);
    return () => clearInterval(timer);
  }, [afterS, isHeld]);

  useEffect(() => {
    if (afterS > 0 && isOver && !isHeld) onReturn();
  }, [afterS, isOver, isHeld]);

  return {
    share: afterS === 0 ? 0 : Math.max(0, leftMs / (afterS * 1000)),
    secondsLeft: Math.max(0, Math.ceil(leftMs / 1000)),
    isHeld,
    hold: () => setHeld(true),
    again: () => setLeftMs(afterS * 1000),
  };
}
