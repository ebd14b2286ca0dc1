"""The first ceremony of a demonstration: holders who do not exist, and whose keys are all on this machine."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

from amate.context import Context
from amate.features.trust.key_policy import key_policy
from amate.features.trust.model import DAY_S, ROLES, USES

HOLDERS = {
    "root": "Custodio raíz {} (demostración)",
    "targets": "Custodio de objetivos {} (demostración)",
    "snapshot": "Servidor, instantáneas {} (demostración)",
    "timestamp": "Servidor, sello de tiempo {} (demostración)",
}
HEAD = """\
# The first ceremony of a demonstration. Its holders do not exist, and all keys are files on this machine: a real one
# looks the same, with people's names and the URIs of their tokens (keys/README.md).
"""


def first_root(ctx: Context, make_key: Callable[[str], str]) -> str:
    """The text of the ceremony's file, for keys that are made now.

    make_key: name → URI of a new key
    """
    policy = key_policy(ctx.settings.keys_dir)
    roles = policy["roles"]
    ends = dt.datetime.fromtimestamp(ctx.now + roles["root"]["expires"] * DAY_S, dt.UTC).date()
    holders = {role: [HOLDERS[role].format(n + 1) for n in range(roles[role]["keys"])] for role in ROLES}
    people = holders["root"] + holders["targets"]
    lines = [
        HEAD + 'kind = "first-root"',
        f"environment = {_quoted(ctx.settings.env)}",
        f"base_url = {_quoted(ctx.settings.base_url)}",
        "root = 1",
        f"expires = {ends.isoformat()}",
        f"present = [{', '.join(map(_quoted, people))}]",
    ]
    for role in ROLES:
        lines += ["", f"[roles.{role}]", f"threshold = {roles[role]['threshold']}"]
        for holder in holders[role]:
            lines += [f"[[roles.{role}.keys]]", f"holder = {_quoted(holder)}", f"uri = {_quoted(make_key(role))}"]
    for use in USES:
        for shard in range(policy["uses"][use]["shards"]):
            uri = _quoted(make_key(f"{use}-{shard}"))
            lines += ["", "[[issuer_keys]]", f"use = {_quoted(use)}", f"shard = {shard}", f"uri = {uri}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
