"""The keys that can sign here and now, and what became of those that could not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from amate.config import Settings
from amate.context import Context
from amate.errors import AmateError, Unavailable
from amate.features.trust import halting, store
from amate.features.trust.halting import Guarded
from amate.features.trust.model import RoleKey
from amate.signing.remote import answers
from amate.signing.repository import RoleSigner
from amate.signing.signer import Signer


def signer_at(ctx: Context, uri: str) -> Signer:
    """What signs with the key of a role at `uri`: as listed where it is in force, and else opened by this command.

    Raises: what ctx.signer() and ctx.own() raise
    """
    in_force = {key.uri for key in store.role_keys(ctx.tx) if key.is_online or ctx.settings.is_demo}
    return ctx.signer(uri) if uri in in_force else ctx.own(uri)


def signer_down(settings: Settings) -> str:
    """What to do where another process signs and does not answer; "" where it does, or none is to."""
    socket = settings.signer_socket
    if socket is None or answers(socket):
        return ""
    return f"the signing process does not answer at {socket}: start it with `amate signer --socket {socket}`"


@dataclass(slots=True)
class Hands:
    """Every key that `ctx` may sign with; each is opened once, and one that does not answer is passed over by name.

    keys:   that this machine may use: the on-line ones, a demo's own, and those present at a ceremony
    signed: keyids that have signed
    dead:   why a key could not sign, by keyid
    """

    ctx: Context
    keys: dict[str, RoleKey] = field(default_factory=dict)
    signed: set[str] = field(default_factory=set)
    dead: dict[str, str] = field(default_factory=dict)
    _opened: dict[str, RoleSigner] = field(default_factory=dict)

    @classmethod
    def at_hand(cls, ctx: Context, keys: Iterable[RoleKey]) -> Hands:
        """Those of these keys that publishing may use of its own accord."""
        return cls(ctx, {k.keyid: k for k in keys if k.uri and (k.is_online or ctx.settings.is_demo)})

    def able(self, keyids: Iterable[str]) -> list[str]:
        """The ones of these that open here."""
        return [keyid for keyid in keyids if keyid in self.keys and self._signer(keyid) is not None]

    def sign(self, payload: bytes, keyids: Iterable[str]) -> dict[str, str]:
        """Signatures in hex by keyid, of all of these keys that answer; each was verified."""
        made = {}
        for keyid in self.able(keyids):
            try:
                made[keyid] = self._opened[keyid].sign(payload).signature
            except AmateError as error:
                self._bury(keyid, error)
        self.signed |= made.keys()
        return made

    def _signer(self, keyid: str) -> RoleSigner | None:
        if keyid not in self._opened and keyid not in self.dead:
            try:
                self._opened[keyid] = self._open(keyid)
            except AmateError as error:
                self._bury(keyid, error)
        return self._opened.get(keyid)

    def _open(self, keyid: str) -> RoleSigner:
        halting.check(self.ctx, keyid)
        key = self.keys[keyid]
        opened = signer_at(self.ctx, key.uri)
        signer = RoleSigner(Guarded(self.ctx, opened, kid=keyid, use=key.role, public_key=opened.public_key))
        if signer.public_key.keyid != keyid:
            raise Unavailable("another-key", "its URI leads to another key")
        return signer

    def _bury(self, keyid: str, error: AmateError) -> None:
        if error.slug in ("bad-signers", "key-not-listed"):  # no key's fault, and nothing to go on with
            raise error
        self._opened.pop(keyid, None)
        self.dead[keyid] = error.slug
