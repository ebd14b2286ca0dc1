"""The edge of the command line: opens the Context of a command, prints text or JSON, turns errors into exit codes."""

from __future__ import annotations

import getpass
import json
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import DBAPIError

from amate.config import Settings, read_settings
from amate.context import Context, open_context
from amate.db.belonging import check_environment
from amate.db.engine import is_outage, open_engine
from amate.errors import AmateError, Malformed, Unavailable

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn

Command = TypeVar("Command", bound=Callable[..., Any])
KID_WITH_DASH = re.compile(r"-[A-Za-z0-9_][A-Za-z0-9_-]{6,41}|--[A-Za-z0-9_-]{41}")  # whole, or the beginning of one
EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_WAITS = 3  # for signatures from elsewhere, for people who have not come, for a root that names a signer
EXIT_PARTLY = 7  # done but for what was rejected; 3 to 6 are also verdicts


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


class KidCommand(click.Command):
    """A command that is given kids: one in 64 begins with a dash, and is an option no more than the others."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        kids = [word for word in args if KID_WITH_DASH.fullmatch(word)]
        if kids and "--" not in args:
            args = [*(word for word in args if word not in kids), "--", *kids]
        return super().parse_args(ctx, args)


class KidGroup(click.Group):
    """A group of such commands."""

    command_class = KidCommand


def check_pack(folder: Path) -> None:
    """That a pack's folder is there.

    Raises: Malformed("no-pack")
    """
    if not folder.is_dir():
        said = f"{folder} is not a pack's folder: make one with `amate pack sync --from URL --to {folder}`"
        raise Malformed("no-pack", said, where="--pack")


def progress(*columns: ProgressColumn) -> Progress:
    """A bar on stderr that people see; into a file or a pipe nothing is drawn."""
    from rich.console import Console  # takes a moment to load, which only long work needs
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(*columns, console=console, disable=not console.is_terminal)


@contextmanager
def command_context(*, writes: bool = True, is_there: bool = False, is_rehearsal: bool = False) -> Iterator[Context]:
    """A Context on the configured database, with its schema brought up to date.

    is_there:     it must be there already, for what says that all is well: a mistyped home is no empty log
    is_rehearsal: where there is no file yet, its place is taken by one in memory
    Raises:       Malformed("no-deployment")
    """
    settings = read_settings()
    is_missing = (is_there or is_rehearsal) and _lacks_file(settings)
    if is_there and is_missing:
        said = f"there is no deployment at {settings.home}: set AMATE_HOME to one, or begin it with `amate demo`"
        raise Malformed("no-deployment", said, where="AMATE_HOME")
    if is_rehearsal and is_missing:
        settings = settings.model_copy(update={"database_url": "sqlite://"})
    engine = open_migrated(settings)
    try:
        with open_context(engine, settings, actor=f"cli:{getpass.getuser()}", writes=writes) as ctx:
            yield ctx
    finally:
        engine.dispose()


@contextmanager
def import_context() -> Iterator[Context]:
    """A Context for one import, in one transaction: whoever stops it reads that nothing of it is in; exit 1 then."""
    heard = signal.getsignal(signal.SIGINT)
    try:
        with command_context() as ctx:
            yield ctx
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # noticed only after the commit, it would be answered falsely
    except KeyboardInterrupt:
        fail(Unavailable("import-stopped", "nothing of this import was saved; run the same command again"))
    finally:
        signal.signal(signal.SIGINT, heard)


def _lacks_file(settings: Settings) -> bool:
    url = make_url(settings.database_url)
    return url.get_backend_name() == "sqlite" and bool(url.database) and not Path(url.database or "").exists()


def open_migrated(settings: Settings) -> Engine:
    """The engine of the configured database, after its migrations; one of another environment is left alone.

    Raises: Refused("wrong-environment")
    """
    from amate.db.migrate import migrate  # Alembic takes a second to load, which only commands with a database need

    engine = open_engine(settings.database_url)
    try:
        migrate(engine)
        check_environment(engine, settings.env)
    except AmateError:
        engine.dispose()
        raise
    return engine


def outage_of(error: Exception) -> AmateError | None:
    """What to say of a database that does not answer; None when the error is something else."""
    if not isinstance(error, DBAPIError) or not is_outage(error):
        return None
    said = str(error.orig).strip().partition("\n")[0]
    remedy = "start it, or mend AMATE_DATABASE_URL"
    if "locked" in said:  # SQLite's, a node's too, which has no address to mend
        remedy = "something else has been writing to it for too long: try again, and restart what serves it if it lasts"
    return Unavailable("database-unavailable", f"{said}; {remedy}")


def show(data: Any, *, as_json: bool, text: str = "") -> None:
    """Print `data` as JSON, or `text` for people."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2) if as_json else text)


def end_import(imported: int, rejected: int, unit: str) -> NoReturn:
    """Exit as the README says of an import, whose report was shown: 0 all is in, 7 some of it, 1 nothing."""
    if not imported:
        said = f"none of the {rejected} {unit} can be imported: mend what is said of them, and import the file again"
        fail(Malformed("no-usable-rows", said, where="file"))
    sys.exit(EXIT_PARTLY if rejected else 0)


def warn(said: str) -> None:
    """Say on stderr what went wrong beside what was done."""
    click.echo(f"amate: {said}", err=True)


def fail(error: AmateError) -> NoReturn:
    """Say on stderr what was wrong, where and what to do, in a line of JSON to whoever asked for that; exit 1."""
    where = f" ({error.where})" if error.where else ""
    said = f"amate: {error.slug}{where}{': ' + error.detail if error.detail else ''}"
    if "--json" in sys.argv[1:]:  # no command is at work any more that could be asked for its options
        said = json.dumps({"error": error.slug, "detail": error.detail, "where": error.where}, ensure_ascii=False)
    click.echo(said, err=True)
    sys.exit(EXIT_REFUSED)
