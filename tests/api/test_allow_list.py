"""A command that opens keys itself is bound by `signers.json` as the signing process is: rows A15 and G08."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from amate.context import Context
from amate.errors import AmateError
from amate.features.trust import actions
from amate.signing import allowed
from amate.signing.allowed import Allowed
from amate.signing.process import KeyHolder, SigningProcess
from tests.api.conftest import Amate

Change = Callable[[dict[str, Allowed]], bytes]


def relabelled(keys: dict[str, Allowed], use: str, other: str) -> bytes:
    return allowed.encode({u: key._replace(use=other) if key.use == use else key for u, key in keys.items()})


BROKEN: dict[str, tuple[Change, str]] = {
    "unreadable": (lambda _: b"{bad", "bad-signers"),
    "empty": (lambda _: b'{"keys": []}', "key-not-listed"),
    "status": (lambda keys: relabelled(keys, "status", "pass"), "signing-refused"),
    "timestamp": (lambda keys: relabelled(keys, "timestamp", "snapshot"), "too-few-signers"),
}


@pytest.fixture
def home(ctx: Context) -> Path:
    actions.init(ctx)
    ctx.tx.exec_driver_sql("INSERT INTO status_list (number, opened_at) VALUES (1, 0)")
    ctx.commit()
    return ctx.settings.home


@pytest.fixture
def socket(ctx: Context, home: Path, tmp_path: Path) -> Iterator[Path]:
    """A signing process that holds the keys of the home."""
    path = tmp_path / "socket"
    holder = KeyHolder(
        ctx.settings.signers, uses=allowed.EVERYTHING, passphrase_file=ctx.settings.passphrase_file, env="test"
    )
    server = SigningProcess(path, holder)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield path
    server.shutdown()
    server.server_close()


def change(ctx: Context, how: str) -> None:
    known = allowed.read(ctx.settings.signers.read_bytes())
    ctx.settings.signers.write_bytes(BROKEN[how][0](known))


def slug_of(done: Result) -> tuple[str, str]:
    assert isinstance(done.exception, AmateError), done.output
    return done.exception.slug, done.exception.detail


@pytest.mark.parametrize("how", ["unreadable", "empty", "status"])
def test_a15_a_list_that_does_not_name_the_key_for_this_signs_no_status_list(
    ctx: Context, amate: Amate, home: Path, how: str
) -> None:
    assert amate("status", "publish").exit_code == 0
    before = (home / "published" / "status" / "1").read_bytes()
    change(ctx, how)
    slug, detail = slug_of(amate("status", "publish"))
    assert slug == BROKEN[how][1]
    assert str(ctx.settings.signers) in detail
    assert "amate trust init" in detail, "what to do"
    assert (home / "published" / "status" / "1").read_bytes() == before


@pytest.mark.parametrize("how", ["unreadable", "empty", "timestamp"])
def test_a15_nor_the_repository(ctx: Context, amate: Amate, home: Path, how: str) -> None:
    before = (home / "published" / "trust" / "timestamp.json").read_bytes()
    change(ctx, how)
    slug, detail = slug_of(amate("trust", "publish"))
    assert slug == BROKEN[how][1]
    assert "signing-refused" in detail or str(ctx.settings.signers) in detail
    assert (home / "published" / "trust" / "timestamp.json").read_bytes() == before


@pytest.mark.parametrize("how", ["unreadable", "empty"])
def test_a15_where_a_signing_process_runs_nothing_is_opened_beside_it(
    ctx: Context, amate: Amate, home: Path, socket: Path, how: str
) -> None:
    """Not even where the command could: its own passphrase would open the key."""
    told = Amate(amate.env | {"AMATE_SIGNER_SOCKET": str(socket)})
    assert told("status", "publish").exit_code == 0
    change(ctx, how)
    slug, detail = slug_of(told("status", "publish"))
    assert (slug, str(ctx.settings.signers) in detail) == (BROKEN[how][1], True)


def test_a_list_that_was_lost_is_made_anew_from_the_database(ctx: Context, amate: Amate, home: Path) -> None:
    before = json.loads(ctx.settings.signers.read_bytes())
    ctx.settings.signers.unlink()
    assert slug_of(amate("status", "publish"))[0] == "key-not-listed"
    assert amate("trust", "init").exit_code == 0
    assert json.loads(ctx.settings.signers.read_bytes()) == before
    assert amate("status", "publish").exit_code == 0
