"""PKCS#11 URIs, read strictly: what is not understood is refused, and no PIN ever stands in one.

Source: RFC 7512 §2.3 (grammar), §2.4 (attributes), §7 (a PIN in a URI ends up wherever URIs are kept).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple, NoReturn
from urllib.parse import unquote_to_bytes

from amate.errors import Malformed

_CHARACTER: Final = r"[A-Za-z0-9._~:\[\]@!$'()*+,=%s-]|%%[0-9A-Fa-f]{2}"
_PATH_VALUE: Final = re.compile(f"(?:{_CHARACTER % '&'})+")
_QUERY_VALUE: Final = re.compile(f"(?:{_CHARACTER % '/?|'})+")
_PATH_NAMES: Final = frozenset(("token", "serial", "slot-id", "object", "id", "type"))
_QUERY_NAMES: Final = frozenset(("module-path", "module-name", "pin-source"))
_MODULE_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
_SLOT: Final = re.compile(r"0|[1-9][0-9]{0,9}")
# Where distributions and vendors put modules; another place is named by module-path.
_MODULE_FOLDERS: Final = (
    "/usr/lib/softhsm",
    "/usr/lib/pkcs11",
    "/usr/lib/x86_64-linux-gnu/pkcs11",
    "/usr/lib/aarch64-linux-gnu/pkcs11",
    "/usr/local/lib",
    "/usr/local/lib/pkcs11",
    "/usr/local/lib/softhsm",
)


class TokenName(NamedTuple):
    """A token in a module: each part that is given must fit."""

    module: Path
    label: str | None
    serial: str | None
    slot_id: int | None


class KeyName(NamedTuple):
    """A key pair in a token; at least one of `label` and `id`.

    pin_file: None = the PIN is typed
    """

    token: TokenName
    label: str | None
    id: bytes | None
    pin_file: Path | None


def parse(location: str) -> KeyName:
    """What a PKCS#11 URI names, without its scheme.

    Raises: Malformed("pin-in-uri"), Malformed("bad-key-uri") for anything that RFC 7512 does not allow or that we do
            not need
    """
    path, has_query, query = location.partition("?")
    if re.search(r"(?:^|[;?&])pin-value=", location):
        raise Malformed("pin-in-uri", "a PIN in a URI is kept and logged with it: use pin-source=file:/…")
    place = _attributes(path, ";", _PATH_NAMES, _PATH_VALUE)
    how = _attributes(query, "&", _QUERY_NAMES, _QUERY_VALUE) if has_query else {}
    if place.get("type", b"private") != b"private":
        _bad("type must be private")
    if not place.keys() & {"object", "id"}:
        _bad("name the key by object or id")
    if not place.keys() & {"token", "serial", "slot-id"}:
        _bad("name its token by token, serial or slot-id")
    token = TokenName(_module_of(how), _text(place, "token"), _text(place, "serial"), _slot_of(place))
    return KeyName(token, _text(place, "object"), place.get("id"), _pin_file_of(how))


def _attributes(text: str, separator: str, known: frozenset[str], pattern: re.Pattern[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in text.split(separator):
        name, is_set, value = part.partition("=")
        if name not in known or not is_set:
            _bad(f"unknown attribute {name!r}: known are {', '.join(sorted(known))}")
        if name in found:  # RFC 7512 §2.3: attributes must not stand twice
            _bad(f"{name} stands twice")
        if not pattern.fullmatch(value):
            _bad(f"{name} is empty, or holds characters that must be percent-encoded")
        found[name] = unquote_to_bytes(value)
    return found


def _text(attributes: dict[str, bytes], name: str) -> str | None:
    raw = attributes.get(name)
    try:
        text = None if raw is None else raw.decode()
    except UnicodeDecodeError:
        _bad(f"{name} is not UTF-8")
    if text is not None and not text.isprintable():
        _bad(f"{name} holds control characters")
    return text


def _slot_of(attributes: dict[str, bytes]) -> int | None:
    text = _text(attributes, "slot-id")
    if text is not None and not _SLOT.fullmatch(text):
        _bad("slot-id is not a number")
    return None if text is None else int(text)


def _module_of(attributes: dict[str, bytes]) -> Path:
    path, name = _text(attributes, "module-path"), _text(attributes, "module-name")
    if (path is None) == (name is None):
        _bad("name the module by one of module-path and module-name")
    if path is not None:
        return _absolute("module-path", path)
    if not _MODULE_NAME.fullmatch(name or ""):
        _bad("module-name is a name without folder or ending")
    files = (Path(folder) / f"{prefix}{name}.so" for folder in _MODULE_FOLDERS for prefix in ("lib", ""))
    found = next((file for file in files if file.exists()), None)
    return found or _bad(f"no module {name} in {', '.join(_MODULE_FOLDERS)}: name it by module-path")


def _pin_file_of(attributes: dict[str, bytes]) -> Path | None:
    source = _text(attributes, "pin-source")
    if source is None:
        return None
    if not source.startswith("file:"):  # RFC 7512 §2.4 also lets a program answer; we run none
        _bad("pin-source is a file: address")
    return _absolute("pin-source", source.removeprefix("file:").removeprefix("//"))


def _absolute(name: str, text: str) -> Path:
    path = Path(text)
    if not path.is_absolute() or ".." in path.parts:
        _bad(f"{name} is not an absolute path")
    return path


def _bad(detail: str) -> NoReturn:
    raise Malformed("bad-key-uri", f"pkcs11: {detail}")
