/** «Equipos»: how old the verifiers' lists are, as each last told; counts, and nothing that names anybody. */
import type { VNode } from "preact";
import { Notice } from "../../ui";
import type { AgeCounts, Ages } from "../facts";
import { countText, limitText, plural } from "../say";
import { t } from "../words";

const BAR_WIDTH = 100;
const BAR_HEIGHT = 10;
/** Beside each age, how a verdict stands by it (DESIGN §4): fresh, fresh, with a warning, not verified, cannot check. */
const TONES = ["good", "good", "warn", "late", "bad"] as const;

export function FleetSection({ ages }: { ages: Ages | null }): VNode {
  if (ages === null) return <Notice tone="warn">{t("fleet-failed")}</Notice>;
  if (ages.devices === 0) {
    return (
      <p class="soft">
        <strong>{t("fleet-none")}</strong> {t("fleet-none-why")}
      </p>
    );
  }
  const { clockOff } = ages;
  return (
    <div class="stack">
      <p>
        <strong>{plural("fleet-summary", ages.devices, { recent: countText(ages.reportedLastDay), devices: countText(ages.devices) })}</strong>
      </p>
      <AgesTable trust={ages.trust} status={ages.status} devices={ages.devices} />
      <p class={clockOff.devices === 0 ? "small soft" : "small"}>
        {clockOff.devices === 0 ? t("fleet-clock-none") : plural("fleet-clock", clockOff.devices, { limit: limitText(clockOff.beyondS) })}
      </p>
      <p class="small soft">{t("fleet-why")}</p>
    </div>
  );
}

function AgesTable({ trust, status, devices }: { trust: AgeCounts; status: AgeCounts; devices: number }): VNode {
  const rows = trust.buckets.map(({ upToS, devices: count }, place) => ({
    label: upToS === null ? t("fleet-older", { limit: limitText(trust.buckets[place - 1]?.upToS ?? 0) }) : t("fleet-up-to", { limit: limitText(upToS) }),
    tone: TONES[place] ?? "bad",
    trust: count,
    status: status.buckets[place]?.devices ?? 0,
  }));
  return (
    <table class="fleet" aria-label={t("fleet-table")}>
      <thead>
        <tr>
          <th scope="col">{t("fleet-age")}</th>
          <th scope="col">{t("fleet-trust")}</th>
          <th scope="col">{t("fleet-status")}</th>
        </tr>
      </thead>
      <tbody>
        {[...rows, { label: t("fleet-never"), tone: "bad", trust: trust.never, status: status.never }].map((row) => (
          <tr key={row.label}>
            <th scope="row">{row.label}</th>
            <Cell count={row.trust} of={devices} tone={row.tone} />
            <Cell count={row.status} of={devices} tone={row.tone} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell({ count, of, tone }: { count: number; of: number; tone: string }): VNode {
  const width = count === 0 ? 0 : Math.max(3, (count / of) * BAR_WIDTH);
  return (
    <td>
      <span class="nums">{countText(count)}</span>
      <svg class={`fleet-bar fleet-${tone}`} width="100%" height={BAR_HEIGHT} viewBox={`0 0 ${BAR_WIDTH} ${BAR_HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <rect class="fleet-track" width={BAR_WIDTH} height={BAR_HEIGHT} />
        <rect width={width} height={BAR_HEIGHT} />
      </svg>
    </td>
  );
}
