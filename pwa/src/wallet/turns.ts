/** One tab at a time spends the card's refresh token: it works once, so two tabs together would end what the card renews by. */
import { Failure } from "../device/failure";
import { inTurn as oneAfterTheOther } from "../device/turn";
import { loadCard, type Card } from "./card";

const NAME = "amate-card";

/** Does `work` once no other tab of this wallet is at such work, on the card as it lies on the phone by then. */
export function inTurn<Result>(card: Card, work: (latest: Card) => Promise<Result>): Promise<Result> {
  return alone(async () => work(await latestOf(card)));
}

/** Does `work` while nobody else is at work on the card. */
export function alone<Result>(work: () => Promise<Result>): Promise<Result> {
  return oneAfterTheOther(NAME, work);
}

/** What another tab may have written meanwhile; our own where the phone had no room for it. Raises card-replaced. */
async function latestOf(card: Card): Promise<Card> {
  const stored = await loadCard().catch(() => null);
  if (stored === null || stored === "tampered") return card;
  if (stored.credential !== card.credential) throw new Failure("card-replaced");
  return stored.renewedAt < card.renewedAt ? card : stored;
}
