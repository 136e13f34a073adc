"""`/healthz`, `/readyz`, `/metrics`: for whatever watches the server. They tell figures, never a person's data.

The figures are not for everybody: with a token set, who shows it; else programs on this very machine. A request that a proxy
passed on is never one of this machine, for the proxy takes them from everywhere.
"""

from __future__ import annotations

import hmac
import ipaddress

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from fieldsvc import installation, measures, problems
from fieldsvc.health.figures import Stored
from fieldsvc.identity import access

pages = Blueprint("health", __name__)

PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "X-Forwarded-Host", "X-Forwarded-Proto", "Via")


@pages.get("/healthz")
@access.public
def alive() -> ResponseReturnValue:
    return {"status": "ok"}


@pages.get("/readyz")
@access.public
def ready() -> ResponseReturnValue:
    try:
        installation.epoch()
    except (SQLAlchemyError, LookupError) as error:
        raise problems.Unavailable("the database does not answer, or was never set up") from error
    settings = current_app.extensions["fieldsvc.settings"]
    folders = [settings.keys] if settings.blob_url else [settings.keys, settings.data / "blobs"]
    for path in folders:
        if not path.is_dir():
            raise problems.Unavailable(f"{path.name} is missing in the data folder")
    return {"status": "ready"}


@pages.get("/metrics")
@access.public
def metrics() -> ResponseReturnValue:
    settings = current_app.extensions["fieldsvc.settings"]
    if not _may_ask(settings.metrics_token):
        raise problems.Forbidden("figures are told to this machine, or to whoever shows FIELDSVC_METRICS_TOKEN")
    stored = CollectorRegistry()
    stored.register(Stored(settings.data))
    return Response(generate_latest(stored) + generate_latest(measures.counted()), content_type=CONTENT_TYPE_LATEST)


def _may_ask(token: str) -> bool:
    if token:
        shown = request.headers.get("Authorization", "")
        return hmac.compare_digest(shown.encode(), f"Bearer {token}".encode())
    if any(name in request.headers for name in PASSED_ON):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
