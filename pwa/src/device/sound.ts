/**
 * Each verdict has a tone of its own, told apart without looking (and by people who do not tell pitches apart: by rhythm and length).
 */

export type Tone = "valid" | "check_identity" | "stale" | "not_valid" | "not_a_pass";

interface Note {
  readonly hz: number;
  readonly atS: number;
  readonly forS: number;
  readonly wave: OscillatorType;
}

const note = (hz: number, atS: number, forS: number, wave: OscillatorType = "sine"): Note => ({ hz, atS, forS, wave });

/** High and rising; two equal; three falling; one long low; one short click. */
export const MELODIES: Readonly<Record<Tone, readonly Note[]>> = {
  valid: [note(988, 0, 0.11), note(1319, 0.12, 0.2)],
  check_identity: [note(659, 0, 0.14), note(659, 0.24, 0.14)],
  stale: [note(784, 0, 0.1), note(587, 0.15, 0.1), note(440, 0.3, 0.16)],
  not_valid: [note(165, 0, 0.7, "square")],
  not_a_pass: [note(294, 0, 0.08, "triangle")],
};

const SHAKES: Readonly<Record<Tone, number[]>> = {
  valid: [60],
  check_identity: [60, 100, 60],
  stale: [60, 60, 60, 60, 60],
  not_valid: [400],
  not_a_pass: [30],
};

const LOUDNESS = 0.25;
/** Fade at both ends, so that a tone does not click. */
const FADE_S = 0.012;

export interface Sounds {
  /** Browsers let a page sound only after a touch or a key: call it from one. */
  unlock(): void;
  play(tone: Tone): void;
  setMuted(muted: boolean): void;
}

function sound(context: AudioContext, { hz, atS, forS, wave }: Note): void {
  const begin = context.currentTime + atS;
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.type = wave;
  oscillator.frequency.value = hz;
  gain.gain.setValueAtTime(0, begin);
  gain.gain.linearRampToValueAtTime(LOUDNESS, begin + FADE_S);
  gain.gain.setValueAtTime(LOUDNESS, begin + forS - FADE_S);
  gain.gain.linearRampToValueAtTime(0, begin + forS);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(begin);
  oscillator.stop(begin + forS);
}

/** Tones by WebAudio, with a short vibration where the device has one; silent where neither exists. */
export function createSounds(muted: boolean): Sounds {
  let isMuted = muted;
  let context: AudioContext | null = null;

  function open(): AudioContext | null {
    if (!("AudioContext" in globalThis)) return null;
    context ??= new AudioContext();
    if (context.state === "suspended") void context.resume();
    return context;
  }

  return {
    unlock: () => void open(),
    play(tone) {
      if (isMuted) return;
      const opened = open();
      if (opened) for (const one of MELODIES[tone]) sound(opened, one);
      if ("vibrate" in navigator) navigator.vibrate(SHAKES[tone]);
    },
    setMuted(value) {
      isMuted = value;
    },
  };
}
