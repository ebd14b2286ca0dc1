/** The number that a phone is to answer with, in view of both sides of the counter, while the camera goes on looking. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ANSWER_WITHIN_S, challengeText, secondsLeft, spaced } from "../../device/challenge";
import { Button, QrPanel, Ring, useFocusAtOnce } from "../../ui";
import { stopAsking, waiting } from "../asking";
import { asked, missed } from "../state";
import { t } from "../words";

const SIDE = 104;
const TICK_MS = 500;

export function Ask(): VNode | null {
  const question = asked.value;
  const [left, setLeft] = useState(ANSWER_WITHIN_S);
  const heading = useRef<HTMLHeadingElement>(null);
  useFocusAtOnce(heading);
  useEffect(() => {
    const tick = (): void => {
      const still = waiting();
      if (still !== null) setLeft(secondsLeft(still.since));
    };
    tick();
    const timer = setInterval(tick, TICK_MS);
    return () => clearInterval(timer);
  }, [question]);
  if (question === null) return null;
  const number = spaced(question.challenge);
  return (
    <section class="scan-panel ask" aria-labelledby="ask-title">
      <h2 id="ask-title" ref={heading} tabIndex={-1}>{t("ask-title")}</h2>
      <div class="ask-row">
        <QrPanel text={challengeText(question.challenge)} label={t("ask-qr-label", { number })} side={SIDE} />
        <p class="ask-number">
          <b class="mono nums">{number}</b>
          <span class="ask-left nums">
            <Ring left={left} of={ANSWER_WITHIN_S} />
            {t("ask-left", { n: left })}
          </span>
        </p>
      </div>
      <p class="small">{t("ask-do")}</p>
      <p class="small ask-missed" role="status">{missed.value === null ? null : t("ask-missed")}</p>
      <Button wide onClick={stopAsking}>{t("ask-cancel")}</Button>
    </section>
  );
}
