"""The day's own rules: who can have heard what, and that what was lost or told twice is found."""

from __future__ import annotations

import pytest

from tests.journeys.day import LENT, VERDICTS, Card, Code, Expected, Line, Made, News, Oracle, accounts_for

SURE = [Made("valid", "a"), Made("not_valid", None), Made("valid", "a")]
TORN = [Made("valid", "a", is_certain=False), Made("valid", "a"), Made("not_a_pass", None, is_certain=False)]
A, BAD, GREY = ("valid", "a"), ("not_valid", None), ("not_a_pass", None)
APART, CONNECTED, WHOLE = Line(False, False), Line(True, False), Line(True, True)


def word(oracle: Oracle, code: Code, counter: int = 0, line: Line = APART) -> set[str]:
    return set(oracle.expects(code, counter, line).verdicts)


def test_word_of_a_card_that_ended_comes_to_each_counter_with_its_own_synchronisation() -> None:
    news = News()
    oracle, card = Oracle(news), Card("one", "CURP")
    code = Code("1", "shown", card)
    assert oracle.expects(code, 0, APART) == Expected(frozenset({"valid"}), "CURP")
    news.publish(card)
    news.reach_counter(0)
    assert (word(oracle, code), news.how_far(card, 0)) == ({"valid"}, "centre"), "its node has not heard of it"
    news.reach_node()
    assert (word(oracle, code), news.how_far(card, 0)) == ({"valid"}, "node")
    news.reach_counter(0)
    assert oracle.expects(code, 0, APART) == Expected(frozenset({"not_valid"}), None)
    assert (word(oracle, code, 1), news.how_far(card, 0), news.how_far(card, 1)) == ({"valid"}, "counter", "node")


def test_what_ends_later_holds_while_only_earlier_news_is_known() -> None:
    news = News()
    first, second = Card("first", "A"), Card("second", "B")
    news.publish(first)
    news.reach_node()
    news.reach_counter(0)
    news.publish(second)
    news.reach_node()
    oracle = Oracle(news)
    assert word(oracle, Code("1", "printed", first)) == {"not_valid"}
    assert word(oracle, Code("2", "printed", second)) == {"check_identity"}


def test_a_code_of_one_use_is_used_up_where_somebody_can_be_asked_and_nowhere_else() -> None:
    oracle, card = Oracle(News()), Card("one", "CURP")
    first, second = Code("1", LENT, card), Code("2", LENT, card)
    assert word(oracle, first) == {"check_identity"}
    assert word(oracle, first, 0, CONNECTED) == {"check_identity"}, "only the centre knows of other clinics"
    assert word(oracle, first, 1, WHOLE) == {"not_valid", "check_identity"}
    assert word(oracle, second, 0, WHOLE) == {"valid", "check_identity"}
    assert word(oracle, second) == {"not_valid", "check_identity"}, "this counter asked, and may remember"
    assert word(oracle, second, 1) == {"check_identity"}, "that one did not"


@pytest.mark.parametrize("kind", [kind for kind, word in VERDICTS.items() if word.startswith("not")])
def test_what_is_refused_names_nobody(kind: str) -> None:
    expected = Oracle(News()).expects(Code("1", kind, Card("one", "CURP")), 0, WHOLE)
    assert expected == Expected(frozenset({VERDICTS[kind]}), None)


@pytest.mark.parametrize(
    ("made", "receipts"),
    [(SURE, [A, BAD, A]), (TORN, [A]), (TORN, [A, A]), (TORN, [A, GREY]), (TORN, [A, A, GREY]), ([], [])],
)
def test_the_book_keeping_accounts_for_what_was_scanned(
    made: list[Made], receipts: list[tuple[str, str | None]]
) -> None:
    assert accounts_for(receipts, made)


@pytest.mark.parametrize(
    ("made", "receipts"),
    [
        (SURE, [A, BAD]),
        (SURE, [A, A]),
        (SURE, [A, BAD, A, A]),
        (SURE, [BAD, A, A]),
        (TORN, []),
        (TORN, [A, A, A]),
        (TORN, [GREY]),
        (TORN, [A, GREY, GREY]),
        ([], [A]),
    ],
)
def test_the_book_keeping_finds_what_was_lost_or_told_twice_or_in_another_order(
    made: list[Made], receipts: list[tuple[str, str | None]]
) -> None:
    assert not accounts_for(receipts, made)
