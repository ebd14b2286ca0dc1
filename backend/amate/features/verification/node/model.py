"""Who may ask a clinic's node, under which names it is reached, and what it holds for the centre. PURE."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from amate.errors import Malformed

PORT: Final = 8443
CODE_S: Final = 15 * 60
CODE_DIGITS: Final = 8
MAX_FAILURES: Final = 5  # in a row; then every open code has ended
COOKIE_S: Final = 400 * 86_400  # browsers keep none for longer
SECRET_BYTES: Final = 32
USES_KEPT_S: Final = 86_400  # a code for one showing lives 90 seconds
MAX_HELD: Final = 200_000
MAX_NAMES: Final = 32
MAX_COUNTER_NAME: Final = 40
ALWAYS: Final = ("localhost", "127.0.0.1")

CENTRE: Final = "centre"
WAITING, REFUSED, CONFLICT = "waiting", "refused", "conflict"
STORED, KNOWN = "stored", "known"

_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_PORT: Final = re.compile(r":[0-9]{1,5}\Z")
_CODE: Final = re.compile(rf"[0-9]{{{CODE_DIGITS}}}")

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a pack's folder is a node of.

    source:      the centre's address
    name:        the first of `names`, by which people reach it
    names:       host names and addresses of its certificate, and the only ones that it answers to
    enrolled_at: seconds since 1970
    """

    source: str
    clinic: str
    name: str
    names: tuple[str, ...]
    enrolled_at: int


@dataclass(frozen=True, slots=True)
class Counter:
    """A browser of the reception.

    session:    fingerprint of what its cookie holds; None until it is paired, and after it left
    code:       fingerprint of the code that pairs it, while there is one; good before `code_until`
    """

    id: int
    name: str
    session: str | None
    code: str | None
    code_until: int | None
    paired_at: int | None
    withdrawn_at: int | None

    def state_at(self, now: int) -> str:
        """`withdrawn`, `paired`, `waits for its code` or `not paired`."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.session is not None:
            return "paired"
        is_open = self.code is not None and self.code_until is not None and now < self.code_until
        return "waits for its code" if is_open else "not paired"


@dataclass(frozen=True, slots=True)
class HeldReceipt:
    """A counter's receipt on its way to the centre.

    id:      SHA-256 of the receipt inside, in hex, as the counter says
    x, y:    of the counter's key
    body:    JWE to the centre's key; None of a conflict, which the centre has
    arrived: its place among those that are here
    """

    id: str
    x: str
    y: str
    body: str | None
    arrived: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How many receipts wait, and how many were refused or contradict their chain, by the slug that says why."""

    waiting: int
    refused: Mapping[str, int]
    conflicts: Mapping[str, int]


def host_of(authority: str) -> str:
    """The host in a Host header or an address: in small letters, without port, brackets or a last point."""
    host = _PORT.sub("", authority.strip().lower())
    return host.removeprefix("[").removesuffix("]").removesuffix(".")


def names_of(given: Iterable[str]) -> tuple[str, ...]:
    """The names of a node, as they are compared, each once and in order; those of the machine itself come last.

    Raises: Malformed("bad-node-name")
    """
    names = tuple(dict.fromkeys([*(_name_of(each) for each in given), *ALWAYS]))
    if len(names) > MAX_NAMES:
        raise Malformed("bad-node-name", f"a node has at most {MAX_NAMES} names", where="--name")
    return names


def _name_of(given: str) -> str:
    name = given.strip().lower().removesuffix(".")
    if (address := address_of(name)) is not None:
        return str(address)
    is_number = name.rpartition(".")[2].isdecimal()  # an address that is none
    if len(name) > 253 or is_number or not _HOST.fullmatch(name):
        remedy = "write it as it is typed, without https:// or port"
        raise Malformed("bad-node-name", f'"{given}" is no host name and no IP address: {remedy}', where="--name")
    return name


def address_of(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a name is, if it is one."""
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def url_of(name: str, port: int) -> str:
    """Where the counters open their face."""
    host = f"[{name}]" if ":" in name else name
    return f"https://{host}:{port}/clinic/"


def counter_name_of(given: str) -> str:
    """The name of a counter as it is compared.

    Raises: Malformed("bad-counter-name")
    """
    name = " ".join(unicodedata.normalize("NFC", given).split())
    if not name or len(name) > MAX_COUNTER_NAME or not name.isprintable():
        said = f"a counter's name has 1 to {MAX_COUNTER_NAME} printable characters"
        raise Malformed("bad-counter-name", said, where="NAME")
    return name


def code_of(typed: str) -> str | None:
    """The code that somebody typed, without its spaces; None where it is none."""
    code = "".join(typed.split())
    return code if _CODE.fullmatch(code) else None


def shown_code(code: str) -> str:
    """A code as people read it out: 1234 5678."""
    return f"{code[:4]} {code[4:]}"
