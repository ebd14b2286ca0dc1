/** «Qué hacer ahora»: each thing with its day and who does it; what the console cannot do has its command. */
import type { VNode } from "preact";
import { Button, EmptyState, Icon, LinkButton, Notice, type ButtonLook, type IconName } from "../../ui";
import { firstDay, type Task, type Tasks } from "../due";
import type { Plan } from "../facts";
import { toEmergency, toIncident, toProposal, toSection } from "../place";
import { countText, dayText, listText, seriesListText, taskText, whenText } from "../say";
import { actFailure, busy, mayAct } from "../state";
import { proposeChange } from "../work";
import { sayFailure, t } from "../words";
import { Copyable } from "./copyable";

const ICONS: Readonly<Record<string, IconName>> = { elsewhere: "error", halted: "error", weak: "warn", draft: "id", alarm: "clock", approve: "id", "carry-out": "check", withdraw: "warn", frozen: "warn", publish: "sync" };

export function DueSection({ tasks, plan }: { tasks: Tasks; plan: Plan }): VNode {
  return (
    <div class="stack">
      {actFailure.value === null ? null : (
        <Notice tone="bad" title={t("action-failed-title")}>
          {sayFailure(actFailure.value)}
        </Notice>
      )}
      {tasks.now.length === 0 ? <Nothing next={firstDay(tasks.later)} plan={plan} /> : <TaskList tasks={tasks.now} plan={plan} isFirstPrimary />}
      {tasks.later.length === 0 ? null : (
        <details class="fold">
          <summary>{t("due-later", { count: countText(tasks.later.length) })}</summary>
          <TaskList tasks={tasks.later} plan={plan} />
        </details>
      )}
    </div>
  );
}

const lowered = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1);

function Nothing({ next, plan }: { next: readonly Task[]; plan: Plan }): VNode {
  const what = listText(next.map((task) => lowered(taskText(task, plan))));
  const [first] = next;
  return (
    <EmptyState icon="check" title={t("due-none")} level={2}>
      <p>{first === undefined ? t("due-none-why") : t("due-next", { what, when: whenText(first.dueAt, plan.now) })}</p>
    </EmptyState>
  );
}

function TaskList({ tasks, plan, isFirstPrimary = false }: { tasks: readonly Task[]; plan: Plan; isFirstPrimary?: boolean }): VNode {
  return (
    <ul class="tasks">
      {tasks.map((task, place) => (
        <li key={`${task.what} ${task.use} ${task.kids.join()} ${task.dueAt}`}>
          <TaskRow task={task} plan={plan} look={isFirstPrimary && place === 0 ? "primary" : "outline"} />
        </li>
      ))}
    </ul>
  );
}

function TaskRow({ task, plan, look }: { task: Task; plan: Plan; look: ButtonLook }): VNode {
  const way = wayOf(task, look);
  return (
    <div class="task">
      <Icon name={ICONS[task.what] ?? "key"} size={28} />
      <div class="task-text">
        <h3 class="item-title">{taskText(task, plan)}</h3>
        <p class="item-sub">
          {t(`by-${task.by}`)} · {dueText(task, plan.now)}
        </p>
      </div>
      {way === null ? null : <div class="task-way">{way}</div>}
      {task.proposal === null ? <Commands task={task} isOpen={way === null && task.isDue} /> : null}
    </div>
  );
}

function dueText(task: Task, now: number): string {
  const day = dayText(task.dueAt);
  if (!task.isDue) return `${t("due-from", { day })}, ${whenText(task.dueAt, now)}`;
  if (task.what === "alarm") return t("due-by", { day });
  return task.proposal === null ? t("due-today") : t("due-until", { day });
}

/** Where a key of its own needs a page, and how its link is called. */
const LINKS = {
  elsewhere: { to: toEmergency, label: "key-emergency" },
  frozen: { to: toIncident, label: "do-decide" },
  reissue: { to: toIncident, label: "do-go-on" },
} as const;
/** What a proposal's link says, where somebody may act. */
const PROPOSAL_LINKS: Readonly<Record<string, "do-review" | "do-carry-out">> = { approve: "do-review", "carry-out": "do-carry-out" };
const hasLink = (what: string): what is keyof typeof LINKS => what in LINKS;
/** A clinic's report names a pass, not the key that signed it. */
const UNKNOWN = "unknown";

/** How it is done here; null when only a terminal can. */
function wayOf(task: Task, look: ButtonLook): VNode | null {
  const { what, proposal, kids } = task;
  const kid = kids.find((each) => each !== UNKNOWN);
  if (proposal !== null) {
    const href = toProposal(proposal.id);
    if (!mayAct.value) return <LinkButton href={href}>{t("do-look")}</LinkButton>;
    return <LinkButton look={look} href={href}>{t(PROPOSAL_LINKS[what] ?? "do-look")}</LinkButton>;
  }
  if (kid === undefined) return null;
  if (hasLink(what)) return <LinkButton look={look} href={LINKS[what].to(kid)}>{t(LINKS[what].label)}</LinkButton>;
  if ((what !== "activate" && what !== "retire") || !mayAct.value) return null;
  if (kids.length > 1) return <LinkButton look={look} href={toSection("llaves")}>{t("do-see-keys")}</LinkButton>;
  return <ProposeButton change={what} kid={kid} look={look} />;
}

function ProposeButton({ change, kid, look }: { change: "activate" | "retire"; kid: string; look: ButtonLook }): VNode {
  return (
    <Button look={look} busy={busy.value === "propose"} onClick={() => void proposeChange(change, kid)}>
      {t(`do-propose-${change}`)}
    </Button>
  );
}

function Commands({ task, isOpen }: { task: Task; isOpen: boolean }): VNode {
  const needsKey = task.commands.some((command) => command.includes("--key URI"));
  return (
    <details class="fold task-more" open={isOpen}>
      <summary>
        {t("due-command")}
        {task.shards.length > 1 && task.what !== "publish" ? ` · ${seriesListText(task.shards)}` : ""}
      </summary>
      <div class="stack-tight">
        {task.what === "stage" ? <p class="small soft">{t("due-stage")}</p> : null}
        {task.commands.map((command) => (
          <Copyable key={command} text={command} label={command} />
        ))}
        {needsKey ? <p class="small soft">{t("due-uri")}</p> : null}
      </div>
    </details>
  );
}
