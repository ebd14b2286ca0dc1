/**
 * A hand-held scanner is a keyboard that types faster than any person; no field needs the focus.
 *
 * Digits are read from the physical key (`code`), so a scanner and a computer set to different keyboard layouts still agree.
 */

/** What the reader needs of a KeyboardEvent. */
export interface Key {
  readonly code: string;
  readonly key: string;
  readonly timeStamp: number;
  readonly repeat: boolean;
}

/** Mean pause between the keys of a scan, at most: no person types eight keys so fast. */
export const GAP_MS = 50;
/** The same of a text as long as a pass: slow readers on radio links; nobody types forty keys so evenly without a field to see them in. */
export const LONG_GAP_MS = 120;
/** Longest single pause inside a scan: radio links and busy computers hiccup. */
export const HICCUP_MS = 250;
/** A scanner without an end key has finished when it is silent this long. */
export const SILENCE_MS = 350;
/** Fewer fast keys than this may be a person. */
const SHORTEST_SCAN = 8;
/** Without an end key only a text as long as a pass counts. */
const SHORTEST_UNENDED = 40;
/** Longer than the longest pass, short enough to bound memory (E05: 4 kB of text). */
const LONGEST_SCAN = 4096;

const END_KEYS: ReadonlySet<string> = new Set(["Enter", "NumpadEnter", "Tab"]);
const DIGIT = /^(?:Digit|Numpad)([0-9])$/;
/** What some readers are set to say first, `]Q1`: that it is a QR code (ISO/IEC 15424). The bracket is another character on other layouts. */
const SYMBOLOGY = /^[^0-9]Q[0-6](?=[0-9]{40})/i;

/** The character that a key stands for, whatever the layout for digits; null for keys that type nothing. */
export function characterOf(key: Key): string | null {
  const digit = DIGIT.exec(key.code)?.[1];
  if (digit !== undefined) return digit;
  return [...key.key].length === 1 ? key.key : null;
}

/** Gathers keys into scans. */
export interface WedgeReader {
  /** True when the key belongs to a scan and must not reach the page. */
  press(key: Key): boolean;
  /** Called after silence: hands over a scan that came without an end key. */
  settle(): void;
  /** Whether a key is the first of what may become a scan. */
  begins(key: Key): boolean;
}

export function createWedgeReader(onText: (text: string) => void): WedgeReader {
  let typed = "";
  let firstAt = 0;
  let lastAt = Number.NEGATIVE_INFINITY;

  function isScan(shortest: number): boolean {
    const gapMs = (lastAt - firstAt) / (typed.length - 1);
    return typed.length >= shortest && gapMs <= (typed.length < SHORTEST_UNENDED ? GAP_MS : LONG_GAP_MS);
  }

  function end(shortest: number): boolean {
    const text = isScan(shortest) ? typed.replace(SYMBOLOGY, "") : null;
    typed = "";
    if (text !== null) onText(text);
    return text !== null;
  }

  const begins = (key: Key): boolean => typed === "" || key.timeStamp - lastAt > HICCUP_MS;

  function press(key: Key): boolean {
    if (key.repeat) return false;
    if (begins(key)) typed = "";
    if (END_KEYS.has(key.code)) return end(SHORTEST_SCAN);
    const character = characterOf(key);
    if (character === null) return false;
    if (typed === "") firstAt = key.timeStamp;
    typed = (typed + character).slice(0, LONGEST_SCAN);
    lastAt = key.timeStamp;
    return isScan(SHORTEST_SCAN);
  }

  return { press, begins, settle: () => void end(SHORTEST_UNENDED) };
}

/** The field that has the focus, as it is now: what puts it back to that. */
function fieldAsItIs(): () => void {
  const field = document.activeElement;
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return () => undefined;
  const { value } = field;
  return () => {
    if (field.value === value) return;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
}

/**
 * Listens for scans on the whole page.
 *
 *   Returns:  a function that stops listening
 */
export function listenForScans(target: EventTarget, onText: (text: string) => void): () => void {
  const reader = createWedgeReader(onText);
  let silence: ReturnType<typeof setTimeout> | undefined;
  let takeBack = (): void => undefined;

  function onKey(event: Event): void {
    if (!(event instanceof KeyboardEvent) || event.isComposing) return;
    clearTimeout(silence);
    if (reader.begins(event)) takeBack = fieldAsItIs();
    if (reader.press(event)) {
      // Otherwise the scanner's Enter would press whichever button has the focus.
      event.preventDefault();
      event.stopPropagation();
      takeBack(); // the first keys were taken for a person's
    }
    silence = setTimeout(() => {
      reader.settle();
    }, SILENCE_MS);
  }

  target.addEventListener("keydown", onKey, { capture: true });
  return () => {
    clearTimeout(silence);
    target.removeEventListener("keydown", onKey, { capture: true });
  };
}
