/** A QR code as large as its place allows: whole device pixels per module, 4 modules of quiet zone, black on white always. */
import { correction, generate, mode, type Bitmap2D } from "lean-qr";
import type { JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

const quietModules = 4;
/** No panel of a code is smaller than this where there is room for it. */
const LEAST_PANEL = 236;

/** Long enough for a slow camera to focus; all four positions come within 12 s. */
const QUARTER_MS = 3000;

/** So many digits are a version 12 at level M (ISO/IEC 18004, table 7). */
const DIGITS_AT_M = 691;

/**
 * The code of a text: digits in numeric mode, at level M where that is no larger than version 12, else at L, as a phone's pass with its
 * proof has to be (DESIGN §3); anything else at M.
 */
export function qrOf(text: string): Bitmap2D {
  if (/^\d+$/.test(text)) {
    const level = text.length <= DIGITS_AT_M ? correction.M : correction.L;
    return generate(mode.numeric(text), { minCorrectionLevel: level, maxCorrectionLevel: level });
  }
  return generate(text, { minCorrectionLevel: correction.M });
}

/** The dark modules as one SVG path, a rectangle per run, quiet zone included in the coordinates. */
export function qrPath(code: Bitmap2D): string {
  let path = "";
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) {
      if (!code.get(x, y)) continue;
      const start = x;
      while (code.get(x + 1, y)) x += 1;
      path += `M${start + quietModules} ${y + quietModules}h${x - start + 1}v1h${start - x - 1}z`;
    }
  }
  return path;
}

/** The side in CSS px of the largest code with whole device pixels per module in `room` px (one pixel at least). */
export function qrSide(modules: number, room: number, pixelRatio: number): number {
  const perModule = Math.max(1, Math.floor((room * pixelRatio) / modules + 1e-6));
  return (perModule * modules) / pixelRatio;
}

export interface QrPanelProps {
  text: string;
  label: string;
  /** Width and height of the white panel in CSS px; the room of its parent if left out. */
  side?: number;
  /** Turns by a quarter every 3 s: a crack in the glass then lies on the corner that has no mark at least once a turn. */
  turns?: boolean;
}

/** A white panel with the code of `text`; `label` is what a screen reader says. */
export function QrPanel({ text, label, side, turns = false }: QrPanelProps): JSX.Element {
  const code = useMemo(() => qrOf(text), [text]);
  const path = useMemo(() => qrPath(code), [code]);
  const [holder, room] = useRoom(side);
  const degrees = useTurn(turns);
  const modules = code.size + 2 * quietModules;
  const drawn = qrSide(modules, room, globalThis.devicePixelRatio || 1);
  // Snug, unless whole pixels leave a code smaller than the room could hold: then the white around it grows instead.
  const panel = Math.max(drawn, Math.min(room, LEAST_PANEL));
  return (
    <div class="qr-holder" ref={holder}>
      <div class="qr" style={{ width: `${panel}px`, height: `${panel}px` }}>
        <svg width={drawn} height={drawn} viewBox={`0 0 ${modules} ${modules}`} shape-rendering="crispEdges" role="img" aria-label={label}>
          <path d={path} transform={`rotate(${degrees} ${modules / 2} ${modules / 2})`} />
        </svg>
      </div>
    </div>
  );
}

function useTurn(turns: boolean): number {
  const [quarters, setQuarters] = useState(0);
  useEffect(() => {
    if (!turns) return undefined;
    const timer = setInterval(() => setQuarters((before) => (before + 1) % 4), QUARTER_MS);
    return () => clearInterval(timer);
  }, [turns]);
  return quarters * 90;
}

function useRoom(side: number | undefined): readonly [RefObject<HTMLDivElement | null>, number] {
  const holder = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(236);
  useLayoutEffect(() => {
    const place = holder.current;
    if (side !== undefined || place === null) return undefined;
    const measure = (): void => {
      const box = place.getBoundingClientRect();
      setRoom(Math.max(200, Math.floor(Math.min(box.width, box.height || box.width))));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(place);
    return () => observer.disconnect();
  }, [side]);
  return [holder, side ?? room];
}
