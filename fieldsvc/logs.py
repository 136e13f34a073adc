"""What the server says while it runs: one JSON object a line on standard error, and never anything about a person.

Decides what may be said. Our own lines say their words and ids; of everybody else's only where they stand, because a library
puts into its words whatever it was given. Of an exception the kinds and the places are told, never its text: that quotes what
somebody typed. An address is told as its rule, `/n/<lookup>`, without what stood there. Every answer carries the id under
which the lines of its request are found. Invariant: nothing that came in by a request reaches a line but ids that are UUIDs.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, TextIO

from flask import Flask, Response, g, has_request_context, request

from fieldsvc import measures

HEADER = "X-Request-Id"
OURS = ("fieldsvc", "sync")
MOST_IDS = 50
"""So many entries are named one by one; how many there were is always told."""

LOG_IN = ("identity", "identity_pages")
REFUSED = {401: "wrong", 429: "too_many"}

log = logging.getLogger("fieldsvc.request")


class JsonLines(logging.Formatter):
    """One record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "logger": record.name}
        if record.name.split(".")[0] in OURS:
            told["says"] = _words(record)
        else:
            told["place"] = f"{PurePath(record.pathname).name}:{record.lineno}"
        if has_request_context() and "request_id" in g:
            told["request"] = g.request_id
        told |= getattr(record, "told", {})
        if record.exc_info and record.exc_info[1] is not None:
            told["errors"] = list(_errors(record.exc_info[1]))
        return json.dumps(told, ensure_ascii=False)


def _words(record: logging.LogRecord) -> str:
    given = record.args if isinstance(record.args, tuple) else ()
    named = tuple(type(one).__name__ if isinstance(one, BaseException) else one for one in given)
    return str(record.msg) % named if named else str(record.msg)


def _errors(error: BaseException) -> Iterable[dict[str, Any]]:
    """The kinds of an exception and of its causes, each with where it came from, innermost last."""
    seen: BaseException | None = error
    while seen is not None:
        frames = traceback.extract_tb(seen.__traceback__)
        yield {
            "kind": f"{type(seen).__module__}.{type(seen).__qualname__}",
            "trace": [f"{'/'.join(PurePath(one.filename).parts[-3:])}:{one.lineno} {one.name}" for one in frames],
        }
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)


def begin(*, level: str, stream: TextIO | None = None) -> logging.Handler:
    """Let this process speak in JSON lines, and say nothing in any other way."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
    logging.captureWarnings(True)
    return handler


def is_id(text: object) -> bool:
    """Say whether something that came in is a UUID and nothing else."""
    try:
        return isinstance(text, str) and str(uuid.UUID(text)) == text
    except ValueError:
        return False


def note(**told: Any) -> None:
    """Add to the line of the present request: ids, figures and words of our own."""
    if has_request_context():
        g.setdefault("told", {}).update(told)


def note_push(*, device: str, ops: Iterable[str]) -> None:
    """Add to the line of the present request which phone sent which entries."""
    ids = [one for one in ops if is_id(one)]
    note(device=device if is_id(device) else None, ops=ids[:MOST_IDS], op_count=len(ids))


def init_app(app: Flask) -> None:
    """Give every request an id and, when it is answered, a line."""

    @app.before_request
    def _begin_request() -> None:
        g.request_id, g.begun = uuid.uuid4().hex, time.perf_counter()

    @app.after_request
    def _end_request(response: Response) -> Response:
        if "request_id" not in g:  # somebody answered before us
            g.request_id, g.begun = uuid.uuid4().hex, time.perf_counter()
        response.headers[HEADER] = g.request_id
        seconds = time.perf_counter() - g.begun
        told = {
            "method": request.method if request.url_rule else "?",
            "route": request.url_rule.rule if request.url_rule else None,
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
            **({"problem": g.problem.code} if "problem" in g else {}),
            **g.get("told", {}),
        }
        log.info("answered", extra={"told": told})
        measures.request(part=request.blueprint, method=request.method, status=response.status_code, seconds=seconds)
        if request.blueprint in LOG_IN and request.method == "POST" and response.status_code in REFUSED:
            measures.log_in_refused(reason=REFUSED[response.status_code])
        return response
