"""What keeping up with trust costs a verifier on prepaid data, in bytes that travel."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from pathlib import Path

import brotli
import pytest
from flask.testing import FlaskClient

from amate.context import Context
from amate.features.clinics import actions as clinics
from amate.features.status import actions as status
from amate.features.status.model import EARLIER_FILES
from amate.features.trust import actions
from tests.api.test_clinics import as_csv
from tests.api.test_revocations import ENOUGH
from tests.unit.features.clinics.units import row

KB = 1024


def bytes_of(client: FlaskClient, path: str) -> int:
    """Of the body, as a browser asks for it."""
    answer = client.get(path, headers={"Accept-Encoding": "gzip, deflate, br"}, buffered=True)
    assert answer.status_code == 200
    return len(answer.data)


def rotation(client: FlaskClient) -> dict[str, int]:
    """Every file that a verifier fetches when all of them are new."""
    timestamp = client.get("/trust/timestamp.json", buffered=True).json["signed"]
    snapshot = f"/trust/{timestamp['meta']['snapshot.json']['version']}.snapshot.json"
    version = client.get(snapshot, buffered=True).json["signed"]["meta"]["targets.json"]["version"]
    listed = client.get(f"/trust/{version}.targets.json", buffered=True).json["signed"]["targets"]
    issuers = f"/trust/targets/{listed['issuers.json']['hashes']['sha256']}.issuers.json"
    root = f"/trust/{timestamp['root_version']}.root.json"
    paths = ("/trust/timestamp.json", snapshot, f"/trust/{version}.targets.json", issuers, root)
    return {path: bytes_of(client, path) for path in paths}


def test_what_lies_in_gzip_comes_by_its_own_name_in_parts_as_it_lies(ctx: Context, client: FlaskClient) -> None:
    actions.init(ctx)
    path = next(path for path in rotation(client) if path.endswith(".targets.json"))
    ends = ("0-99", "100-")
    parts = [client.get(f"{path}.gz", headers={"Range": f"bytes={end}"}, buffered=True) for end in ends]
    assert [(part.status_code, part.headers.get("Content-Encoding")) for part in parts] == [(206, None)] * 2
    size = sum(len(part.data) for part in parts)
    assert parts[0].headers["Content-Range"] == f"bytes 0-99/{size}"
    assert gzip.decompress(b"".join(part.data for part in parts)) == client.get(path, buffered=True).data


def test_an_idle_sync_is_one_small_file_that_says_there_is_nothing_new(ctx: Context, client: FlaskClient) -> None:
    actions.init(ctx)
    assert bytes_of(client, "/trust/timestamp.json") <= KB
    signed = client.get("/trust/timestamp.json", buffered=True).json["signed"]
    assert (signed["root_version"], signed["meta"]["snapshot.json"]["version"]) == (1, 1)


def test_an_idle_look_for_revocations_is_an_answer_without_a_body(ctx: Context, client: FlaskClient) -> None:
    actions.init(ctx)
    for count in (ENOUGH, *[1] * EARLIER_FILES):
        for _ in range(count):
            status.revoke(ctx, status.allocate(ctx, "pass"), "lost")
        ctx.now += 1
        deltas = status.publish(ctx).revocations.deltas
    assert deltas == EARLIER_FILES, "as many as a token ever names"
    path = "/status/revocations/token"
    first = client.get(path, buffered=True)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]}, buffered=True)
    assert (again.status_code, again.data) == (304, b"")
    assert sum(len(name) + len(value) + 4 for name, value in again.headers) <= KB / 2
    assert len(first.data) <= 4 * KB
    ctx.now += 1
    status.publish(ctx)
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}, buffered=True).status_code == 200


def share_among(ctx: Context, folder: Path, keys: int) -> None:
    """A policy by which so many keys sign side by side from the first day."""
    passes = keys // 2
    shares = iter((passes, keys - passes - 1, 1))
    policy = (ctx.settings.keys_dir / "policy.toml").read_text()
    shutil.copytree(ctx.settings.keys_dir, folder)
    shared = re.sub(r"^shards = \d+", lambda _: f"shards = {next(shares)}", policy, flags=re.MULTILINE)
    (folder / "policy.toml").write_text(shared)
    ctx.settings = ctx.settings.model_copy(update={"keys_dir": folder})


@pytest.mark.parametrize("keys", [12, 36, 100])
def test_a_rotation_costs_a_verifier_at_most_20_kb(
    ctx: Context, client: FlaskClient, keys: int, tmp_path: Path
) -> None:
    """With five keys of the root that all signed, and a hundred issuer keys in force."""
    share_among(ctx, tmp_path / "keys", keys)
    actions.init(ctx)
    sizes = rotation(client)
    root = json.loads((ctx.settings.published / "trust" / "1.root.json").read_text())
    assert (len(root["signatures"]), len(actions.list_keys(ctx))) == (5, keys)
    assert sum(sizes.values()) <= 20 * KB, sizes


def test_a_long_file_travels_in_brotli_to_whoever_takes_it(ctx: Context, client: FlaskClient, tmp_path: Path) -> None:
    rows = [row(CLUES=f"HGIMB{900000 + n}", NOMBRE_DE_LA_UNIDAD=f"UNIDAD {n * n}") for n in range(2_000)]
    clinics.import_catalogue(ctx, as_csv(tmp_path / "clues.csv", rows))
    actions.init(ctx)
    (path,) = (ctx.settings.published / "trust" / "targets").glob("*.clinics.json")

    def told(accepted: str) -> tuple[str | None, bytes]:
        headers = {"Accept-Encoding": accepted}
        answer = client.get(f"/trust/targets/{path.name}", headers=headers, buffered=True)
        assert (answer.content_type, answer.headers["Vary"]) == ("application/json", "Accept-Encoding")
        return answer.headers.get("Content-Encoding"), answer.data

    assert told("identity") == (None, path.read_bytes())
    for accepted in ("gzip, deflate", "gzip, br;q=0", "gzip, br;q=0.1"):
        coding, in_gzip = told(accepted)
        assert (coding, gzip.decompress(in_gzip)) == ("gzip", path.read_bytes())
    coding, in_brotli = told("gzip, deflate, br, zstd")
    assert (coding, brotli.decompress(in_brotli)) == ("br", path.read_bytes())
    assert len(in_brotli) < len(in_gzip) < len(path.read_bytes()) / 5
    Path(f"{path}.br").write_bytes(in_brotli[:-7])  # of the release before, and damaged
    ctx.now += 60
    actions.publish(ctx)
    assert told("br") == ("br", in_brotli)


def test_what_travels_in_gzip_is_the_same_file(ctx: Context, client: FlaskClient) -> None:
    actions.init(ctx)
    plain = client.get("/trust/1.root.json", buffered=True)
    packed = client.get("/trust/1.root.json", headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert (packed.headers["Content-Encoding"], plain.headers.get("Content-Encoding")) == ("gzip", None)
    assert (packed.content_type, packed.headers["Vary"]) == ("application/json", "Accept-Encoding")
    assert gzip.decompress(packed.data) == plain.data
    assert "immutable" in packed.headers["Cache-Control"]
    for path in ("../anchor.json", "../../amate.db", "none.json"):
        assert client.get(f"/trust/{path}", headers={"Accept-Encoding": "gzip"}).status_code == 404
    (ctx.settings.published / "trust" / "1.root.json.gz").write_bytes(b"damaged")
    ctx.now += 60
    actions.publish(ctx)
    packed = client.get("/trust/1.root.json", headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert gzip.decompress(packed.data) == plain.data
