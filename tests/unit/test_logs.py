"""Row K06: the mask itself, on what a library or a defect of ours might put into an event."""

from __future__ import annotations

import json
from typing import Any

import pytest
import structlog

from amate import logs
from amate.core import encoding

CURP = "HEGM560427MVZRRL04"
JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl-_x"
OPAQUE = f"amate_{'aZ09_-' * 6}"
PASS = encoding.text_from_bytes(bytes(range(256)))
SECRETS = {"curp": CURP, "jwt": JWT, "opaque": OPAQUE, "pass": PASS}
AROUND = {
    "alone": "{}",
    "in a sentence": "refused {} at the desk",
    "quoted": "KeyError: '{}'",
    "in JSON": '{{"text":"{}","n":1}}',
    "in an address": "GET /api/v1/people/{}?x=1 404",
    "in a header": "Authorization: Bearer {}, DPoP",
    "twice": "{0} and {0}",
    "over lines": "first\n{}\nlast",
}


def masked(**event: Any) -> dict[str, Any]:
    return dict(logs.mask(None, "info", event))


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("secret", SECRETS)
def test_k06_no_secret_is_left_wherever_it_stands_in_a_text(secret: str, around: str) -> None:
    text = AROUND[around].format(SECRETS[secret])
    left = masked(event="fault", detail=text)["detail"]
    word = "[curp]" if secret == "curp" else "[token]"
    assert left == AROUND[around].format(word)


def test_k06_every_text_of_an_event_is_masked_and_what_is_none_stays() -> None:
    event = masked(event=f"seen {CURP}", url=f"/{JWT}", token=OPAQUE, shown=PASS, status=404, missing=None)
    said = json.dumps(event)
    assert [name for name, secret in SECRETS.items() if secret in said] == []
    assert (event["status"], event["missing"]) == (404, None)


@pytest.mark.parametrize("harmless", ["HEGM56", "2026-11-18T11:06:40Z", "18005551234", "person.enrolled", "amate_db"])
def test_what_proves_nothing_can_still_be_read(harmless: str) -> None:
    assert masked(event=harmless) == {"event": harmless}


@pytest.mark.parametrize("at_terminal", [False, True])
def test_k06_what_is_written_out_was_masked_with_its_traceback(
    capsys: pytest.CaptureFixture[str], *, at_terminal: bool
) -> None:
    """The configured chain, as a server and a command write it."""
    kept = structlog.get_config()
    try:
        logs.configure("debug", at_terminal=at_terminal)
        try:
            raise ValueError(" ".join(SECRETS.values()))
        except ValueError:
            structlog.get_logger().exception("fault", slug=CURP, detail=f"Bearer {JWT}", told=OPAQUE, shown=PASS)
    finally:
        structlog.configure(**kept)
    written = capsys.readouterr().err
    assert "ValueError" in written
    assert written.count("[curp]") >= 2
    assert [name for name, secret in SECRETS.items() if secret in written] == []
