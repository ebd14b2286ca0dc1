"""Who stands in line on a working day: people whose cards hold, end and are replaced, and their codes of every kind."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from amate.demo.people import SyntheticPerson, everybody
from amate.demo.phone import Phone
from amate.demo.seed import ENROLLED
from tests.journeys.day import LENT, Card, Code
from tests.journeys.phones import desk_of, phone_of, put_in
from tests.journeys.test_main_job import sample
from tests.live import ROOT, LiveServer

AGO_S, AHEAD_S = 300, 3600
FRESH_S = 45  # a code of one use is shown again within this
TOKEN_LIVES_S = 200  # and a little more
TORN_DIGITS = 40
SAMPLED, PRINTED = 1, 3  # of whom among all people a demonstration's samples are (amate.demo.seed)
BY_PHONE, TORN = 0.5, 0.05
# At a family clinic of IMSS's ordinary regime: its own insured and pensioners are attended wholly. Whoever has no
# social security is IMSS-Bienestar's in a federalised state, such as theirs, and attended here in what is urgent alone.
INSURED_HERE = ("IMSS · vigente", "Atienda aquí", "Paga: IMSS. Todos los servicios")
UNINSURED_HERE = ("Sin seguridad social", "Atienda lo urgente", "Paga: IMSS-Bienestar. Servicios aquí: urgencias")
VECTORS = ROOT / "tests" / "vectors" / "verdict.json"


class Shown(NamedTuple):
    """A way in which digits come before a counter: how they were made, of which card, and how to get them.

    answer: as of a Code
    """

    kind: str
    card: Card | None
    digits: Callable[[], str]
    answer: Callable[[str], str] | None = None


@dataclass(eq=False)
class Holder:
    """Somebody with a phone, and what they have shown with it."""

    card: Card
    person: SyntheticPerson
    phone: Phone
    seen: list[str] = field(default_factory=list)

    def show(self) -> str:
        self.seen.append(text := self.phone.show())
        return text

    def show_by_a_wrong_clock(self, challenge: str | None = None) -> str:
        self.seen.append(text := self.phone.show(ahead_s=AHEAD_S, challenge=challenge))
        return text


@dataclass
class People:
    """The line. Who is `steady` keeps their card all day, and lends codes of it.

    others: what comes before a counter without one of their phones
    due:    what each counter is to be shown next, before anything else
    lent:   the newest code of one use, and when it was made
    """

    server: LiveServer
    chance: random.Random
    holders: list[Holder] = field(default_factory=list)
    others: list[Shown] = field(default_factory=list)
    desk: str = field(init=False)
    due: tuple[list[Shown], list[Shown]] = field(default_factory=lambda: ([], []))
    lent: tuple[str, float] = ("", 0.0)
    refreshed_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.desk = desk_of(self.server)
        adults = [person for person in everybody()[ENROLLED:] if person.guardian_curp is None]
        names = ("steady", "renewing", "robbed", "moving")
        self.steady, self.renewing, self.robbed, self.moving = (
            self._with_phone(name, person) for name, person in zip(names, adults, strict=False)
        )
        self.printed = Card("printed", everybody()[PRINTED].curp, INSURED_HERE)
        ended, sampled = Card("ended before", "", ended=0), Card("sampled", everybody()[SAMPLED].curp, INSURED_HERE)
        kinds = {"screenshot": "photographed", "skewed": "clock ahead", "printed": "printed", "revoked": "shown"}
        cards = {"screenshot": sampled, "skewed": sampled, "printed": self.printed, "revoked": ended}
        self.others = [self._sample(name, kind, cards[name]) for name, kind in kinds.items()]
        self.others += [self._sample(name, name, None) for name in ("expired", "forged", "foreign")]
        self.others += [Shown("unknown issuer", None, _of_another_deployment)]
        self.others += [
            Shown("photographed", self.steady.card, lambda: self.steady.phone.show(ahead_s=-AGO_S)),
            Shown("photographed", self.robbed.card, lambda: self.robbed.phone.show(ahead_s=-AGO_S)),
            Shown(
                "clock ahead", self.steady.card, self.steady.show_by_a_wrong_clock, self.steady.show_by_a_wrong_clock
            ),
        ]

    def shows(self, counter: int, *, lends: float, is_seen: bool) -> Code:
        """The digits that the next person shows at a counter.

        lends:   how likely it is a code that a relative borrowed, good for one showing
        is_seen: whether its verdict will be looked at; what is due waits for that
        """
        if is_seen and self.due[counter]:
            return _taken(self.due[counter].pop())
        if self.chance.random() < lends:
            return Code(self._lent(), LENT, self.steady.card)
        kind = self.chance.random()
        if kind < TORN:
            return Code(self.chance.choice(self.holders).show()[:-TORN_DIGITS], "torn", None)
        return _taken(self.chance.choice(self._by_phone() if kind < TORN + BY_PHONE else self.others))

    def put_first(self, *cards: Card) -> None:
        """Each counter is shown these cards next."""
        for due in self.due:
            due[:] = [shown for shown in (*self._by_phone(), *self.others) if shown.card in cards]

    def renew(self) -> None:
        """One of them has a new pass of the same card."""
        self.renewing.phone.refresh()
        self.renewing.phone.renew()

    def lose_a_phone(self) -> tuple[Card, ...]:
        """One of them was robbed, and the centre is told: the cards that ended."""
        self._revoke_all_of(self.robbed.person)
        return (self.robbed.card,)

    def replace_cards(self) -> tuple[Card, ...]:
        """Who was robbed has a new card, somebody moves to a new phone, and a print was lost: the cards that ended."""
        for former in (self.robbed, self.moving):
            self._with_phone(f"{former.card.name} anew", former.person)
        self._revoke_all_of(everybody()[PRINTED])
        return self.moving.card, self.printed

    def _revoke_all_of(self, person: SyntheticPerson) -> None:
        """By the command of the centre."""
        known_as = put_in(self.server, person, desk=self.desk)["person_id"]
        self.server.amate("credentials", "revoke", "--person", known_as, "--reason", "lost")

    def _by_phone(self) -> list[Shown]:
        return [Shown("shown", holder.card, holder.show) for holder in self.holders]

    def _with_phone(self, name: str, person: SyntheticPerson) -> Holder:
        assert person.memberships == ()
        card = Card(name, person.curp, UNINSURED_HERE)
        holder = Holder(card, person, phone_of(self.server, person, desk=self.desk))
        self.holders.append(holder)
        return holder

    def _sample(self, name: str, kind: str, card: Card | None) -> Shown:
        return Shown(kind, card, lambda: sample(self.server, name))

    def _lent(self) -> str:
        """A code of one use, and now and then the same once more."""
        if time.monotonic() - self.lent[1] > FRESH_S or self.chance.random() < 0.5:
            phone = self.steady.phone
            if time.monotonic() - self.refreshed_at > TOKEN_LIVES_S:
                phone.refresh()
                self.refreshed_at = time.monotonic()
            self.lent = (phone.one_time_code(), time.monotonic())
        return self.lent[0]


def _taken(shown: Shown) -> Code:
    return Code(shown.digits(), shown.kind, shown.card, shown.answer)


def _of_another_deployment() -> str:
    """A phone's code that is valid where the issuers of the test vectors are known."""
    (case,) = (case for case in json.loads(VECTORS.read_text())["cases"] if case["id"] == "device")
    text: str = case["input"]["text"]
    return text
