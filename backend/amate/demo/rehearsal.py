"""The stage of a drill: a deployment with people and phones, verifiers with packs of their own, and a thief."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine

from amate.app import create_app
from amate.config import Settings
from amate.core import cose, qr_pass
from amate.core.verdict import verdict
from amate.demo.people import everybody
from amate.demo.phone import Phone
from amate.demo.seed import acting, facts_of, sender_of
from amate.errors import AmateError
from amate.features.enrolment import actions as enrolment
from amate.features.rotation import actions as rotation
from amate.features.rotation import model, people
from amate.features.status import actions as status
from amate.features.trust import actions as trust
from amate.features.trust.model import IssuerKey
from amate.features.verification import pack, world
from amate.features.verification.remote import Deployment
from amate.signing.signer import open_signer

SYNC_EVERY_S = 900
ORDERS = 48  # in which old timestamps are served
REASON = "stolen"


@dataclass
class Rehearsal:
    """One deployment and its verifiers, on a clock that the drill moves."""

    settings: Settings
    engine: Engine
    folder: Path
    url: str
    now: int
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    phones: list[Phone] = field(default_factory=list)
    verifiers: list[Path] = field(default_factory=list)
    stolen: IssuerKey | None = None
    _thief: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    _old: list[bytes] = field(default_factory=list)

    @classmethod
    @contextmanager
    def on(cls, settings: Settings, folder: Path, *, now: int) -> Iterator[Rehearsal]:
        """A stage whose published files are served on this machine alone."""
        from amate.terminal import open_migrated

        settings.published.mkdir(parents=True)
        handler = partial(_Quiet, directory=str(settings.published))
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            engine = open_migrated(settings)
            try:
                yield cls(settings, engine, folder, f"http://127.0.0.1:{server.server_port}", now)
            finally:
                engine.dispose()
                server.shutdown()

    def set_up(self, *, phones: int, verifiers: int) -> None:
        """People with phones that hold passes, and verifiers that have synchronised."""
        with acting(self.engine, self.settings, self.now) as ctx:
            trust.init(ctx)
            offers = [enrolment.enrol(ctx, facts_of(person)).answer for person in everybody()[:phones]]
        app = create_app(self.settings, clock=lambda: self.now)
        send = sender_of(app.test_client())
        for offer in offers:
            phone = Phone(send, self.settings.issuer, lambda: self.now, self.chance.randbytes)
            phone.claim(offer["offer"]["uri"], offer["tx_code"])
            self.phones.append(phone)
        with acting(self.engine, self.settings, self.now) as ctx:
            status.publish(ctx)
        self._publish()
        self.now += 3600
        self._publish()
        self.verifiers = [self.folder / str(number) for number in range(verifiers)]
        for each in self.verifiers:
            self._sync(each)

    def steal(self) -> qr_pass.Claims:
        """Take the key of the first phone's pass; what the thief's pass says."""
        genuine = _pass_of(self.phones[0].pass_bytes)
        with acting(self.engine, self.settings, self.now) as ctx:
            self.stolen = next(key for key in trust.list_keys(ctx) if key.kid8 == genuine.kid8)
        # The index of somebody whose credential nobody will renew, so that no status list gives the forgery away.
        others = [_pass_of(phone.pass_bytes) for phone in self.phones]
        index = next((o.claims.status_index for o in others if o.kid8 != genuine.kid8), genuine.claims.status_index)
        holder = cose.cose_from_key(self._thief.public_key())
        cti = self.chance.randbytes(qr_pass.CTI_BYTES)
        return genuine.claims._replace(holder=holder, cti=cti, status_index=index)

    def freeze(self) -> None:
        """One person stops the key."""
        with acting(self.engine, self.settings, self.now) as ctx:
            rotation.freeze(ctx, self._kid, reason=REASON)

    def distrust(self) -> None:
        """Two people distrust the key, and the list goes out."""
        self._keep_old()
        with acting(self.engine, self.settings, self.now) as ctx:
            first, second = (people.with_key(ctx, holder.uri or "") for holder in trust.holders(ctx)[:2])
            made = rotation.propose(ctx, model.REVOKE, self._kid, first, details={"reason": REASON})
            rotation.approve(ctx, made.proposal.id, second)
            rotation.carry_out(ctx, made.proposal.id)
        self._publish()

    def sync_all(self) -> int:
        """Let every verifier synchronise at its next turn; how long the last one took, by the clock of the drill."""
        waits = [self.chance.randrange(1, SYNC_EVERY_S + 1) for _ in self.verifiers]
        self.now += max(waits)
        for each in self.verifiers:
            self._sync(each)
        return max(waits)

    def renew(self) -> tuple[int, int]:
        """Ask the phones that rely on the key, and let them come: how many were affected, how many renewed."""
        with acting(self.engine, self.settings, self.now) as ctx:
            key = trust.find_key(ctx, self._kid)
            asked = sum(rotation.ask_to_renew(ctx, key, rate=1_000, sleep=lambda _s: None))
        for phone in self.phones:
            phone.refresh()
            phone.renew_if_asked()
        with acting(self.engine, self.settings, self.now) as ctx:
            return asked, asked - rotation.renewals(ctx, self._kid).waiting

    def verdicts(self, claims: qr_pass.Claims) -> Counter[str]:
        """What the verifiers say of a pass by the stolen key, shown now: how many say each."""
        text = self._forged(claims)
        return Counter(self._verdict(each, text) for each in self.verifiers)

    def own_verdicts(self) -> Counter[str]:
        """What the first verifier says of every phone."""
        with acting(self.engine, self.settings, self.now) as ctx:
            status.publish(ctx)
        self._sync(self.verifiers[0])
        return Counter(self._verdict(self.verifiers[0], phone.show()) for phone in self.phones)

    def replay(self, claims: qr_pass.Claims, *, hours: int) -> tuple[int, int]:
        """Serve old timestamps in every order, hour by hour, to verifiers in turn: tries, and how many were green."""
        path = self.settings.published / "trust" / "timestamp.json"
        newest, tries, green = path.read_bytes(), 0, 0
        orders = itertools.cycle(itertools.permutations(self._old[-5:]))
        for hour in range(hours):
            self.now += 3600
            verifier = self.verifiers[hour % len(self.verifiers)]
            for old in itertools.chain.from_iterable(itertools.islice(orders, max(1, ORDERS // hours))):
                path.write_bytes(old)
                self._sync(verifier)
                tries += 1
                green += self._verdict(verifier, self._forged(claims)) == "valid"
        path.write_bytes(newest)
        return tries, green

    @property
    def shards(self) -> int:
        """How many pass keys sign side by side."""
        with acting(self.engine, self.settings, self.now) as ctx:
            return int(rotation.rules_of(ctx).uses["pass"]["shards"])

    @property
    def _kid(self) -> str:
        if self.stolen is None:
            raise ValueError("nothing was stolen")
        return self.stolen.kid

    def _publish(self) -> None:
        self._keep_old()
        with acting(self.engine, self.settings, self.now) as ctx:
            trust.publish(ctx)
        anchor = self.settings.published / "anchor.json"
        anchor.write_bytes((self.settings.home / "anchor.json").read_bytes())

    def _keep_old(self) -> None:
        path = self.settings.published / "trust" / "timestamp.json"
        with suppress(FileNotFoundError):
            if not self._old or self._old[-1] != path.read_bytes():
                self._old.append(path.read_bytes())

    def _sync(self, verifier: Path) -> None:
        with suppress(AmateError):  # a hostile repository is refused; what was synchronised before stays
            pack.sync(Deployment(self.url), verifier, env="demo", anchor=None)

    def _verdict(self, verifier: Path, text: str) -> str:
        stands = world.of_pack(verifier, env="demo")
        return verdict(
            text,
            trust=stands.trust,
            status=stands.status,
            clinic=None,
            now=self.now,
            revocations=stands.revocations,
        ).verdict

    def _forged(self, claims: qr_pass.Claims) -> str:
        if self.stolen is None:
            raise ValueError("nothing was stolen")
        signer = open_signer(self.stolen.uri, self.settings.passphrase_file)
        raw = qr_pass.sign_pass(claims, kid8=self.stolen.kid8, sign=signer.sign)
        phone = Phone(lambda *_: (404, {}), self.settings.issuer, lambda: self.now, self.chance.randbytes, self._thief)
        phone.pass_bytes = raw
        return phone.show()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing of a drill belongs on the terminal."""


def _pass_of(raw: bytes) -> qr_pass.Pass:
    parsed = qr_pass.parse(raw)
    if not isinstance(parsed, qr_pass.Pass):
        raise TypeError("no pass")
    return parsed
