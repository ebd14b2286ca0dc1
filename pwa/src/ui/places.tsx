/** A clinic among others: what it is called, how far it is, and the way there. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { distanceText } from "./format";
import { Icon } from "./icons";
import { institutionText } from "./institutions";
import { t } from "./messages";

export interface PlaceProps {
  name: string;
  /** CLUES institution code. */
  institution: string;
  /** 1..3; anything else is not told. */
  level: number | null;
  distanceM: number | null;
  /** Latitude and longitude; without them there is no way to show. */
  at: readonly [number, number] | null;
  icon?: "hospital" | "pin";
  isMine?: boolean;
  /** One more line. */
  note?: string | undefined;
  /** When it is open, in words. */
  opening?: string;
}

export function PlaceItem({ name, institution, level, distanceM, at, icon = "pin", isMine = false, note, opening }: PlaceProps): JSX.Element {
  const isAsked = useSignal(false);
  return (
    <li class={isMine ? "item place place-mine" : "item place"}>
      <Icon name={icon} size={28} />
      <span class="item-text">
        <span class="item-title">{name}</span>
        <span class="item-sub nums">
          {distanceM === null ? null : <b>{distanceText(distanceM)} · </b>}
          {[institutionText(institution), levelText(level)].filter(Boolean).join(" · ")}
        </span>
        {opening === undefined ? null : <span class="item-sub">{opening}</span>}
        {note === undefined ? null : <span class="item-sub">{note}</span>}
        <span class="item-sub nums" role="status">{isAsked.value && at !== null ? t("place-find", { at: placeText(at) }) : null}</span>
      </span>
      {at === null ? null : (
        <a class="icon-btn way" href={wayTo(name, at)} aria-label={t("place-go", { name })} onClick={() => (isAsked.value = true)}>
          <Icon name="route" />
        </a>
      )}
    </li>
  );
}

/** How people call a level of care; null for what is none. */
export function levelText(level: number | null): string | null {
  if (level === 1) return t("place-level-1");
  if (level === 2) return t("place-level-2");
  return level === 3 ? t("place-level-3") : null;
}

/** To be typed into any map: five decimals are a metre. */
function placeText([lat, lon]: readonly [number, number]): string {
  return `${lat.toFixed(5)}, ${lon.toFixed(5)}`;
}

/** An address that the device opens in its own map, if it has one: whether it did, no page learns. */
function wayTo(name: string, [lat, lon]: readonly [number, number]): string {
  const label = encodeURIComponent(name);
  const isIos = /iPhone|iPad|iPod/.test(navigator.userAgent);
  return isIos ? `maps://?daddr=${lat},${lon}&q=${label}` : `geo:${lat},${lon}?q=${lat},${lon}(${label})`;
}
