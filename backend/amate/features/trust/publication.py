"""Publish the repository: what is new is signed, kept in the database, then written to the folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from amate.context import Context
from amate.errors import Conflict, Refused, Unavailable
from amate.features.audit import actions as audit
from amate.features.clinics import actions as clinics
from amate.features.entitlement import actions as entitlement
from amate.features.trust import model, repository, store
from amate.features.trust.files import key_policy, publish_file, read_file
from amate.features.trust.model import DAY_S, ROLES, JsonObject, Release, RoleKey
from amate.signing.repository import RoleSigner


@dataclass(frozen=True, slots=True)
class Published:
    """A publication: what is in force now, and whether anything but the timestamp is new."""

    release: Release
    changed: bool


def publish(ctx: Context) -> Published:
    """Sign the timestamp again, and whatever changed or is about to end; write it all to the published folder.

    Raises: Unavailable("no-trust-keys") before init; Conflict("publication-in-progress") beside another publication;
            Refused("wrong-environment", "another-address") when what is published is another environment's or address's
    """
    check_address(ctx)
    keys = store.role_keys(ctx.tx)
    if {key.role for key in keys} != set(ROLES):
        raise Unavailable("no-trust-keys", "run `amate trust init` first")
    previous = store.last_release(ctx.tx)
    work = _Work(ctx, key_policy(ctx.settings.keys_dir)["roles"], keys, previous or Release(0, 0, 0, 0, 0))
    work.root()
    work.targets()
    work.snapshot()
    work.timestamp()
    if not store.claim_release(ctx.tx, work.release):
        raise Conflict("publication-in-progress", "another publication was made meanwhile: look, then repeat")
    for path, body in work.files.items():
        store.put_file(ctx.tx, path, body)
    changed = previous is None or replace(work.release, timestamp=0, signed_at=0) != replace(
        previous, timestamp=0, signed_at=0
    )
    audit.record(ctx, "trust.published", str(work.release.timestamp), targets=work.release.targets)
    ctx.commit()
    write_published(ctx)
    return Published(work.release, changed)


def check_address(ctx: Context) -> None:
    """Refuse to publish for another address than the one in what was published: passes already out name that one.

    Raises: Refused("another-address")
    """
    last = store.last_release(ctx.tx)
    listed = store.read_file(ctx.tx, f"{last.targets}.targets.json") if last is not None else None
    if listed is None:
        return
    policy = model.document_of(store.read_file(ctx.tx, repository.target_paths(listed)["policy.json"]))
    before = str((policy or {}).get("status_base", "")).removesuffix("/status")
    if before and before != ctx.settings.base_url:
        raise Refused(
            "another-address",
            f"what is published here says {before}, and this is {ctx.settings.base_url}: "
            "set AMATE_BASE_URL (or AMATE_PORT, or PORT of `make run`) to the former, or begin in another AMATE_HOME",
        )


def write_published(ctx: Context) -> None:
    """Write what the published folder lacks, the timestamp last; readers never see a half-made publication."""
    folder = ctx.settings.published / "trust"
    paths = store.file_paths(ctx.tx)
    for path in sorted(paths, key=_order_of_writing):
        if path != repository.TIMESTAMP_PATH and not (folder / path).exists():
            publish_file(folder / path, store.read_file(ctx.tx, path) or b"")
    newest_root = store.read_file(ctx.tx, max(filter(_is_root, paths), key=_version_of)) if paths else None
    if newest_root is not None and read_file(folder / repository.NEWEST_ROOT_PATH) != newest_root:
        publish_file(folder / repository.NEWEST_ROOT_PATH, newest_root)
    anchor = ctx.settings.home / "anchor.json"
    first = store.read_file(ctx.tx, "1.root.json")
    if first is not None and read_file(anchor) is None:
        publish_file(anchor, first)
    newest = store.read_file(ctx.tx, repository.TIMESTAMP_PATH)
    if newest is not None and read_file(folder / repository.TIMESTAMP_PATH) != newest:
        publish_file(folder / repository.TIMESTAMP_PATH, newest)


def lay_out(cache: Path, targets: Path, folder: Path) -> None:
    """Put a TUF client's cache into the layout of a repository, so that it can be read and served on as ours is."""
    roots = sorted((cache / "root_history").glob("*.root.json"), key=lambda path: _version_of(path.name))
    for root in roots:
        publish_file(folder / root.name, root.read_bytes())
    publish_file(folder / repository.NEWEST_ROOT_PATH, roots[-1].read_bytes())
    timestamp, snapshot, listed = (
        (cache / f"{role}.json").read_bytes() for role in ("timestamp", "snapshot", "targets")
    )
    for name, path in repository.target_paths(listed).items():
        publish_file(folder / path, (targets / name).read_bytes())
    publish_file(folder / f"{repository.version_of(listed)}.targets.json", listed)
    publish_file(folder / f"{repository.version_of(snapshot)}.snapshot.json", snapshot)
    publish_file(folder / repository.TIMESTAMP_PATH, timestamp)


def _is_root(path: str) -> bool:
    return path.endswith(".root.json")


def _version_of(path: str) -> int:
    return int(path.partition(".")[0])


def _order_of_writing(path: str) -> int:
    order = ("targets/", "targets.json", "snapshot.json", "root.json")
    return next((n for n, part in enumerate(order) if path.startswith(part) or path.endswith(part)), 0)


class _Work:
    """One publication in the making: each role in turn, new only where it must be."""

    def __init__(self, ctx: Context, roles: JsonObject, keys: list[RoleKey], release: Release) -> None:
        self.ctx, self.roles, self.keys, self.release = ctx, roles, keys, release
        self.files: dict[str, bytes] = {}

    def root(self) -> None:
        """The first root; a later one is made in a ceremony."""
        if self.release.root > 0:
            return
        signers = {role: self._signers(role) for role in ROLES}
        keys = {role: [signer.public_key for signer in held] for role, held in signers.items()}
        thresholds = {role: int(self.roles[role]["threshold"]) for role in ROLES}
        root = repository.make_root(keys, thresholds, version=1, expires=self._expires("root"))
        self.files["1.root.json"] = repository.sign(root, signers["root"])
        self.release = replace(self.release, root=1)

    def targets(self) -> None:
        """New when a document changed, or when the last one is about to end."""
        documents = self._documents()
        paths = {name: repository.target_path(name, body) for name, body in documents.items()}
        last = self._last("targets", self.release.targets)
        if last is not None and repository.target_paths(last) == paths and not self._is_ending("targets", last):
            return
        self.files |= {paths[name]: body for name, body in documents.items()}
        version = self.release.targets + 1
        made = repository.make_targets(documents, version=version, expires=self._expires("targets"))
        self.files[f"{version}.targets.json"] = repository.sign(made, self._signers("targets"))
        self.release = replace(self.release, targets=version)

    def snapshot(self) -> None:
        """New when the targets are, or when the last one is about to end."""
        new_targets = self.files.get(f"{self.release.targets}.targets.json")
        last = self._last("snapshot", self.release.snapshot)
        if new_targets is None and last is not None and not self._is_ending("snapshot", last):
            return
        targets = new_targets or self._last("targets", self.release.targets) or b""
        version = self.release.snapshot + 1
        made = repository.make_snapshot(
            targets, targets_version=self.release.targets, version=version, expires=self._expires("snapshot")
        )
        self.files[f"{version}.snapshot.json"] = repository.sign(made, self._signers("snapshot"))
        self.release = replace(self.release, snapshot=version)

    def timestamp(self) -> None:
        """Always new: its age is the age of trust."""
        path = f"{self.release.snapshot}.snapshot.json"
        version, now = self.release.timestamp + 1, self.ctx.now
        made = repository.make_timestamp(
            self.files.get(path) or store.read_file(self.ctx.tx, path) or b"",
            snapshot_version=self.release.snapshot,
            version=version,
            expires=self._expires("timestamp"),
            signed_at=now,
            root_version=self.release.root,
        )
        self.files[repository.TIMESTAMP_PATH] = repository.sign(made, self._signers("timestamp"))
        self.release = replace(self.release, timestamp=version, signed_at=now)

    def _documents(self) -> dict[str, bytes]:
        ctx = self.ctx
        policy, env = key_policy(ctx.settings.keys_dir), ctx.settings.env
        last = self._last_document("issuers.json")
        if last is not None and last["env"] != env:
            raise Refused("wrong-environment", f"this is {env}; what is published is {last['env']}'s")
        issuers = model.issuers_document(
            store.issuer_keys(ctx.tx), env=env, names={ctx.settings.issuer: policy["issuer"]["name"]}
        )
        limits = model.policy_document(
            policy, env=env, status_base=f"{ctx.settings.base_url}/status", table=entitlement.table()
        )
        return {
            "issuers.json": model.next_document(issuers, last, now=ctx.now),
            "policy.json": model.next_document(limits, self._last_document("policy.json"), now=ctx.now),
            "clinics.json": model.encode({**clinics.all_for_pack(ctx), "env": env}),
        }

    def _last_document(self, name: str) -> JsonObject | None:
        last = self._last("targets", self.release.targets)
        path = repository.target_paths(last)[name] if last is not None else ""
        return model.document_of(store.read_file(self.ctx.tx, path)) if path else None

    def _last(self, role: str, version: int) -> bytes | None:
        return store.read_file(self.ctx.tx, f"{version}.{role}.json") if version else None

    def _signers(self, role: str) -> list[RoleSigner]:
        return [RoleSigner(self.ctx.signer(key.uri)) for key in self.keys if key.role == role]

    def _expires(self, role: str) -> int:
        return self.ctx.now + int(self.roles[role]["expires"]) * DAY_S

    def _is_ending(self, role: str, raw: bytes) -> bool:
        return repository.expiry_of(raw) - self.ctx.now < int(self.roles[role]["renew"]) * DAY_S
