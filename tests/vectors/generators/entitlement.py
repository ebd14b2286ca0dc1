"""Vectors of entitlement: what each person gets at each clinic, under the table in force and under a small one.

Every expectation is written by hand; the generator stops when the code disagrees.
"""

from __future__ import annotations

import copy
import re
from typing import Any

from amate.core import days, entitlement
from amate.core.entitlement import Affiliation, ClinicFacts, Entitled
from generators import decision_table
from generators._material import Case, case

TODAY = days.day_from_date("2026-06-15")
CLINICS: dict[str, ClinicFacts | None] = {
    "imss": ClinicFacts("HGIMS000018", "IMS", "HG", 1),
    "imss-third-level": ClinicFacts("DFIMS000020", "IMS", "DF", 3),
    "issste": ClinicFacts("HGIST000012", "IST", "HG", 1),
    "bienestar": ClinicFacts("HGIMB000011", "IMB", "HG", 1),
    "state": ClinicFacts("NLSSA000013", "SSA", "NL", 1),
    "state-of-no-known-state": ClinicFacts("ZZSSA000013", "SSA", "ZZ", 1),
    "pemex": ClinicFacts("TCPMX000015", "PMX", "TC", 2),
    "private": ClinicFacts("HGSMP000016", "SMP", "HG", None),
    "unlisted": ClinicFacts("HGXYZ000017", "XYZ", "HG", 1),
    "unknown": None,
}
# Who asks where: id | rows of the pass | clinic | what else is asked | status, payer, attend, rule, until.
# A row is institution/role, with its end as days from today (+1, -55) or as a day (=9999999); a point stands for none.
FIRST_ROWS = """
own-imss | 2/1 | imss | . | active 2 here own-institution .
own-issste-as-beneficiary | 3/2 | issste | . | active 3 here own-institution .
own-bienestar | 14/1 | bienestar | . | active 14 here own-institution .
own-until-tomorrow | 2/1+1 | imss | . | active 2 here own-institution +1
own-ended-today-is-retained | 2/1+0 | imss | . | retained 2 here retained-imss +56
retained-imss-last-day | 2/1-55 | imss | . | retained 2 here retained-imss +1
lapsed-imss-after-eight-weeks | 2/1-56 | imss | . | lapsed 14 refer without-social-security-elsewhere -56
retained-issste-last-day | 3/2-60 | issste | . | retained 3 here retained-issste +1
lapsed-issste-after-two-months | 3/2-61 | issste | . | lapsed 14 refer without-social-security-elsewhere -61
pensioner-has-no-retention | 2/3+0 | bienestar | . | lapsed 14 here without-social-security-federalised +0
pemex-has-no-retention | 4/1+0 | pemex | . | lapsed 14 urgent_only closed-service +0
retained-elsewhere | 2/1-5 | issste | . | retained 2 refer insured-elsewhere +51
insured-elsewhere | 2/1 | issste | . | active 2 refer insured-elsewhere .
insured-in-the-public-network | 2/1 | bienestar | . | active 2 refer insured-elsewhere .
exchange-prevention | 2/1 | issste | service=prevention | active 2 here_by_exchange exchange-services .
exchange-maternity-retained | 2/1-5 | bienestar | service=maternity | retained 2 here_by_exchange exchange-services +51
exchange-not-yet-in-force | 2/1 | issste | service=prevention on=2026-01-15 | active 2 refer insured-elsewhere .
exchange-first-day | 2/1 | issste | service=prevention on=2026-01-16 | active 2 here_by_exchange exchange-services .
pemex-at-imss | 4/1 | imss | . | active 4 refer insured-elsewhere .
pemex-at-pemex | 4/1 | pemex | . | active 4 here own-institution .
insured-at-a-closed-service | 2/1 | pemex | . | active 2 urgent_only closed-service .
insured-at-a-private-clinic | 2/1 | private | . | active 2 urgent_only private-clinic .
insured-at-an-unlisted-clinic | 2/1 | unlisted | . | active 2 urgent_only unknown-clinic .
insured-at-an-unknown-clinic | 2/1 | unknown | . | active 2 urgent_only unknown-clinic .
uninsured-at-an-unknown-clinic | . | unknown | . | uninsured . urgent_only unknown-clinic .
uninsured-federalised | . | bienestar | . | uninsured 14 here without-social-security-federalised .
uninsured-other-state | . | state | . | uninsured . here without-social-security-other-states .
uninsured-no-known-state | . | state-of-no-known-state | . | uninsured . refer otherwise .
uninsured-at-imss | . | imss | . | uninsured 14 refer without-social-security-elsewhere .
prevention-at-imss | . | imss | service=prevention | uninsured 14 here_by_exchange prevention-without-social-security .
uninsured-code-none | 1/1 | bienestar | . | uninsured 14 here without-social-security-federalised .
lapsed-federalised | 2/1-400 | bienestar | . | lapsed 14 here without-social-security-federalised -400
lapsed-other-state | 2/1-400 | state | . | lapsed . here without-social-security-other-states -400
lapsed-twice-tells-the-later | 2/1-400 3/2-300 | bienestar | . | lapsed 14 here without-social-security-federalised -300
bienestar-at-the-state | 14/1 | state | . | active . here bienestar-affiliate-in-the-public-network .
bienestar-at-imss | 14/1 | imss | . | active 14 refer otherwise .
minor-at-imss | . | imss | born=2015-06-16 | uninsured 14 here_by_exchange minor-without-social-security .
minor-lapsed-at-imss | 2/1-400 | imss | born=2015-06-16 | lapsed 14 here_by_exchange minor-without-social-security -400
minor-last-day | . | imss | born=2008-06-16 | uninsured 14 here_by_exchange minor-without-social-security .
adult-from-eighteen | . | imss | born=2008-06-15 | uninsured 14 refer without-social-security-elsewhere .
minor-uninsured-federalised | . | bienestar | born=2015-06-16 | uninsured 14 here without-social-security-federalised .
minor-insured-elsewhere | 2/1 | issste | born=2015-06-16 | active 2 refer insured-elsewhere .
unknown-institution-public | 8/1 | bienestar | . | unknown . here unconfirmed-affiliation .
unknown-institution-at-imss | 8/1 | imss | . | unknown 14 refer without-social-security-elsewhere .
unknown-institution-ended-is-lapsed | 8/1-1 | bienestar | . | lapsed 14 here without-social-security-federalised -1
unknown-before-lapsed | 2/1-400 8/1 | bienestar | . | unknown . here unconfirmed-affiliation .
unknown-behind-active | 8/1 2/1 | imss | . | active 2 here own-institution .
two-at-the-clinic-of-the-second | 2/1 3/2 | issste | . | active 3 here own-institution .
two-at-neither-titular-pays | 3/2 2/1 | bienestar | . | active 2 refer insured-elsewhere .
two-titular-before-beneficiary | 2/2 3/1 | bienestar | . | active 3 refer insured-elsewhere .
two-pensioner-before-beneficiary | 2/2 3/3 | bienestar | . | active 3 refer insured-elsewhere .
two-titular-by-institution | 3/1 2/1 | bienestar | . | active 2 refer insured-elsewhere .
two-active-before-retained | 2/1-5 3/2 | bienestar | . | active 3 refer insured-elsewhere .
two-retained-here-first | 2/1-5 3/2 | imss | . | retained 2 here retained-imss +51
two-insured-before-bienestar | 14/1 2/1 | bienestar | . | active 2 refer insured-elsewhere .
two-lapsed-and-active | 2/1-400 3/2 | imss | . | active 3 refer insured-elsewhere .
third-level-general | 2/1 | imss-third-level | assigned=HGIMS000018 | active 2 refer third-level-by-referral .
third-level-assigned | 2/1 | imss-third-level | assigned=DFIMS000020 | active 2 here own-institution .
third-level-assigned-unknown | 2/1 | imss-third-level | . | active 2 here own-institution .
third-level-other | 2/1 | imss-third-level | assigned=HGIMS000018 service=specialised | active 2 here own-institution .
service-of-another-name | 2/1 | imss | service=acupuncture | active 2 here own-institution .
urgent-own | 2/1 | imss | service=urgent | active 2 here urgent-with-affiliation .
urgent-elsewhere | 2/1 | pemex | service=urgent | active 2 here urgent-with-affiliation .
urgent-private | 2/1 | private | service=urgent | active 2 here urgent-with-affiliation .
urgent-retained | 2/1-5 | issste | service=urgent | retained 2 here urgent-with-affiliation +51
urgent-lapsed | 2/1-400 | imss | service=urgent | lapsed 14 here urgent-without-affiliation -400
urgent-uninsured | . | imss | service=urgent | uninsured 14 here urgent-without-affiliation .
urgent-unconfirmed | 8/1 | imss | service=urgent | unknown . here urgent-unconfirmed .
urgent-nowhere | . | unknown | service=urgent | uninsured . here urgent-without-affiliation .
end-of-the-calendar | 3/1=9999999 | issste | . | active 3 here own-institution =9999999
after-the-calendar | 3/1=9999999 | bienestar | day=10000000 | retained 3 refer insured-elsewhere =10000058
"""
SMALL_ROWS = """
small-before-its-day | 2/1 | imss | on=2026-06-14 | active 14 refer otherwise .
small-on-its-day | 2/1 | imss | . | active 2 refer one-day-only .
small-after-its-day | 2/1 | imss | on=2026-06-16 | active 14 refer otherwise .
small-own-without-one-is-public | . | imss | . | uninsured 14 refer one-day-only .
small-urgent-is-here-whatever-the-table-says | . | imss | service=urgent | uninsured 14 here otherwise .
small-assigned | 2/1 | imss | on=2026-06-16 assigned=HGIMS000018 | active 2 refer assigned .
small-adult | . | state | on=2026-06-16 born=2000-01-01 | uninsured . refer adults-in-another-state .
small-age-unknown | . | state | on=2026-06-16 | uninsured . refer otherwise .
"""


def _small() -> dict[str, Any]:
    """A table that asks what the one in force does not, and whose rules would turn urgent care away."""
    table = copy.deepcopy(decision_table.SMALL)
    otherwise = table["rules"].pop()
    then = {"payer": "own", "attend": "refer", "services": []}
    bare = {"from": None, "until": None, "then": then, "basis": "policy", "source": "example"}
    table["rules"] += [
        {"id": "assigned", **bare, "when": {"assigned": [True]}},
        {"id": "adults-in-another-state", **bare, "when": {"minor": [False], "state": ["other"]}},
        otherwise,
    ]
    return table


BORN = days.day_from_date("2010-06-15")  # 16 today
SINCE = days.day_from_date("2020-01-01")


def _child(institution: int, born: str, **changes: Any) -> tuple[Affiliation, int]:
    child = Affiliation(institution, 2, "child", SINCE, None)._replace(**changes)
    return child, days.day_from_date(born)


def _of(*affiliations: Affiliation) -> tuple[tuple[Affiliation, ...], None]:
    return affiliations, None


def _titular(institution: int, **changes: Any) -> Affiliation:
    return Affiliation(institution, 1, "titular", SINCE, None)._replace(**changes)


STUDENT = days.day_from_date("2027-02-01")
TWENTY_FIVE = days.day_from_date("2027-01-10")
# id, (affiliations, day of birth), rows expected
PassRow = tuple[str, tuple[Any, int | None], tuple[tuple[int, int, int | None], ...]]
PASS_ROWS: tuple[PassRow, ...] = (
    ("none", _of(), ()),
    ("titular", _of(_titular(2)), ((2, 1, None),)),
    ("not-yet-begun", _of(_titular(2, since_day=TODAY + 1)), ()),
    ("begins-today", _of(_titular(2, since_day=TODAY)), ((2, 1, None),)),
    ("no-affiliation-code", _of(_titular(99)), ()),
    ("ends-tomorrow", _of(_titular(2, until_day=TODAY + 1)), ((2, 1, TODAY + 1),)),
    ("retained", _of(_titular(2, until_day=TODAY - 55)), ((2, 1, TODAY - 55),)),
    ("past-retention", _of(_titular(2, until_day=TODAY - 56)), ()),
    ("too-short-for-retention", _of(_titular(2, since_day=TODAY - 55, until_day=TODAY)), ()),
    ("just-long-enough-for-retention", _of(_titular(2, since_day=TODAY - 56, until_day=TODAY)), ((2, 1, TODAY),)),
    ("retention-of-unknown-length", _of(_titular(2, since_day=None, until_day=TODAY)), ((2, 1, TODAY),)),
    ("pensioner-past-the-end", _of(Affiliation(2, 3, "pensioner", SINCE, TODAY)), ()),
    ("no-retention-at-pemex", _of(_titular(4, until_day=TODAY)), ()),
    ("unlisted-institution", _of(_titular(8, until_day=TODAY + 5)), ((8, 1, TODAY + 5),)),
    ("unlisted-institution-ended", _of(_titular(8, until_day=TODAY)), ()),
    ("child-of-imss-eve-of-sixteen", _child(2, "2010-06-16"), ((2, 2, TODAY + 1),)),
    ("child-of-imss-sixteen", _child(2, "2010-06-15"), ()),
    ("child-of-unknown-age", (_child(2, "2010-06-15")[0], None), ((2, 2, None),)),
    ("child-of-issste-sixteen", _child(3, "2010-06-15"), ((3, 2, days.day_from_date("2028-06-15")),)),
    ("child-of-issste-eighteen", _child(3, "2008-06-15"), ()),
    ("child-born-on-a-leap-day", _child(3, "2012-02-29"), ((3, 2, days.day_from_date("2030-03-01")),)),
    ("child-disabled", _child(2, "1990-06-15", disabled=True), ((2, 2, None),)),
    ("child-whose-parent-left", _child(2, "2015-06-15", until_day=TODAY - 3), ((2, 2, TODAY - 3),)),
    ("child-student-until-the-evidence-ends", _child(2, "2008-01-10", student_until_day=STUDENT), ((2, 2, STUDENT),)),
    ("child-student-until-twenty-five", _child(2, "2002-01-10", student_until_day=STUDENT), ((2, 2, TWENTY_FIVE),)),
    ("child-student-of-twenty-five", _child(2, "2001-06-15", student_until_day=STUDENT), ()),
    ("child-student-evidence-over", _child(2, "2008-01-10", student_until_day=TODAY), ()),
    (
        "child-student-evidence-before-sixteen",
        _child(2, "2012-01-10", student_until_day=TODAY - 9),
        ((2, 2, days.day_from_date("2028-01-10")),),
    ),
    ("child-where-no-age-is-set", _child(14, "1990-06-15"), ((14, 2, None),)),
    ("spouse-has-no-age", (Affiliation(2, 2, "spouse", SINCE, None), BORN), ((2, 2, None),)),
    (
        "same-twice-keeps-the-longer",
        _of(_titular(2, until_day=TODAY + 1), _titular(2, until_day=TODAY + 9)),
        ((2, 1, TODAY + 9),),
    ),
    ("same-twice-endless-wins", _of(_titular(2), _titular(2, until_day=TODAY + 9)), ((2, 1, None),)),
    (
        "payer-order",
        _of(
            _titular(14),
            _titular(8),
            Affiliation(2, 2, "spouse", SINCE, None),
            _titular(3, until_day=TODAY - 1),
            Affiliation(2, 3, "pensioner", SINCE, None),
            _titular(4),
        ),
        ((4, 1, None), (2, 3, None), (2, 2, None), (3, 1, TODAY - 1), (14, 1, None), (8, 1, None)),
    ),
    (
        "at-most-eight",
        _of(
            *(_titular(code) for code in (2, 3, 4, 5, 6, 11)),
            *(Affiliation(code, 2, "spouse", SINCE, None) for code in (2, 3, 4)),
        ),
        (*((code, 1, None) for code in (2, 3, 4, 5, 6, 11)), (2, 2, None), (3, 2, None)),
    ),
)


def build() -> dict[str, Any]:
    """The file's content, without a clock or chance."""
    tables = {"first": decision_table.first(), "small": _small()}
    return {
        "about": "Entitlement at a clinic on a day, and the rows of a pass; days since 1970-01-01, ends exclusive.",
        "source": "the rules of each table name theirs",
        "tables": tables,
        "cases": [
            *(_evaluated("first", tables["first"], row) for row in FIRST_ROWS.strip().splitlines()),
            *(_evaluated("small", tables["small"], row) for row in SMALL_ROWS.strip().splitlines()),
            *(_passed(tables["first"], row) for row in PASS_ROWS),
        ],
    }


def _evaluated(name: str, raw_table: Any, text: str) -> Case:
    identity, rows, clinic, asked, expected = (part.strip() for part in text.split("|"))
    facts = CLINICS[clinic]
    asked_of = {"entitlements": tuple(map(_entitled, _words(rows))), **_asked(asked)}
    rights = entitlement.rights_of(entitlement.parse_table(raw_table), **asked_of)
    answer = entitlement.answer_at(rights, facts)._asdict()
    got = [answer[member] for member in ("status", "payer", "attend", "rule", "until_day")]
    status, payer, attend, rule, until = expected.split()
    wanted = [status, None if payer == "." else int(payer), attend, rule, _day(until)]
    if got != wanted:
        raise AssertionError(f"{identity}: {got} is not {wanted}")
    rows_given = {"entitlements": list(map(list, asked_of["entitlements"])), "clinic": facts and facts._asdict()}
    given = rows_given | {member: value for member, value in asked_of.items() if member not in rows_given}
    output = {**answer, "services": list(answer["services"])}
    return case(f"at-{identity}", "answer_at", {"table": name, **given}, output=output)


def _words(text: str) -> list[str]:
    return [] if text == "." else text.split()


def _entitled(text: str) -> Entitled:
    institution, role, until = re.split(r"/|(?<=/[0-9])", text, maxsplit=2)
    return Entitled(int(institution), int(role), _day(until or "."))


def _day(text: str) -> int | None:
    if text == ".":
        return None
    return int(text[1:]) if text[0] == "=" else TODAY + int(text)


def _asked(text: str) -> dict[str, Any]:
    asked = dict(word.split("=") for word in _words(text))
    return {
        "assigned_clinic": asked.get("assigned"),
        "service": asked.get("service", "general"),
        "on_day": int(asked["day"]) if "day" in asked else days.day_from_date(asked.get("on", "2026-06-15")),
        "birth_day": days.day_from_date(asked["born"]) if "born" in asked else None,
    }


def _passed(raw_table: Any, row: PassRow) -> Case:
    identity, (given, birth_day), expected = row
    affiliations = (given,) if isinstance(given, Affiliation) else given
    rows = entitlement.entitlements_for_pass(entitlement.parse_table(raw_table), affiliations, birth_day, TODAY)
    if rows != expected:
        raise AssertionError(f"{identity}: {rows} is not {expected}")
    asked = {
        "table": "first",
        "affiliations": [one._asdict() for one in affiliations],
        "birth_day": birth_day,
        "on_day": TODAY,
    }
    return case(f"pass-{identity}", "entitlements_for_pass", asked, output=[list(one) for one in rows])
