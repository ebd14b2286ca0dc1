"""A PostgreSQL and a Redis of the tests' own, in a temporary folder, gone afterwards.

`python -m tests.cluster COMMAND …` runs COMMAND with AMATE_TEST_DATABASE_URL and AMATE_TEST_REDIS_URL set.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests import scratch

DATABASE_USER = "amate"
PORTS = range(20_000, 32_768)  # net.ipv4.ip_local_port_range begins after them


@dataclass(frozen=True)
class Cluster:
    """Addresses of both, and how to stop and start them."""

    folder: Path
    database_port: int
    redis_port: int

    @property
    def database_url(self) -> str:
        return f"postgresql://{DATABASE_USER}@127.0.0.1:{self.database_port}/postgres"

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.redis_port}/0"

    def start_database(self) -> None:
        # A process that is killed is recovered without fsync, too: only a machine that falls would lose what it wrote.
        options = f"-p {self.database_port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        _pg_ctl(self.folder, "start", "-w", "-l", str(self.folder / "pg.log"), "-o", options)

    def stop_database(self) -> None:
        _pg_ctl(self.folder, "stop", "-m", "immediate")

    def start_redis(self) -> None:
        arguments = ["--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", "", "--daemonize", "yes"]
        log = str(self.folder / "redis.log")
        _run(["redis-server", *arguments, "--dir", str(self.folder), "--logfile", log])
        _wait_for_port(self.redis_port)

    def stop_redis(self) -> None:
        _run(["redis-cli", "-p", str(self.redis_port), "shutdown", "nosave"])


@cache
def addresses() -> tuple[str, str]:
    """URLs of the database and the Redis that this process may empty; "" for each where everything is embedded.

    Workers of pytest-xdist share the servers, and have a database of their own in each.
    """
    database_url, redis_url = (os.environ.get(f"AMATE_TEST_{name}_URL", "") for name in ("DATABASE", "REDIS"))
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    if not database_url:
        return database_url, redis_url
    own = beside(database_url, worker)
    recreate(own)
    return own, beside(redis_url, worker.removeprefix("gw"))


def beside(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return f"{url.rpartition('/')[0]}/{name}"


def recreate(database_url: str, *, template: str = "template1") -> None:
    """A database made anew as a copy of another, which nobody may be using; who still uses the old one is put out."""
    name = urlsplit(database_url).path.removeprefix("/")
    with psycopg.connect(beside(database_url, "postgres"), autocommit=True) as maintenance:
        maintenance.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        # File by file: a copy through the log, which is the default, takes half as long again.
        maintenance.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to outgoing connections: it stays free."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def started() -> Iterator[Cluster]:
    """Both running, until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="amate-cluster-", dir=scratch.place()))
    if os.getuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    cluster = Cluster(folder, free_port(), free_port())
    try:
        auth = ["-A", "trust", "-U", DATABASE_USER, "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]
        _as_postgres([_program("initdb"), "-D", str(folder / "data"), *auth])
        cluster.start_database()
        cluster.start_redis()
        yield cluster
    finally:
        for stop in (cluster.stop_database, cluster.stop_redis):
            try:
                stop()
            except (subprocess.CalledProcessError, FileNotFoundError) as error:
                print(f"cluster: {error}", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not found:
        raise FileNotFoundError(f"{name}: install PostgreSQL (`make system` does)")
    return str(found[-1])


def _pg_ctl(folder: Path, *arguments: str) -> None:
    _as_postgres([_program("pg_ctl"), "-D", str(folder / "data"), *arguments])


def _as_postgres(command: list[str]) -> None:
    # PostgreSQL refuses to run as root.
    _run(
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command] if os.getuid() == 0 else command
    )


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, cwd="/")


def _wait_for_port(port: int, timeout_s: float = 10) -> None:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def main() -> int:
    """Run the command of the arguments beside a cluster."""
    with started() as cluster:
        addresses = {
            "AMATE_TEST_DATABASE_URL": cluster.database_url,
            "AMATE_TEST_REDIS_URL": cluster.redis_url,
        }
        return subprocess.run(sys.argv[1:], env=os.environ | addresses, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
