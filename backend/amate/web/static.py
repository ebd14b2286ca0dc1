"""The built faces, the pinned root, and the published trust and status files, as any static server would give them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, Response, request, send_from_directory
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from amate.config import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

WORKER = "sw.js"
RECALL = Path(__file__).with_name("recall.js")
MAX_NAME = 200  # bytes; of 255 that Linux takes
FOREVER = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; font-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types default"
)
# The viewer of the API's document writes HTML that its own sanitiser cleaned: no Trusted Types there, and no wasm.
DOCS_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
# What is published is data and no page: these two keep a browser from taking it for one, and a device's idle
# synchronisation, one timestamp with its headers, stays within 1 kB.
DATA_PATHS = ("/trust/", "/status/")
DATA_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
REVOCATIONS = "revocations/"
HASHED = re.compile(r"revocations/[0-9a-f]{64}(-[0-9a-f]{64})?")  # another content has another name
CODINGS = {"br": ".br", "gzip": ".gz"}  # of two that are wanted alike, the first
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".wasm": "application/wasm",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


def serve_face(root: Path, path: str) -> Response:
    """A file of the built faces, in brotli or gzip where it was built so and that is accepted; a folder, its index."""
    name = path if not (path == "" or path.endswith("/")) else f"{path}index.html"
    _check_length(name)
    if (root / name).is_dir():
        name += "/index.html"
    response = _send(root, name)
    response.headers["Cache-Control"] = FOREVER if name.startswith("assets/") else REVALIDATE
    if name.startswith("docs/"):
        response.headers["Content-Security-Policy"] = DOCS_CONTENT_SECURITY_POLICY
    return response


def serve_face_or_recall(configured: Settings, path: str) -> Response:
    """A file of the built faces; on a recall, instead of their service worker the one that takes them off a device."""
    if path == WORKER and configured.recall_faces:
        response = send_from_directory(RECALL.parent, RECALL.name, conditional=True)
        response.content_type = TYPES[RECALL.suffix]
        response.headers["Cache-Control"] = REVALIDATE
        return response
    return serve_face(configured.pwa_dir, path)


def serve_published(root: Path, path: str) -> Response:
    """A published file: versioned ones for ever, the others revalidated; readable from any origin, no cookies.

    In fewer bytes where it was laid so beside it and that is accepted.
    """
    _check_length(path)
    response = _send(root, path)
    is_status = root.name == "status"
    changing = path in ("timestamp.json", "root.json", "index.json") or (is_status and not HASHED.fullmatch(path))
    response.headers["Cache-Control"] = "public, max-age=60" if changing else FOREVER
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    for name in ("Content-Disposition", "Last-Modified"):  # the ETag says more than a date, in fewer bytes
        response.headers.pop(name, None)
    if is_status and not path.endswith(".json"):
        response.content_type = _status_type(path)
    return response


def _send(root: Path, name: str) -> Response:
    """A file of the type that its name tells, in the coding that is wanted most of those that lie beside it.

    Source: RFC 9110, §12.5.3
    """
    wanted = request.accept_encodings
    laid = [coding for coding, suffix in CODINGS.items() if _is_file(root, f"{name}{suffix}")]
    best = max(laid, key=wanted.quality, default=None)
    coding = best if best is not None and wanted.quality(best) > 0 else None
    response = send_from_directory(root, f"{name}{CODINGS[coding]}" if coding else name, conditional=True)
    response.headers.pop("Content-Encoding", None)  # of a gzip file asked for by its own name: that is the file
    if coding:
        response.headers["Content-Encoding"] = coding
    if laid:
        response.headers["Vary"] = "Accept-Encoding"
    response.content_type = TYPES.get(Path(name).suffix, "application/octet-stream")
    return response


def _check_length(path: str) -> None:
    """That each part of a path can be a file's name, with what is put after it: a file system raises at longer ones."""
    if any(len(part.encode()) > MAX_NAME for part in path.split("/")):
        raise NotFound


def _status_type(path: str) -> str:
    if path.startswith(REVOCATIONS):
        return "application/octet-stream" if HASHED.fullmatch(path) else "application/revocations+jwt"
    return "application/statuslist+jwt"


def _is_file(root: Path, path: str) -> bool:
    joined = safe_join(str(root), path)
    return joined is not None and Path(joined).is_file()


class Answer(Response):
    """An answer with the security headers; a view may have set its own.

    They are added last, as plain pairs: setting them on each response took a tenth of a node's time.
    """

    def get_wsgi_response(self, environ: WSGIEnvironment) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        body, status, headers = super().get_wsgi_response(environ)
        set_already = {name for name, _ in headers}
        due = DATA_HEADERS if environ["PATH_INFO"].startswith(DATA_PATHS) else HEADERS
        headers += [pair for pair in due.items() if pair[0] not in set_already]
        if environ["PATH_INFO"].startswith(("/api/", "/oid4vci/")) and "Cache-Control" not in set_already:
            headers.append(("Cache-Control", "no-store"))
        return body, status, headers


def register(app: Flask, configured: Settings) -> None:
    """Serve the faces at / and the published files at /trust and /status."""
    app.response_class = Answer

    @app.get("/trust/<path:path>")
    def trust_file(path: str) -> Response:
        return serve_published(configured.published / "trust", path)

    @app.get("/status/<path:path>")
    def status_file(path: str) -> Response:
        return serve_published(configured.published / "status", path)

    @app.get("/anchor.json")
    def anchor() -> Response:
        return send_from_directory(configured.home, "anchor.json", max_age=0)

    @app.get("/docs")
    def docs() -> Response:
        return serve_face(configured.pwa_dir, "docs")

    @app.get("/")
    @app.get("/<path:path>")
    def face(path: str = "") -> Response:
        if path.startswith(("api/", "oid4vci/", ".well-known/")):
            raise NotFound
        return serve_face_or_recall(configured, path)
