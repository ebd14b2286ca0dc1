"""Opens the Context of a request when a view first asks for it, and ends it: commit below 400, else roll back."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, current_app, g, request
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from amate.config import Settings
from amate.context import Context, system_clock
from amate.db.engine import connect
from amate.errors import AmateError

DOORS = ("signer", "unwrap", "rewrap")  # a clinic's node signs nothing, and is given none


def settings() -> Settings:
    """The settings of the application that is serving."""
    value: Settings = current_app.extensions["amate.settings"]
    return value


def context() -> Context:
    """The Context of this request, opened on first use."""
    ctx: Context | None = g.get("amate_context")
    if ctx is None:
        engine: Engine = current_app.extensions["amate.engine"]
        clock: Callable[[], int] = current_app.extensions["amate.clock"]
        tx = connect(engine, writes=request.method not in ("GET", "HEAD", "OPTIONS"))
        ctx = g.amate_context = Context(
            tx=tx,
            now=clock(),
            settings=settings(),
            actor=g.get("amate_actor", "public"),
            **{name: door for name in DOORS if (door := current_app.extensions.get(f"amate.{name}")) is not None},
        )
    return ctx


def keep_writes(error: AmateError) -> None:
    """Remember that this error's writes are to be committed (a failed attempt that must be counted)."""
    g.amate_keeps_writes = g.get("amate_keeps_writes", False) or error.keeps_writes


def _end(response: Response) -> Response:
    # Not teardown_request: a handled error reaches it as None, and half-written work would be committed.
    ctx: Context | None = g.get("amate_context")
    if ctx is None:
        return response
    try:
        if response.status_code < 400 or g.get("amate_keeps_writes"):
            ctx.tx.commit()
        else:
            ctx.tx.rollback()
    except DBAPIError as error:
        # Flask asks no error handler about what fails after the view: it would be a 500 that looks like our defect.
        return current_app.make_response(current_app.handle_user_exception(error))
    return response


def _close(_error: BaseException | None) -> None:
    ctx: Context | None = g.pop("amate_context", None)
    if ctx is not None:
        ctx.tx.close()


def register(app: Flask, engine: Engine, configured: Settings, clock: Callable[[], int] | None = None) -> None:
    """Give every request of `app` its Context."""
    app.extensions["amate.engine"] = engine
    app.extensions["amate.settings"] = configured
    app.extensions["amate.clock"] = clock or system_clock
    app.after_request(_end)
    app.teardown_appcontext(_close)
