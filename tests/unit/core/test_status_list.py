"""Status lists: every shared vector, packing that comes back, and a bomb that is not inflated."""

from __future__ import annotations

import json
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amate.core import encoding, status_list, trust
from amate.errors import Malformed

VECTORS = Path(__file__).parents[2] / "vectors" / "status_list.json"
FOREIGN = json.loads((VECTORS.parent / "foreign" / "status_list.json").read_text(encoding="utf-8"))["lists"]
FILE: dict[str, Any] = json.loads(VECTORS.read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = FILE["cases"]
KEYS = trust.parse_issuers(json.dumps(FILE["issuers"]).encode()).keys
URI = "https://amate.example/status/0"


def _array(output: Any) -> bytes:
    return bytes.fromhex(output) if isinstance(output, str) else bytes(output["zeros"]) + bytes.fromhex(output["then"])


def _answer(call: str, given: dict[str, Any]) -> Any:
    if call == "pack_statuses":
        statuses = {int(index): status for index, status in given["statuses"].items()}
        return zlib.decompress(status_list.pack_statuses(statuses, bits=given["bits"], size=given["size"]))
    if call == "unpack":
        return status_list.unpack(encoding.base64url_decode(given["lst"]))
    if call == "status_at":
        raw = bytes.fromhex(given["raw"])
        made = status_list.make_status_list(URI, raw, bits=given["bits"], iat=0, exp=None, ttl=None)
        return status_list.status_at(made, given["index"])
    if call == "number_of":
        return status_list.number_of(given["uri"])
    made = status_list.parse_status_token(given["token"], keys=KEYS, expected_uri=given["expected_uri"])
    return made._asdict()


def _output(case: dict[str, Any]) -> Any:
    if case["call"] in ("pack_statuses", "unpack"):
        return _array(case["output"])
    if case["call"] == "parse_status_token":
        return case["output"] | {"raw": _array(case["output"]["raw"])}
    return case["output"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_vector(case: dict[str, Any]) -> None:
    if case["expect"] == "valid":
        assert _answer(case["call"], case["input"]) == _output(case)
    else:
        with pytest.raises(Malformed) as refused:
            _answer(case["call"], case["input"])
        assert refused.value.slug == case["expect"]


@given(st.sampled_from([1, 2, 4, 8]), st.dictionaries(st.integers(0, 63), st.integers(0, 255)))
def test_statuses_come_back(bits: int, statuses: dict[int, int]) -> None:
    fitting = {index: status % (1 << bits) for index, status in statuses.items()}
    raw = status_list.unpack(status_list.pack_statuses(fitting, bits=bits, size=64))
    made = status_list.make_status_list(URI, raw, bits=bits, iat=0, exp=None, ttl=None)
    assert made.size == 64
    assert [status_list.status_at(made, index) for index in range(64)] == [fitting.get(i, 0) for i in range(64)]


def test_c06_a_bomb_stops_at_the_size_of_a_list() -> None:
    bomb = zlib.compress(bytes(2**28), 9)
    tracemalloc.start()
    with pytest.raises(Malformed):
        status_list.unpack(bomb)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 2**20


def test_a04_a_token_of_a_mebibyte_is_not_read() -> None:
    with pytest.raises(Malformed) as refused:
        status_list.parse_status_token("A" * (2**20 + 1), keys=KEYS, expected_uri=URI)
    assert refused.value.slug == "malformed"


@pytest.mark.parametrize("listed", FOREIGN, ids=[listed["id"] for listed in FOREIGN])
def test_c01_a_foreign_list_reads_as_its_authors_say(listed: dict[str, Any]) -> None:
    bits, statuses = listed["bits"], {int(index): status for index, status in listed["statuses"].items()}
    raw = status_list.unpack(encoding.base64url_decode(listed["lst"]), max_bytes=2**20 // 8 * bits)
    made = status_list.make_status_list(URI, raw, bits=bits, iat=0, exp=None, ttl=None)
    read = ((index, status_list.status_at(made, index)) for index in range(made.size))
    assert made.size == 2**20
    assert {index: status for index, status in read if status} == statuses
    assert zlib.decompress(status_list.pack_statuses(statuses, bits=bits)) == raw
