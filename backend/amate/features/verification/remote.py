"""Fetches a pack's parts from a deployment, within limits of size and time, and tells it how old the pack is."""

from __future__ import annotations

import math
import re
import time
import urllib.request
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import urllib3
from tuf.api.exceptions import DownloadError, DownloadHTTPError, RepositoryError, SlowRetrievalError
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from amate.context import system_clock
from amate.core.encoding import strict_json
from amate.errors import Malformed, Refused, Unavailable
from amate.features.verification import resuming
from amate.features.verification.model import JsonObject

GAP_S: Final = 15  # between two bytes
WHOLE_S: Final = 120  # for one file
CHUNK: Final = 64 * 1024
CODINGS: Final = "br, gzip"
MAX_SMALL: Final = 64 * 1024
MAX_STATUS_TOKEN: Final = 2**20
LIMITS: Final = UpdaterConfig(
    max_root_rotations=256,
    root_max_length=64 * 1024,
    timestamp_max_length=16 * 1024,
    snapshot_max_length=64 * 1024,
    targets_max_length=256 * 1024,
    app_user_agent="amate",
)
REFUSED: Final = {
    401: "does not know the token, or it has ended or is revoked",
    403: "knows the token, but as one of another role than clinic",
}
REPORTS: Final = "api/v1/verifiers/reports"
HASHED: Final = re.compile(r"[0-9a-f]{64}")
SLUG: Final = re.compile(r"[a-z0-9-]{1,60}")
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


class BoundedFetcher(FetcherInterface):
    """Downloads in a bounded time, follows no redirect, and sends its token to nobody but the deployment (row D06).

    skew_s: our clock minus that of whoever answered last, in seconds; None when it did not tell the time
    """

    def __init__(self, base_url: str, token: str | None = None) -> None:
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = _pool(base_url)
        self.skew_s: int | None = None

    def exchange(self, url: str, said: JsonObject, most: int, within_s: float) -> tuple[int, bytes]:
        """Send a JSON document once; status and body of the answer, whatever it is.

        most:     bytes of the answer; one that is longer is no answer
        within_s: in seconds, for all of it but the looking up of a name
        Raises:   DownloadError
        """
        gap_s = min(GAP_S, within_s)
        timeout = urllib3.Timeout(total=within_s, connect=gap_s, read=gap_s)
        try:
            response = self._ask("POST", url, json=said, retries=False, timeout=timeout)
            body = b"".join(self._chunks(response, within_s, most))
        except urllib3.exceptions.HTTPError as error:
            raise DownloadError(f"{url}: {error}") from error
        return response.status, body

    def open_at(self, url: str, begin: int) -> resuming.Opened:
        """Ask for a file from a byte on, for the caller to read or to close; a server may answer with the whole.

        Raises: DownloadError
        """
        headers = {**self._headers, **({"Range": f"bytes={begin}-"} if begin else {})}
        try:
            response = self._ask("GET", url, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise DownloadError(f"{url}: {error}") from error
        said = response.headers.get("Content-Range", "")
        return resuming.Opened(response.status, said, self._chunks(response), response.close)

    def _fetch(self, url: str) -> Iterator[bytes]:
        response = self._ask("GET", url, headers={**self._headers, "Accept-Encoding": CODINGS})
        self.skew_s = _skew_s(response.headers.get("Date"))
        if response.status != 200:
            response.close()  # and not back to the pool with a body that nobody read: the next request would meet it
            raise DownloadHTTPError(f"{url}: HTTP {response.status}", response.status)
        return self._chunks(response)

    def _ask(self, method: str, url: str, **more: Any) -> urllib3.BaseHTTPResponse:
        asked = {"timeout": urllib3.Timeout(connect=GAP_S, read=GAP_S), "headers": self._headers, **more}
        return self._http.request(method, url, preload_content=False, redirect=False, **asked)

    @staticmethod
    def _chunks(
        response: urllib3.BaseHTTPResponse, within_s: float = WHOLE_S, most: float = math.inf
    ) -> Iterator[bytes]:
        ends, size = time.monotonic() + within_s, 0
        try:
            while chunk := response.read1(CHUNK):
                size += len(chunk)
                if time.monotonic() > ends:
                    raise SlowRetrievalError("the download takes too long")
                if size > most:
                    raise DownloadError("the answer is longer than any")
                yield chunk
        except urllib3.exceptions.HTTPError as error:
            raise SlowRetrievalError(str(error)) from error
        finally:
            response.close()


class Told(NamedTuple):
    """What a deployment said to something that was sent to it."""

    status: int
    body: Any

    @property
    def slug(self) -> str:
        """Why it refused: the slug of the problem document, or its status where that is none."""
        kind = self.body.get("type") if isinstance(self.body, dict) else None
        slug = kind.rpartition("/")[2] if isinstance(kind, str) else ""
        return slug if SLUG.fullmatch(slug) else f"http-{self.status}"


class Deployment:
    """A deployment from which packs are made.

    base_url: as in `--from`
    token:    of the role clinic; only then sealing keys can be had
    """

    def __init__(self, base_url: str, token: str | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Malformed("bad-address", f"{base_url} is not an http(s) address", where="from")
        if token and parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise Refused("insecure-address", "a token is only sent over https")
        self._public = BoundedFetcher(self.base_url)
        self._own = BoundedFetcher(self.base_url, token) if token else None

    def anchor(self) -> bytes:
        """The root that the deployment says is its anchor; somebody must compare its SHA-256."""
        return self._bytes(self._public, "anchor.json", LIMITS.root_max_length)

    def status_index(self) -> bytes:
        """The unsigned index of status lists."""
        return self._bytes(self._public, "status/index.json", MAX_SMALL)

    def status_token(self, number: int) -> bytes:
        """A status list token, not verified."""
        return self._bytes(self._public, f"status/{number}", MAX_STATUS_TOKEN)

    def revocations_part(self, name: str, most: int, unfinished: Path) -> bytes | None:
        """A part of the folder of revocations, not verified, of at most so many bytes; None when there is none.

        unfinished: where what came of a file that is named by its hash is kept for the next time, if the line breaks
        """
        path = f"status/revocations/{name}"
        if not HASHED.fullmatch(name):
            return self._bytes_if_there(self._public, path, most)
        try:
            return resuming.fetch(self._public.open_at, f"{self.base_url}/{path}", unfinished / name, most)
        except DownloadError as error:
            raise _unavailable(error) from error

    def sealing_keys(self) -> bytes | None:
        """The sealing keys, when there is a token to ask with."""
        if self._own is None:
            return None
        return self._bytes(self._own, "api/v1/sealing-keys", MAX_SMALL)

    def report(self, ages: JsonObject) -> bool:
        """Tell how old a pack's lists are; False without a token, for only clinics are asked.

        Raises: Unavailable("source-unavailable")
        """
        if self._own is None:
            return False
        told = self.post(REPORTS, {**ages, "clock_skew_s": self._own.skew_s}, MAX_SMALL)
        if told.status != 204:
            raise Unavailable("source-unavailable", f"{self.base_url}/{REPORTS}: {told.status} {told.slug}")
        return True

    def post(self, path: str, said: JsonObject, most: int, *, within_s: float = WHOLE_S) -> Told:
        """Send a JSON document with the token, and read what the deployment says to it, at most so many bytes.

        Raises: Unavailable("source-unavailable") where there was no answer
        """
        url = f"{self.base_url}/{path}"
        try:
            status, body = (self._own or self._public).exchange(url, said, most, within_s)
        except DownloadError as error:
            raise _unavailable(error) from error
        try:
            return Told(status, strict_json(body))
        except Malformed:  # of something in between
            return Told(status, None)

    def update_trust(self, *, anchor: bytes, cache: Path, targets: Path, names: tuple[str, ...]) -> None:
        """Bring the cached metadata up to date and put the targets into a folder: as update_trust()."""
        update_trust(self._public, self.base_url, anchor=anchor, cache=cache, targets=targets, names=names)

    def _bytes(self, fetcher: BoundedFetcher, path: str, most: int) -> bytes:
        body = self._bytes_if_there(fetcher, path, most)
        if body is None:
            raise _unavailable(f"{self.base_url}/{path}: HTTP 404")
        return body

    def _bytes_if_there(self, fetcher: BoundedFetcher, path: str, most: int) -> bytes | None:
        try:
            body: bytes = fetcher.download_bytes(f"{self.base_url}/{path}", most)
        except DownloadHTTPError as error:
            if error.status_code == 404:
                return None
            if fetcher is self._own and error.status_code in REFUSED:
                remedy = "ask there for one that `amate staff token --role clinic` made"
                said = f"{self.base_url} {REFUSED[error.status_code]}: {remedy}"
                raise Refused("token-refused", said, where="--token-file") from error
            raise _unavailable(error) from error
        except DownloadError as error:
            raise _unavailable(error) from error
        return body


def update_trust(
    fetcher: FetcherInterface, base_url: str, *, anchor: bytes, cache: Path, targets: Path, names: tuple[str, ...]
) -> None:
    """Bring cached metadata up to date and put the targets into a folder, all by TUF's client workflow.

    cache:  metadata from before, which protects from rollback; it is written to
    Raises: Unavailable("source-unavailable"), Malformed("trust-broken")
    """
    cache.mkdir(parents=True, exist_ok=True)
    targets.mkdir(parents=True, exist_ok=True)
    base = f"{base_url}/trust/"
    try:
        updater = Updater(
            str(cache), base, str(targets), f"{base}targets/", fetcher=fetcher, config=LIMITS, bootstrap=anchor
        )
        updater.refresh()
        for name in names:
            info = updater.get_targetinfo(name)
            if info is None:
                raise Malformed("trust-broken", f"{name} is not among the targets")
            if updater.find_cached_target(info) is None:
                updater.download_target(info)
    except DownloadError as error:
        raise _unavailable(error) from error
    except RepositoryError as error:
        raise Malformed("trust-broken", str(error)) from error


def _pool(base_url: str) -> urllib3.PoolManager:
    parts = urlsplit(base_url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    direct = parts.hostname in LOOPBACK or urllib.request.proxy_bypass(parts.hostname or "")
    return urllib3.PoolManager() if direct or not proxy else urllib3.ProxyManager(proxy)


def _skew_s(date: str | None) -> int | None:
    try:
        return None if date is None else system_clock() - int(parsedate_to_datetime(date).timestamp())
    except ValueError:
        return None


def _unavailable(error: DownloadError | str) -> Unavailable:
    return Unavailable("source-unavailable", f"{error}; what was synced before, if anything, stays in use")
