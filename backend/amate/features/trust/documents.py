"""The three documents that verifiers are to be told now."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from amate.context import Context
from amate.errors import Refused
from amate.features.clinics import actions as clinics
from amate.features.entitlement import actions as entitlement
from amate.features.trust import model, repository, store
from amate.features.trust.model import JsonObject

STAMPED = ("issuers.json", "policy.json")


def check_published_by(env: str, issuers: JsonObject | None) -> None:
    """That `issuers.json`, as it was last published, is this environment's.

    Raises: Refused("wrong-environment")
    """
    if issuers is not None and issuers["env"] != env:
        raise Refused("wrong-environment", f"this is {env}; what is published is {issuers['env']}'s")


class Documents:
    """Gathered once a publication; policy: keys/policy.toml."""

    def __init__(self, ctx: Context, policy: JsonObject) -> None:
        self._ctx, self._policy = ctx, policy

    def after(self, before: Mapping[str, bytes]) -> dict[str, bytes]:
        """What is to be said, by name; a document that says the same as the one `before` is that one, byte for byte.

        Raises: Refused("wrong-environment") when the one before is another environment's
        """
        last = {name: model.document_of(before.get(name)) for name in STAMPED}
        check_published_by(self._ctx.settings.env, last["issuers.json"])
        now = self._ctx.now
        table = entitlement.table_to_tell(self._ctx, (last["policy.json"] or {}).get("table"))
        contents = {"issuers.json": self._issuers, "policy.json": self._policy_with(table)}
        said = {name: model.next_document(content, last[name], now=now) for name, content in contents.items()}
        return {**said, "clinics.json": self._clinics}

    def listed_in(self, targets: bytes | None) -> dict[str, bytes]:
        """Those that targets that we published list, by name; without the clinics, which tell their own changes."""
        paths = {} if targets is None else repository.target_paths(targets)
        found = {name: store.read_file(self._ctx.tx, paths[name]) for name in STAMPED if name in paths}
        return {name: body for name, body in found.items() if body is not None}

    @cached_property
    def _issuers(self) -> JsonObject:
        settings = self._ctx.settings
        names = {settings.issuer: self._policy["issuer"]["name"]}
        return model.issuers_document(store.issuer_keys(self._ctx.tx), env=settings.env, names=names)

    def _policy_with(self, table: JsonObject) -> JsonObject:
        settings = self._ctx.settings
        base = f"{settings.base_url}/status"
        return model.policy_document(self._policy, env=settings.env, status_base=base, table=table)

    @cached_property
    def _clinics(self) -> bytes:
        return model.encode({**clinics.all_for_pack(self._ctx), "env": self._ctx.settings.env})
