"""A repository, a server over it, and each of the two clients in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.clients import Ours, PythonTuf
from tests.conformance.repository import Repository
from tests.conformance.server import Server, serving


@pytest.fixture
def repository() -> Repository:
    return Repository()


@pytest.fixture
def server(repository: Repository) -> Iterator[Server]:
    with serving(repository) as server:
        yield server


@pytest.fixture(params=[Ours, PythonTuf], ids=lambda kind: kind.name)
def client(request: pytest.FixtureRequest, tmp_path: Path, server: Server) -> Ours | PythonTuf:
    """Not initialised yet."""
    made: Ours | PythonTuf = request.param(tmp_path, server)
    return made


@pytest.fixture
def ours(tmp_path: Path, server: Server) -> Ours:
    """Only ours, where the other one has another answer, or none."""
    return Ours(tmp_path, server)
