/** Every drawing of the faces. A drawing stands in the page only where it is shown: a sheet of all of them costs each first paint. */
import type { JSX } from "preact";

const line = {
  fill: "none",
  stroke: "currentColor",
  "stroke-width": 2,
  "stroke-linecap": "round",
  "stroke-linejoin": "round",
  "aria-hidden": "true",
  focusable: "false",
} as const;

const ICONS = {
  card: () => (
    <>
      <rect x="2.5" y="5" width="19" height="14" rx="2.5" />
      <path d="M2.5 9.500h19M6 15h4" />
    </>
  ),
  pin: () => (
    <>
      <path d="M12 21.500s7.5-6.2 7.5-12a7.5 7.5 0 1 0-15 0c0 5.8 7.5 12 7.5 12z" />
      <circle cx="12" cy="9.5" r="2.5" />
    </>
  ),
  family: () => (
    <>
      <circle cx="8.5" cy="8" r="3.2" />
      <circle cx="17" cy="9.5" r="2.3" />
      <path d="M2 20c0-4 2.6-6.5 6.5-6.500S15 16 15 20M16 14.200c3.6-.6 6 1.4 6 4.8" />
    </>
  ),
  clock: () => (
    <>
      <circle cx="12" cy="12" r="9.2" />
      <path d="M12 6.800V12l3.5 2.2" />
    </>
  ),
  settings: () => (
    <>
      <path d="M4 7h8M18 7h2M4 17h2M12 17h8" />
      <circle cx="15" cy="7" r="2.8" />
      <circle cx="9" cy="17" r="2.8" />
    </>
  ),
  back: () => <path d="M15 5l-7 7 7 7" />,
  next: () => <path d="M9 5l7 7-7 7" />,
  down: () => <path d="M5 9l7 7 7-7" />,
  close: () => <path d="M6 6l12 12M18 6L6 18" />,
  menu: () => <path d="M4 7h16M4 12h16M4 17h16" />,
  qr: () => <path d="M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2.500v2.500M20 14v2M14 20h2M19 19h1v1" />,
  camera: () => (
    <>
      <path d="M4 8h3.500L9 5.500h6L16.5 8H20a1.5 1.5 0 0 1 1.5 1.500v8.500A1.5 1.5 0 0 1 20 19.500H4A1.5 1.5 0 0 1 2.5 18V9.500A1.5 1.5 0 0 1 4 8z" />
      <circle cx="12" cy="13.3" r="3.5" />
    </>
  ),
  torch: () => <path d="M8 3h8v4l-2 3v11h-4V10L8 7zM8 6.500h8M12 13v1.5" />,
  keyboard: () => (
    <>
      <rect x="2.5" y="6" width="19" height="12" rx="2" />
      <path d="M6 10h.01M10 10h.01M14 10h.01M18 10h.01M8 14h8" />
    </>
  ),
  link: () => <path d="M10 14a4.2 4.2 0 0 0 6 0l3.5-3.500a4.2 4.2 0 0 0-6-6L12 6M14 10a4.2 4.2 0 0 0-6 0l-3.5 3.500a4.2 4.2 0 0 0 6 6L12 18" />,
  hospital: () => <path d="M4 21V6.500L12 3l8 3.500V21M2.5 21h19M12 8v6M9 11h6M9.5 21v-3.500h5V21" />,
  route: () => <path d="M20.5 3.500L3.5 10.500l7 3 3 7z" />,
  phone: () => (
    <>
      <rect x="6.5" y="2.5" width="11" height="19" rx="2.5" />
      <path d="M11 18.500h2" />
    </>
  ),
  print: () => <path d="M7 9V3.500h10V9M7 17H4.500A1.5 1.5 0 0 1 3 15.500v-5A1.5 1.5 0 0 1 4.5 9h15a1.5 1.5 0 0 1 1.5 1.500v5a1.5 1.5 0 0 1-1.5 1.500H17M7 14h10v6.500H7z" />,
  id: () => (
    <>
      <rect x="2.5" y="4.5" width="19" height="15" rx="2.5" />
      <circle cx="8.5" cy="10.5" r="2.2" />
      <path d="M5 16.500c.4-3 6.6-3 7 0M15 9.500h3.500M15 13.500h3.5" />
    </>
  ),
  key: () => (
    <>
      <circle cx="8" cy="15.5" r="4.5" />
      <path d="M11.2 12.300L20 3.500M16 7.500l3 3" />
    </>
  ),
  home: () => <path d="M3.5 11.500L12 4l8.5 7.500M6 9.800V20h12V9.8" />,
  sun: () => (
    <>
      <circle cx="12" cy="12" r="4" />
      <path d="M12 2.500v2M12 19.500v2M2.5 12h2M19.5 12h2M5.3 5.300l1.4 1.400M17.3 17.300l1.4 1.400M18.7 5.300l-1.4 1.400M6.7 17.300l-1.4 1.4" />
    </>
  ),
  check: () => <path d="M4.5 12.500l5 5L20 7" />,
  info: () => (
    <>
      <circle cx="12" cy="12" r="9.2" />
      <path d="M12 11v5.500M12 7.500h.01" />
    </>
  ),
  warn: () => <path d="M12 3.500L22 20.500H2zM12 10v4.500M12 17.500h.01" />,
  error: () => <path d="M8 2.500h8L21.5 8v8L16 21.500H8L2.5 16V8zM9 9l6 6M15 9l-6 6" />,
  offline: () => <path d="M3 3l18 18M5 12.500a10 10 0 0 1 3.2-2.200M19 12.500a10 10 0 0 0-6-2.900M2 9a14.5 14.5 0 0 1 3.8-2.600M22 9a14.5 14.5 0 0 0-11-3.700M8.5 16a5 5 0 0 1 6 -.8M12 19.500h.01" />,
  sync: () => <path d="M20 6v5h-5M4 18v-5h5M5.5 9.500A7.5 7.5 0 0 1 18.7 8L20 11M18.5 14.500A7.5 7.5 0 0 1 5.3 16L4 13" />,
  download: () => <path d="M12 3.500v12M7 11l5 5 5-5M4 20.500h16" />,
  shield: () => <path d="M12 2.800l8 3v6c0 4.8-3.3 8-8 9.7-4.7-1.7-8-4.9-8-9.700v-6zM8.5 12l2.5 2.500L15.5 10" />,
  trash: () => <path d="M4 6.500h16M9 6.500V4h6v2.500M6 6.500l1 14h10l1-14M10 10.500v6M14 10.500v6" />,
} satisfies Record<string, () => JSX.Element>;

const VERDICTS = {
  valid: () => (
    <>
      <circle cx="40" cy="40" r="35" />
      <path d="M23 41l12 12 23-25" stroke-width={8} />
    </>
  ),
  check_identity: () => (
    <>
      <rect x="5" y="13" width="70" height="54" rx="9" />
      <circle cx="28" cy="34" r="8" fill="currentColor" stroke="none" />
      <path d="M15 56c2-11 24-11 26 0z" fill="currentColor" stroke="none" />
      <path d="M50 32h14M50 46h14" />
    </>
  ),
  stale: () => (
    <>
      <path d="M40 6l36 63H4z" />
      <path d="M40 29v19l11 7" />
    </>
  ),
  not_valid: () => (
    <>
      <path d="M26 4h28l22 22v28L54 76H26L4 54V26z" />
      <path d="M28 28l24 24M52 28L28 52" stroke-width={8} />
    </>
  ),
  not_a_pass: () => (
    <>
      <rect x="7" y="7" width="66" height="66" rx="10" stroke-dasharray="15 11" />
      <path d="M31 32c0-13 19-12 19 0 0 8-10 8-10 16M40 60v.1" />
    </>
  ),
} satisfies Record<string, () => JSX.Element>;

export type IconName = keyof typeof ICONS;

/** A decorative drawing of `size` px; the words beside it carry the meaning. */
export function Icon({ name, size = 24 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg {...line} width={size} height={size} viewBox="0 0 24 24">
      {ICONS[name]()}
    </svg>
  );
}

export type VerdictName = keyof typeof VERDICTS;

/** The shape of a verdict (circle, card, triangle, octagon, dashed square): never colour alone. */
export function VerdictIcon({ verdict, size = 84 }: { verdict: VerdictName; size?: number }): JSX.Element {
  return (
    <svg {...line} stroke-width={6} width={size} height={size} viewBox="0 0 80 80">
      {VERDICTS[verdict]()}
    </svg>
  );
}
