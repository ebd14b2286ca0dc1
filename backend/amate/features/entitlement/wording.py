"""The explanation of an entitlement in English sentences that can be read aloud to whoever asks. PURE."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

Said = dict[str, Any]

STATUS: Final = {
    "active": "The person is entitled, through {counted}{until}.",
    "retained": "The affiliation through {counted} has ended, and what it gave is kept{until}.",
    "uninsured": "The person has no social security.",
    "lapsed": "The person's social security has ended.",
    "unknown": "The person's affiliation is with an institution that the table does not know.",
}
ATTEND: Final = {
    "here": "{clinic} attends the person for {service}.",
    "here_by_exchange": "{clinic} attends the person for {service}, in exchange with the other institutions.",
    "refer": "For {service}, {clinic} sends the person elsewhere; it gives {services} itself.",
    "urgent_only": "{clinic} gives the person only urgent care.",
}
SERVICES: Final = {
    "general": "general care",
    "urgent": "urgent care",
    "specialised": "specialised care",
    "hospital": "hospital care",
    "maternity": "maternity care",
    "prevention": "prevention",
    "pharmacy": "the pharmacy",
    "laboratory": "the laboratory",
}
BASIS: Final = {
    "law": "It rests on law",
    "announcement": "It rests on what was announced",
    "policy": "It is a policy of Amate's own",
}
REASONS: Final = {
    "in-force": "in force",
    "retained": "ended, and its right is kept",
    "no-affiliation": "no social security",
    "not-begun": "not begun yet",
    "ended": "ended",
    "past-age": "past the age to which a child is covered",
}
BECAUSE: Final = {
    "from": "it was not in force yet",
    "until": "it is no longer in force",
    "service": "it is for other services",
    "standing": "it is for another standing than {standing}",
    "kind": "it is for affiliates of other institutions",
    "institution": "it is for affiliates of other institutions",
    "minor": "it is for persons of another age",
    "clinic": "it is for other clinics",
    "state": "it is for other states",
    "level": "it is for clinics of another level",
    "assigned": "it depends on whether the clinic is the person's own",
}


def as_text(said: Said, *, unconfirmed: str) -> str:
    """Who attends and who pays, by which rule; then each step towards it.

    said:        the explanation as `--json` has it
    unconfirmed: the table's label of a payer that is to be confirmed
    """
    return "\n".join([*_answer(said, unconfirmed), "", *_affiliations(said), *_passed_over(said)])


def _answer(said: Said, unconfirmed: str) -> Iterable[str]:
    answer, service = said["answer"], said["facts"]["service"]
    counted = said["counted"]
    words = {
        "clinic": said["clinic"],
        "service": SERVICES[service],
        "services": _listed(SERVICES[each] for each in answer["services"]),
        "counted": f"{counted['label']} as {counted['role']}" if counted else "no institution",
        "until": f" until {answer['until']} (that day no more)" if answer["until"] else "",
    }
    payer = answer["payer_label"]
    yield f"{said['person']} at {said['clinic']} on {said['on']}, for {SERVICES[service]}:"
    if not said["table_in_force"]:
        yield _no_table(said)
    yield STATUS[answer["status"]].format_map(words)
    yield ATTEND[answer["attend"]].format_map(words)
    yield "Who pays is to be confirmed." if payer == unconfirmed else f"{payer} pays."
    if answer["attend"] not in ("refer", "urgent_only"):
        yield f"The right covers {words['services']}."
    yield f"So says rule {answer['rule']} of the table {answer['rule_version']}. {BASIS[said['basis']]}:"
    yield said["source"]


def _no_table(said: Said) -> str:
    version, since = said["answer"]["rule_version"], said["table_in_force_since"]
    first = "which is not published yet" if since is None else f"the first, in force since {since}"
    return f"No table was in force on that day: this is by table {version}, {first}."


def _affiliations(said: Said) -> Iterable[str]:
    if not said["affiliations"]:
        yield "No institution names the person in its extract."
        return
    yield "What the institutions' extracts say of the person:"
    for row in said["affiliations"]:
        since = f" since {row['since']}" if row["since"] else ""
        until = f" until {row['until']}" if row["until"] else ""
        yield f"  {row['label']}: {row['role']}{since}{until}, {REASONS[row['reason']]}."


def _passed_over(said: Said) -> Iterable[str]:
    if said["passed_over"]:
        yield "Rules that come first, and why they do not answer:"
    for each in said["passed_over"]:
        yield f"  {each['rule']}: {BECAUSE[each['because']].format_map(said['facts'])}."


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
