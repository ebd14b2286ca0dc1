"""Where a request is at fault, in one shape whoever found it: a list of `Fault(where, slug, detail)`.

`where` is the dotted path of a field in the body (`location.lat`, `receipts.1.id`), `body` for the body as a whole, and
for what stands elsewhere `query.`, `path.` or `header.` and its name.
Source: RFC 9457 §3 (an extension member that lists the problems of one kind, each with its place).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import request
from werkzeug.exceptions import HTTPException

from amate.errors import AmateError, Fault, Unknown

BODY: Final = "body"
# How webargs names the parts of a request.
_PARTS: Final = {"json": "", "form": "", "query": "query", "headers": "header", "path": "path", "view_args": "path"}
# Statuses that are about one place by what they mean.
_PLACES: Final = {406: "header.Accept", 413: BODY, 415: "header.Content-Type"}
_WHOLE: Final = "_schema"  # marshmallow's name for what is about no single field
MISSING, UNKNOWN_FIELD, INVALID = SLUGS = ("missing", "unknown-field", "invalid-value")
# marshmallow's own words, where they do not say what to mend; what our validators say stays as it is.
_SAID_BETTER: Final = {
    "Missing data for required field.": "This is required.",
    "Unknown field.": "Nothing of this name is taken here.",
    "Field may not be null.": "This may not be null: fill it in or leave it out.",
    "Invalid value.": "This has not the right form.",
    "Invalid type.": "This must be a JSON object.",
    "Invalid input type.": "This must be a JSON object.",
    "Not a valid string.": "This must be text.",
    "Not a valid utf-8 string.": "This must be text in UTF-8.",
    "Not a valid integer.": "This must be a whole number.",
    "Not a valid number.": "This must be a number.",
    "Special numeric values (nan or infinity) are not permitted.": "This must be a number.",
    "Number too large.": "This number is too large.",
    "Not a valid boolean.": "This must be true or false.",
    "Not a valid list.": "This must be a list.",
    "Not a valid mapping type.": "This must be a JSON object.",
    "Not a valid date.": "This must be a date, YYYY-MM-DD.",
}


def of_error(error: AmateError) -> list[Fault]:
    """The faults that an error of ours names."""
    if error.faults:
        return list(error.faults)
    where = error.where or (_variable_of_address() if isinstance(error, Unknown) else None)
    if where in (request.view_args or ()):
        where = f"path.{where}"
    return [] if where is None else [Fault(where, error.slug, error.detail)]


def of_http(error: HTTPException, slug: str, detail: str) -> list[Fault]:
    """The faults that an error of Flask, Werkzeug or webargs names.

    slug, detail: of the problem, said of a fault that a schema did not find
    """
    messages = (getattr(error, "data", None) or {}).get("messages")
    if isinstance(messages, Mapping):
        return [fault for part, said in messages.items() for fault in _of_part(str(part), said, slug, detail)]
    where = _PLACES.get(error.code or 0)
    return [] if where is None else [Fault(where, slug, detail)]


def of_messages(messages: Mapping[Any, Any], above: str = "") -> Iterator[Fault]:
    """One fault for each field that marshmallow refuses.

    messages: field or position → what is wrong with it, or the same for what is inside it
    above:    path of what the messages are about
    """
    for name, said in messages.items():
        where = above if name == _WHOLE else f"{above}.{name}" if above else str(name)
        if isinstance(said, Mapping):
            yield from of_messages(said, where)
            continue
        detail = str(said[0] if isinstance(said, list) else said)
        yield Fault(where or BODY, _slug_of(detail), _SAID_BETTER.get(detail, detail))


def _of_part(part: str, said: Any, slug: str, detail: str) -> Iterator[Fault]:
    if isinstance(said, Mapping):
        yield from of_messages(said, _PARTS.get(part, part))
    else:  # the part could not be read at all
        yield Fault(_PARTS.get(part, part) or BODY, slug, detail)


def _slug_of(detail: str) -> str:
    if detail.startswith("Missing"):
        return MISSING
    return UNKNOWN_FIELD if detail.startswith("Unknown") else INVALID


def _variable_of_address() -> str | None:
    """What was asked for by an address with one variable part is what is not there."""
    names = list(request.view_args or ())
    return names[0] if len(names) == 1 else None
