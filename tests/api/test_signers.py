"""Which key may sign what is written down where keys are made, and the database alone cannot change it: row A15."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, update

from amate.cli import cli
from amate.config import Settings
from amate.context import Context
from amate.errors import Conflict
from amate.features.trust import actions, store
from amate.signing import allowed
from amate.signing.signer import open_signer

Amate = Callable[..., Result]
ONE_EACH = ["credential", "pass", "root", "snapshot", "status", "targets", "timestamp"]


@pytest.fixture
def amate(settings: Settings, engine: Engine) -> Amate:
    """Runs `amate …` on the test's database."""
    names = ("home", "env", "base_url", "passphrase_file", "database_url")
    env = {f"AMATE_{name.upper()}": str(getattr(settings, name)) for name in names}
    return lambda *args: CliRunner().invoke(cli, args, env=env)


def listed(ctx: Context) -> dict[str, allowed.Allowed]:
    return allowed.read(ctx.settings.signers.read_bytes())


def test_every_key_that_is_made_is_listed_for_its_use(ctx: Context) -> None:
    actions.init(ctx)
    found = listed(ctx)
    assert sorted(key.use for key in found.values()) == ONE_EACH
    assert ctx.settings.signers.stat().st_mode & 0o777 == 0o600
    assert ctx.settings.secrets.stat().st_mode & 0o777 == 0o700
    for key in found.values():
        public_key = open_signer(key.uri, ctx.settings.passphrase_file).public_key
        assert allowed.kid_of(public_key, key.use) == key.kid
    new = actions.create_key(ctx, "pass", uri=actions.make_file_key(ctx, "pass"))
    assert listed(ctx)[new.uri] == (new.uri, "pass", new.kid)


def test_a_home_from_before_the_list_gets_one(ctx: Context) -> None:
    actions.init(ctx)
    before = listed(ctx)
    ctx.settings.signers.unlink()
    actions.list_signers(ctx)
    assert listed(ctx) == before


def test_a15_who_writes_to_the_database_alone_turns_no_key_to_another_use(ctx: Context, amate: Amate) -> None:
    actions.init(ctx)
    before = listed(ctx)
    key = actions.active_key(ctx, "status")
    ctx.tx.execute(update(store.issuer_key).where(store.issuer_key.c.kid == key.kid).values(use="pass"))
    ctx.commit()
    with pytest.raises(Conflict) as refused:
        actions.list_signers(ctx)
    assert refused.value.slug == "key-use-taken"
    assert listed(ctx) == before


def test_one_key_is_not_put_in_force_for_two_uses(ctx: Context) -> None:
    actions.init(ctx)
    path = Path(actions.active_key(ctx, "status").uri.removeprefix("file:"))
    for uri in (f"file:{path}", f"file:{path.parent}/./{path.name}"):
        with pytest.raises(Conflict) as refused:
            actions.create_key(ctx, "credential", uri=uri)
        assert refused.value.slug == "key-exists"


def test_a_key_is_made_where_its_uri_says(ctx: Context, amate: Amate, tmp_path: Path) -> None:
    actions.init(ctx)
    ctx.commit()
    uri = f"file:{tmp_path}/made.pem"
    create = ("keys", "create", "--use", "pass", "--json")
    made: Any = json.loads(amate(*create, "--uri", uri, "--make").output)
    assert (made["use"], made["uri"]) == ("pass", uri)
    assert b"ENCRYPTED" in (tmp_path / "made.pem").read_bytes()
    again = amate(*create, "--uri", uri, "--make")
    assert isinstance(again.exception, Conflict)
    assert amate(*create, "--make").exit_code == 2
    assert listed(ctx)[uri].kid == made["kid"]
