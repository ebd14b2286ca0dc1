/** «Alarmas»: what has lost half of its life without being renewed, and when the signatures of each role end. */
import type { VNode } from "preact";
import { Notice } from "../../ui";
import { alarmCount, type Alarm, type Alarms, type Weak } from "../facts";
import { awaitedText, dayText, listText, momentText, ofUse, plural, roleName, seriesListText, shortKid, useName, whenText } from "../say";
import { now } from "../state";
import { sayFailure, t } from "../words";
import { Copyable } from "./copyable";

export function AlarmsSection({ alarms, failure }: { alarms: Alarms | null; failure: string | null }): VNode {
  if (alarms === null) {
    return (
      <Notice tone="bad" title={t("alarms-broken")}>
        {sayFailure(failure ?? "unexpected")}
      </Notice>
    );
  }
  return (
    <div class="stack">
      {alarms.elsewhere.map(({ kid, use, count, at }) => (
        <Notice key={kid} tone="bad" title={t("alarm-elsewhere", { use: useName(use) })}>
          {plural("alarm-elsewhere-seen", count, { kid: shortKid(kid), moment: momentText(at) })} {t("alarm-elsewhere-do")}
          <Copyable text={`amate keys acknowledge ${kid}`} label={shortKid(kid)} />
        </Notice>
      ))}
      {alarms.halted.map((halt) => (
        <Notice key={halt.kid} tone="bad" title={t("alarm-halted", { use: useName(halt.use) })}>
          {t("alarm-halted-why", { kid: shortKid(halt.kid), moment: momentText(halt.at), of: ofUse(halt.use) })}
          <Copyable text={`amate keys unhalt ${halt.kid}`} label={shortKid(halt.kid)} />
        </Notice>
      ))}
      {alarms.waiting.map((draft) => (
        <Notice key={draft.number} tone="warn" title={t("alarm-waiting", { about: roleName(draft.role), version: draft.version })}>
          {awaitedText([draft])}
          <Copyable text="amate trust drafts" label={roleName(draft.role)} />
        </Notice>
      ))}
      {alarms.weak.map((weak) => (
        <Weakened key={weak.role} weak={weak} />
      ))}
      {alarmCount(alarms) > 0 ? null : (
        <p class="soft">
          <strong>{t("alarms-none")}</strong> {t("alarms-none-why")}
        </p>
      )}
      {alarms.ringing.length === 0 ? null : (
        <ul class="stack-tight">
          {alarms.ringing.map((alarm) => (
            <li key={`${alarm.kind} ${alarm.name}`}>
              <Ringing alarm={alarm} />
            </li>
          ))}
        </ul>
      )}
      <Roles roles={alarms.roles} />
    </div>
  );
}

/** A role whose signers dwindle: who does not answer, and how near it is to nobody being able to sign. */
function Weakened({ weak: { role, gone, spare } }: { weak: Weak }): VNode {
  const named = gone.map(({ holder, since }) => (since === null ? holder : t("alarm-weak-gone", { holder, day: dayText(since) })));
  const left = spare > 0 ? t("alarm-weak-spare", { count: spare }) : t(spare === 0 ? "alarm-weak-last" : "alarm-weak-over");
  return (
    <Notice tone={spare < 0 ? "bad" : "warn"} title={t("alarm-weak", { name: roleName(role) })}>
      {t("alarm-weak-who", { gone: listText(named) })} {left} {t("alarm-weak-do")}
    </Notice>
  );
}

function titleOf({ kind, name, shards }: Alarm): string {
  if (kind === "role") return t("alarm-is-role", { name: roleName(name) });
  return kind === "key" ? t("alarm-is-key", { of: ofUse(name), series: seriesListText(shards) }) : t(`alarm-is-${kind}`);
}

function Ringing({ alarm }: { alarm: Alarm }): VNode {
  const { until, remedy } = alarm;
  const title = titleOf(alarm);
  return (
    <div class="notice notice-warn">
      <div class="notice-body">
        <strong>{title}</strong>
        <div>{until === null ? t("alarm-missing") : t("alarm-ends", { day: dayText(until), when: whenText(until, now.value) })}</div>
        {remedy.split("\n").map((command) => (
          <Copyable key={command} text={command} label={title} />
        ))}
      </div>
    </div>
  );
}

function Roles({ roles }: { roles: Alarms["roles"] }): VNode {
  return (
    <div class="stack-tight">
      <h3>{t("roles-title")}</h3>
      <dl class="facts">
        {roles.map(({ role, endsAt }) => (
          <div key={role}>
            <dt>{roleName(role)}</dt>
            <dd>{t("role-until", { day: dayText(endsAt), when: whenText(endsAt, now.value) })}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
