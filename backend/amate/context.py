"""The doors to the world that an action may use: the database, the clock, chance, keys and outbound HTTP.

Actions take a Context and nothing ambient, so a test replaces any door by a three-line object.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial

from sqlalchemy import Connection, Engine

from amate.config import Settings, passphrase_for
from amate.db.engine import connect
from amate.signing import sealing
from amate.signing.allowed import uses_on_line
from amate.signing.keyring import command_keyring
from amate.signing.signer import Signer, open_signer


@dataclass(slots=True)
class Context:
    """What one request or one command works with.

    tx:      open transaction; the edge that opened the Context commits or rolls back
    now:     seconds since 1970, fixed when the Context was opened
    random:  n → n unpredictable bytes
    signer:  URI → Signer of a key in force, which signs what `signers.json` lists it for
    own:     URI → Signer of a key that no list names: a person's, or one that is to be in force
    unwrap:  a sealing key as it is stored → its 32 bytes
    rewrap:  a sealing key as it is stored, fresh bytes → its successor as it may be stored
    actor:   who is acting, for the audit log (`staff:…`, `wallet:…`, `cli`, `public`)
    """

    tx: Connection
    now: int
    settings: Settings
    random: Callable[[int], bytes] = secrets.token_bytes
    signer: Callable[[str], Signer] = field(default=open_signer)
    own: Callable[[str], Signer] = field(default=open_signer)
    unwrap: Callable[[bytes], bytes] = field(default=partial(sealing.unwrap, passphrase_file=None))
    rewrap: Callable[[bytes, bytes], bytes] = field(default=partial(sealing.rewrap, passphrase_file=None))
    actor: str = "public"

    def commit(self) -> None:
        """Make what was written so far durable and go on in a new transaction (store before signing)."""
        self.tx.commit()


def system_clock() -> int:
    """Seconds since 1970 by this machine's clock."""
    return int(time.time())


@contextmanager
def open_context(
    engine: Engine,
    settings: Settings,
    *,
    actor: str = "cli",
    clock: Callable[[], int] = system_clock,
    writes: bool = True,
) -> Iterator[Context]:
    """A Context whose transaction is committed at the end, or rolled back by an error that does not keep its writes."""
    keys = command_keyring(
        settings.passphrase_file,
        settings.signer_socket,
        listed_in=settings.signers,
        uses=uses_on_line(is_demo=settings.is_demo),
        env=settings.env,
    )

    @cache
    def own(uri: str) -> Signer:
        return open_signer(uri, passphrase_for(uri, settings))

    with connect(engine, writes=writes) as tx:
        ctx = Context(
            tx, clock(), settings, signer=keys.signer, own=own, unwrap=keys.unwrap, rewrap=keys.rewrap, actor=actor
        )
        try:
            yield ctx
        except Exception as error:
            if getattr(error, "keeps_writes", False):
                tx.commit()
            raise
        tx.commit()
