"""The published folder: what the database holds, laid out for any static server, replaced in one step.

2026-11-28: each publication is a folder of its own under `$AMATE_HOME/releases`, linked file by file to the one before;
`published/trust` is a link to it, moved once it is whole and verified from the anchor down. A new root and the
timestamp that its keys sign therefore appear together, and whoever dies in between leaves the old release served.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from amate.context import Context
from amate.errors import Malformed, Unavailable
from amate.features.trust import repository, store
from amate.features.trust.codings import codings_for
from amate.features.trust.files import alone, publish_file, read_file, sync_folder

UNFINISHED = "."  # begins the name of a release that is being built; one that nobody builds was cut off


def write_published(ctx: Context) -> None:
    """Put the newest release of the database in force, unless it is already, whole.

    Raises: Unavailable("storage-unavailable"), Malformed("trust-broken") when what the database holds does not verify;
            the release in force stays
    """
    home, link = ctx.settings.home, ctx.settings.published / "trust"
    if store.last_release(ctx.tx) is None:  # asked before the lock is taken: on SQLite, the database is locked first
        return
    try:
        with alone(home / "releases" / ".lock"):
            newest, paths = _newest(ctx)
            before = link.resolve()
            if read_file(home / "anchor.json") is None:
                publish_file(home / "anchor.json", store.read_file(ctx.tx, "1.root.json") or b"")
            if not _is_whole(link, paths, newest):
                _put_in_force(ctx, link, paths, newest)
            _forget_old_releases(home / "releases", link, before)
    except OSError as error:
        raise Unavailable("storage-unavailable", f"{home}: {error.strerror or error}") from error


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


def reader_of(home: Path) -> Callable[[str], bytes | None]:
    """Reads the published folder of a home (or of a set of a pack) as it is now, also when it is replaced meanwhile."""
    folder = (home / "published" / "trust").resolve()
    return lambda path: read_file(folder / path)


def _newest(ctx: Context) -> tuple[bytes, list[str]]:
    """The newest timestamp and the paths that belong beside it, also when another release is committed meanwhile."""
    while True:
        release = store.last_release(ctx.tx)
        newest = store.read_file(ctx.tx, repository.TIMESTAMP_PATH)
        if release is not None and newest is not None and repository.version_of(newest) == release.timestamp:
            paths = [path for path in store.file_paths(ctx.tx) if path != repository.TIMESTAMP_PATH]
            return newest, [path for path in paths if not _is_root(path) or _version_of(path) <= release.root]


def _is_whole(link: Path, paths: list[str], newest: bytes) -> bool:
    if not link.is_symlink() or read_file(link / repository.TIMESTAMP_PATH) != newest:
        return False
    return all((link / path).exists() for path in [*paths, repository.NEWEST_ROOT_PATH])


def _put_in_force(ctx: Context, link: Path, paths: list[str], newest: bytes) -> None:
    before = link.resolve()
    anchor = read_file(ctx.settings.home / "anchor.json") or b""
    made = _build(ctx, paths, newest, before)
    try:
        _verify(anchor, made)
    except Malformed:  # a file of the release before was damaged: take none of them
        shutil.rmtree(made)
        made = _build(ctx, paths, newest, None)
        _verify(anchor, made)
    _move(link, made.rename(made.with_name(made.name.removeprefix(UNFINISHED))))


def _build(ctx: Context, paths: list[str], newest: bytes, before: Path | None) -> Path:
    """A folder with these files; those that stand in the one `before` are not written again."""
    releases = ctx.settings.home / "releases"
    made = Path(tempfile.mkdtemp(dir=releases, prefix=f"{UNFINISHED}{repository.version_of(newest)}-"))
    made.chmod(0o755)
    (made / "targets").mkdir()
    for path in paths:
        if before is None or not _link(before / path, made / path):
            publish_file(made / path, store.read_file(ctx.tx, path) or b"")
    newest_root = max(filter(_is_root, paths), key=_version_of)
    publish_file(made / repository.NEWEST_ROOT_PATH, (made / newest_root).read_bytes())
    publish_file(made / repository.TIMESTAMP_PATH, newest)
    for path in paths:
        _compress(made, path, before)
    for folder in (made / "targets", made, releases):
        sync_folder(folder)
    return made


def _link(old: Path, new: Path) -> bool:
    try:
        os.link(old, new)
    except OSError:  # not there, or a file system without hard links
        return False
    return True


def _compress(made: Path, path: str, before: Path | None) -> None:
    """The file in fewer bytes beside it, for whoever serves the folder; taken from the one `before` where it stands."""
    body = (made / path).read_bytes()
    for coding in codings_for(len(body)):
        name = f"{path}{coding.suffix}"
        if before is None or coding.unpacked(before / name) != body or not _link(before / name, made / name):
            publish_file(made / name, coding.packed(body))


def _verify(anchor: bytes, folder: Path) -> None:
    repository.verify(anchor, lambda path: read_file(folder / path))


def _move(link: Path, made: Path) -> None:
    """From here on `link` leads to `made`."""
    link.parent.mkdir(parents=True, exist_ok=True)
    new = link.with_name(f".{link.name}-new")
    new.unlink(missing_ok=True)
    new.symlink_to(os.path.relpath(made, link.parent))
    if link.is_dir() and not link.is_symlink():  # as homes of before 2026-11-28 have it
        link.rename(made.with_name(f"{made.name}-before"))
    new.replace(link)
    sync_folder(link.parent)


def _forget_old_releases(releases: Path, link: Path, before: Path) -> None:
    """All but the one in force and the one before it, which a reader may have open."""
    in_force = link.resolve().name
    others = [path for path in releases.iterdir() if path.is_dir() and path.name != in_force]
    whole = [path for path in others if not path.name.startswith(UNFINISHED)]
    kept = max(whole, key=lambda path: (path.name == before.name, path.stat().st_mtime_ns), default=None)
    for old in others:
        if old != kept:
            shutil.rmtree(old, ignore_errors=True)


def _is_root(path: str) -> bool:
    return path.endswith(".root.json")


def _version_of(path: str) -> int:
    return int(path.partition(".")[0])
