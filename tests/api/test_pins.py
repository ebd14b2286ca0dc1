"""Row D09: what was made for a demonstration or a rehearsal is refused wherever people are real, built or served."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from amate.config import Settings
from amate.context import Context
from amate.errors import Malformed, Refused
from amate.features.trust import actions
from amate.serve import check_faces, check_trust
from tests.published import repository_files

ROOT = Path(__file__).resolve().parents[2]
STRICT = ("staging", "production")


def published(folder: Path, ctx: Context, *, said: str, env: str | None) -> Settings:
    """A home whose documents say one environment, and whose root another, or none; settings of production."""
    actions.init(ctx)
    documents = {}
    for path in (ctx.settings.published / "trust" / "targets").glob("*.json"):
        document = json.loads(path.read_text())
        documents[path.name.partition(".")[2]] = json.dumps({**document, "env": said}).encode()
    for path, body in repository_files(documents, signed_at=ctx.now, env=env).items():
        (folder / "published/trust" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "published/trust" / path).write_bytes(body)
    (folder / "anchor.json").write_bytes((folder / "published/trust/1.root.json").read_bytes())
    return ctx.settings.model_copy(update={"home": folder, "env": "production", "pwa_dir": folder / "none"})


def test_documents_that_say_production_under_a_root_that_does_are_served(ctx: Context, tmp_path: Path) -> None:
    check_trust(published(tmp_path, ctx, said="production", env="production"))


@pytest.mark.parametrize("env", ["demo", "test", "staging", None])
def test_documents_that_say_production_under_another_root_are_not(
    ctx: Context, tmp_path: Path, env: str | None
) -> None:
    with pytest.raises(Refused, match="wrong-environment"):
        check_trust(published(tmp_path, ctx, said="production", env=env))


def test_documents_of_a_demo_under_a_root_of_production_are_not(ctx: Context, tmp_path: Path) -> None:
    settings = published(tmp_path, ctx, said="demo", env="production")
    with pytest.raises(Refused, match="wrong-environment"):
        check_trust(settings)
    with pytest.raises(Malformed, match="environment-mismatch"):
        actions.load_trust(settings.home, env="demo")


@pytest.mark.parametrize("env", STRICT)
def test_faces_are_served_only_where_they_are_pinned(tmp_path: Path, env: str) -> None:
    anchor = b"the root of this deployment"
    check_faces(tmp_path, env, anchor)  # none here: a proxy has them
    (tmp_path / "index.html").write_text("")
    right = {"env": env, "anchor_sha256": hashlib.sha256(anchor).hexdigest()}
    wrong = (
        None,
        {"env": "demo", "anchor_sha256": None},
        {**right, "env": "demo"},
        {**right, "anchor_sha256": hashlib.sha256(b"another").hexdigest()},
    )
    for pin in wrong:
        if pin is not None:
            (tmp_path / "pin.json").write_text(json.dumps(pin))
        with pytest.raises(Refused, match="wrong-faces"):
            check_faces(tmp_path, env, anchor)
    (tmp_path / "pin.json").write_text(json.dumps(right))
    check_faces(tmp_path, env, anchor)


def built_on(anchor: Path, env: str) -> subprocess.CompletedProcess[str]:
    """`npm run build`, as an operator types it."""
    variables = {**os.environ, "AMATE_ENV": env, "AMATE_ANCHOR": str(anchor)}
    command = ["npm", "run", "build"]
    return subprocess.run(
        command, cwd=ROOT / "pwa", env=variables, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def demos_root(ctx: Context) -> Path:
    ctx.settings = ctx.settings.model_copy(update={"env": "demo"})
    actions.init(ctx)
    return ctx.settings.home / "anchor.json"


@pytest.mark.parametrize("env", STRICT)
def test_the_faces_are_not_built_on_a_demos_root(demos_root: Path, env: str) -> None:
    built = built_on(demos_root, env)
    assert built.returncode != 0
    assert f"AMATE_ENV is {env}" in built.stderr
    assert "is a root of demo" in built.stderr


def test_the_faces_are_not_built_on_a_root_in_which_somebody_wrote_another_environment(demos_root: Path) -> None:
    """Nor on anything that its own keys have not signed."""
    edited = demos_root.with_name("edited.root.json")
    edited.write_text(re.sub(r'"env": ?"demo"', '"env":"production"', demos_root.read_text()))
    built = built_on(edited, "production")
    assert built.returncode != 0
    assert "its own keys have not signed what it says" in built.stderr
