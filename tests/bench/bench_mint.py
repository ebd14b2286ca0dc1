"""Minting a phone's pass, through its action, against what nobody can leave out: one signature and one durable commit.

The action checks the phone's proof, uses its nonce up, reads person, entitlements and credential, seals the identity,
stores what it will sign, has it signed by the process that holds the keys, and verifies what was signed.
"""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine

from amate.config import Settings
from amate.context import Context, open_context
from amate.core import encoding, qr_pass
from amate.core.encoding import JsonValue
from amate.core.qr_pass import Pass
from amate.db.engine import open_engine
from amate.demo.phone import Phone
from amate.features.issuance import ledger, model, passes, store, tokens
from amate.features.issuance.model import Grant
from amate.signing.allowed import uses_on_line
from amate.signing.keyring import keyring
from tests.bench.deployment import Deployment, seeded
from tests.bench.measure import Row, in_turn
from tests.soft_jwt import jwk_of, jwt

LIMIT = 1.5
PEOPLE = 40
ROUNDS = 12
SIGNED_BYTES = 250


def run() -> list[Row]:
    """One row."""
    with seeded(PEOPLE) as deployment:
        server, socket = deployment.server, deployment.folder / "signer"
        settings = Settings(home=server.home, port=server.port, env="demo", signer_socket=socket)
        engine = open_engine(settings.database_url)
        holder = server.start_signer(socket)
        try:
            mint_s, bare_s = measure(deployment, engine, settings)
        finally:
            engine.dispose()
            holder.terminate()
            holder.wait(timeout=10)
    against = "one ES256 signature and one durable commit of the row"
    return [Row("minting a device pass", mint_s * 1e6, "µs", against, bare_s * 1e6, LIMIT, at_most=True)]


def measure(deployment: Deployment, engine: Engine, settings: Settings) -> tuple[float, float]:
    """Median seconds of a pass, and of what cannot be left out."""
    uses = uses_on_line(is_demo=settings.is_demo)  # as a worker has them
    keys = keyring(
        settings.passphrase_file, settings.signer_socket, listed_in=settings.signers, uses=uses, env=settings.env
    )
    phones = deployment.phones
    asked = iter([each for _ in range(ROUNDS) for each in requests(engine, settings, phones)])
    key, message = ec.generate_private_key(ec.SECP256R1()), bytes(SIGNED_BYTES)

    def mint() -> None:
        grant, proofs = next(asked)
        with open_context(engine, settings, actor=f"wallet:{grant.id}") as ctx:
            ctx.signer, ctx.unwrap = keys
            made = passes.device_pass(ctx, grant, proofs)
        if not isinstance(qr_pass.parse(made.raw), Pass):
            raise AssertionError("no pass")

    row = bare_rows(engine, settings)

    def bare() -> None:
        key.sign(message, ec.ECDSA(hashes.SHA256()))
        with open_context(engine, settings) as ctx:
            ledger.add_pass(ctx.tx, **next(row))

    return in_turn(mint, bare, times=len(phones), rounds=ROUNDS - 1)


def requests(engine: Engine, settings: Settings, phones: list[Phone]) -> list[tuple[Grant, JsonValue]]:
    """One request of each phone, with a proof over a nonce of its own, as its access token's check hands it on."""
    made: list[tuple[Grant, JsonValue]] = []
    with open_context(engine, settings) as ctx:
        for phone in phones:
            made.append((grant_of(ctx, phone), {"jwt": [proof_of(ctx, phone)]}))
    return made


def grant_of(ctx: Context, phone: Phone) -> Grant:
    """The grant behind the phone's access token."""
    grant = store.grant_of_access_token(ctx.tx, model.fingerprint(phone.access_token), 0)
    if grant is None:
        raise AssertionError("no grant")
    return grant


def proof_of(ctx: Context, phone: Phone) -> str:
    """A key proof over a fresh nonce."""
    header = {"alg": "ES256", "typ": "openid4vci-proof+jwt", "jwk": jwk_of(phone.key)}
    claims = {"aud": ctx.settings.issuer, "iat": ctx.now, "nonce": tokens.new_nonce(ctx)}
    return jwt(phone.key, header, claims)


def bare_rows(engine: Engine, settings: Settings) -> Iterator[dict[str, str | int]]:
    """Rows like those that a pass leaves, each with a key of its own."""
    with open_context(engine, settings) as ctx:
        credential = ledger.everything(ctx.tx, limit=1)[0]
        now, random = ctx.now, ctx.random
    while True:
        yield {
            "cti": random(qr_pass.CTI_BYTES).hex(),
            "credential_id": credential.id,
            "profile": qr_pass.DEVICE,
            "signed_by": encoding.base64url_encode(random(32)),
            "tbs_sha256": random(32).hex(),
            "issued_at": now,
            "expires_at": now + model.DEVICE_PASS_S,
        }
