"""A year of a deployment, through its real actions on a clock that is moved: keys change every month, one is stolen."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from amate.config import Settings
from amate.context import Context, open_context
from amate.core import cose, encoding, qr_pass
from amate.core.trust import KID_BYTES
from amate.db.engine import open_engine
from amate.db.migrate import migrate
from amate.features.rotation import actions as rotation
from amate.features.rotation import model as rotating
from amate.features.rotation import people as signing
from amate.features.status import actions as status
from amate.features.trust import actions as trust
from amate.features.trust import store
from amate.features.trust.ceremonies import actions as ceremonies
from amate.features.trust.model import DAY_S, IssuerKey, kid_of
from amate.signing.signer import open_signer
from tests.api.holders import Holder, People
from tests.conftest import NOW
from tests.fleet.recording import GOOD, NOT_YET, PAST, POST_DATED, STOLEN, UNLISTED, Recording, Shown
from tests.soft_jwt import jwk_of, new_key, raw_signature

MONTHS = 12
MONTH = 30
STAGED_ON, ACTIVATED_ON, RETIRED_ON = 3, 18, 20  # days of a month
HASTE = STAGED_ON + 2  # when keys are put in force that need a lead of one day
PASS_S = 30 * DAY_S
THIEF_WAITS = 3  # days between the theft and its discovery


@dataclass
class Year:
    """The deployment, its chance, and what is recorded of it.

    stolen:  the key in the hands of a thief, once there is one
    retired: keys that are out of use, which somebody found on an old disk
    last_exp: when the last good pass of each key ends
    """

    ctx: Context
    chance: random.Random
    phone: ec.EllipticCurvePrivateKey
    recording: Recording = field(default_factory=Recording)
    stolen: IssuerKey | None = None
    retired: list[IssuerKey] = field(default_factory=list)
    last_exp: dict[str, int] = field(default_factory=dict)
    sealing: tuple[int, bytes] = (0, b"")
    status_index: int = 0
    activated_on: int = ACTIVATED_ON

    def live(self, *, months: int = MONTHS, root_on: int = 160, theft_on: int = 208) -> Recording:
        """Day by day to the end of the last month; root_on, theft_on: the day of each."""
        self.begin()
        for day in range(1, months * MONTH + STAGED_ON):
            self.ctx.now = NOW + day * DAY_S + self.chance.randrange(3600)
            self.change(day, root_on=root_on, theft_on=theft_on)
            trust.publish(self.ctx)
            status.publish(self.ctx)
            self.keep(has_status=True)
            self.mint()
        return self.recording

    def begin(self) -> None:
        """The first keys and the first publication."""
        trust.init(self.ctx)
        self.sealing = trust.sealing_key(self.ctx)
        self.status_index = status.allocate(self.ctx, "pass")
        status.publish(self.ctx)
        self.recording.anchor = (self.ctx.settings.home / "anchor.json").read_bytes()
        self.keep(has_status=True)
        self.mint()

    def change(self, day: int, *, root_on: int, theft_on: int) -> None:
        """What people do on this day, before the daily publication."""
        month, day_of_month = divmod(day, MONTH)
        keys = trust.list_keys(self.ctx)
        if day_of_month == STAGED_ON:
            self.stage_all(("pass", "status") if month % 3 == 0 else ("pass",))
        if day_of_month == self.activated_on:
            for key in keys:
                if key.state == "next":
                    self.carry_out(rotation.propose(self.ctx, rotating.ACTIVATE, key.kid, self.holder(0)))
        if day_of_month == RETIRED_ON:
            self.retire([key for key in keys if key.use == "pass" and key.state == "active"])
        if day == root_on:
            self.rotate_root()
        if day == theft_on:
            self.stolen = trust.active_key(self.ctx, "pass")
        if day == theft_on + THIEF_WAITS and self.stolen:
            self.revoke(self.stolen.kid)

    def revoke(self, kid: str) -> None:
        """The emergency: one person freezes the key, two distrust it, and the list goes out at once."""
        rotation.freeze(self.ctx, kid, reason="stolen")
        details = {"reason": "stolen"}
        self.carry_out(rotation.propose(self.ctx, rotating.REVOKE, kid, self.holder(0), details=details))
        trust.publish(self.ctx)
        self.recording.disowned_at[kid] = self.ctx.now
        self.keep(has_status=False)
        self.ctx.now += 3600

    def stage_all(self, uses: tuple[str, ...]) -> None:
        """A successor for every key of these uses."""
        for use in uses:
            for shard in range(int(trust.key_policy(self.ctx.settings.keys_dir)["uses"][use]["shards"])):
                self.stage(use, shard)

    def stage(self, use: str, shard: int) -> None:
        """A new key, which two people want; verifiers hear of it with the next publication."""
        uri = trust.make_file_key(self.ctx, use)
        begins = self.ctx.now + rotation.rules_of(self.ctx).lead_s + 3600
        made = rotation.propose_stage(self.ctx, use, self.holder(0), uri=uri, shard=shard, sign_from=begins)
        self.carry_out(made)

    def retire(self, active: list[IssuerKey]) -> None:
        """Those of the keys that sign no more and of whose passes none is in force."""
        newest, _ = store.signing_keys(self.ctx.tx, "pass", self.ctx.now)
        signing_now = {key.kid for key in newest}
        for key in active:
            if key.kid not in signing_now and self.last_exp.get(key.kid, 0) < self.ctx.now:
                self.carry_out(rotation.propose(self.ctx, rotating.RETIRE, key.kid, self.holder(0)))
                self.retired.append(key)
                self.recording.disowned_at[key.kid] = self.ctx.now

    def rotate_root(self, called: str = "New") -> None:
        """A ceremony: one holder of the root has left, another comes; so do new on-line keys."""
        held = tuple(
            Holder(key.role, key.holder, Path(key.uri.removeprefix("file:"))) for key in store.role_keys(self.ctx.tx)
        )
        people = People(self.ctx, self.ctx.settings.demo_keys, held)
        version = trust_version(self.ctx) + 1
        for role in ("root", "snapshot", "timestamp"):
            people = people.without(people.names(role)[0]).joined(role, f"{called} {role}")
        ceremonies.run(self.ctx, people.ceremony(root=version))
        self.keep(has_status=False)
        self.ctx.now += 3600

    def keep(self, *, has_status: bool) -> None:
        """Record what is published now."""
        recording, now = self.recording, self.ctx.now
        recording.take(self.ctx.settings.published, now)
        recording.trust_at.append(now)
        if has_status:
            recording.status_at.append(now)

    def mint(self) -> None:
        """The passes of the day, good ones and bad ones."""
        now = self.ctx.now
        for _ in range(2):
            key, sign = trust.sign(self.ctx, "pass")
            self.last_exp[key.kid] = now + PASS_S
            self.show(GOOD, key.kid, sign, now)
        forger = new_key()
        self.show(UNLISTED, kid_of(jwk_of(forger)), partial(raw_signature, forger), now)
        for key in trust.list_keys(self.ctx):
            if (key.use, key.state) == ("pass", "next") and now < key.sign_from:
                self.show(NOT_YET, key.kid, self.ctx.signer(key.uri).sign, now)
                self.show(POST_DATED, key.kid, self.ctx.signer(key.uri).sign, key.sign_from)
        if self.stolen:
            for _ in range(2):
                iat = self.chance.randrange(max(self.stolen.sign_from, now - PASS_S), now)
                self.show(STOLEN, self.stolen.kid, self.ctx.signer(self.stolen.uri).sign, iat)
        for old in self.retired[-4:]:
            iat = self.chance.choice([now, now - 2 * DAY_S, now - 20 * DAY_S])
            self.show(PAST, old.kid, self.ctx.signer(old.uri).sign, iat)

    def show(self, kind: str, kid: str, sign: Callable[[bytes], bytes], iat: int) -> None:
        """Somebody has this pass from now on."""
        kid8 = encoding.base64url_decode(kid)[:KID_BYTES]
        cti = self.chance.randbytes(qr_pass.CTI_BYTES)
        number, key = self.sealing
        who = qr_pass.Identity("HEGG560427MVZRRL04", "MARÍA HERNÁNDEZ GARCÍA")
        sealed = qr_pass.seal(who, key=key, number=number, cti=cti, protected_bytes=qr_pass.protected_bytes_of(kid8))
        claims = qr_pass.Claims(
            profile=qr_pass.DEVICE,
            iat=iat,
            exp=iat + PASS_S,
            cti=cti,
            holder=cose.cose_from_key(self.phone.public_key()),
            hint="MHG 0427",
            entitlements=(),
            assigned_clinic=None,
            status_index=self.status_index,
            sealed=sealed,
            identity=None,
        )
        raw = qr_pass.sign_pass(claims, kid8=kid8, sign=sign)
        self.recording.passes.append(Shown(raw, kind, kid, iat, iat + PASS_S, self.ctx.now))

    def holder(self, number: int) -> signing.Sign:
        """What one of the holders signs with."""
        return signing.with_key(self.ctx, trust.holders(self.ctx)[number].uri or "")

    def carry_out(self, standing: rotation.Standing) -> None:
        """A second person signs, and it is done."""
        rotation.approve(self.ctx, standing.proposal.id, self.holder(1))
        rotation.carry_out(self.ctx, standing.proposal.id)


def trust_version(ctx: Context) -> int:
    """The version of the root in force."""
    release = store.last_release(ctx.tx)
    return release.root if release else 0


@contextmanager
def deployment(folder: Path, *, seed: int, **settings: Any) -> Iterator[Year]:
    """A deployment of its own, on SQLite, at its first day; the same keys of demonstrations, opened once each."""
    passphrase = folder / "passphrase"
    passphrase.write_text("only for tests")
    made = Settings(
        home=folder / "home", env="test", base_url="http://localhost:8000", passphrase_file=passphrase,
        database_url="", redis_url="", **settings,
    )  # fmt: skip
    engine = open_engine(made.database_url)
    migrate(engine)
    chance = random.Random(seed)
    with open_context(engine, made, actor="test", clock=lambda: NOW) as ctx:
        ctx.signer = lru_cache(maxsize=None)(lambda uri: open_signer(uri, passphrase))
        ctx.random = chance.randbytes
        yield Year(ctx, chance, new_key())
    engine.dispose()
