"""`/healthz`, `/readyz`, `/metrics`: for whatever watches the server. They tell figures, never a person's data."""

from __future__ import annotations

from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from fieldsvc import installation, problems
from fieldsvc.identity import access
from fieldsvc.notices import service as notices
from fieldsvc.record import service as record

pages = Blueprint("health", __name__)


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
    registry = CollectorRegistry()
    waiting = Gauge("fieldsvc_notices", "Notices by status", ["status"], registry=registry)
    for status, count in notices.counts().items():
        waiting.labels(status).set(count)
    signed = Gauge(
        "fieldsvc_signatures", "Issued notices by how far their signature goes", ["level"], registry=registry
    )
    for level, count in notices.levels().items():
        signed.labels(level).set(count)
    certificate = notices.signer_standing()
    Gauge(
        "fieldsvc_signer_expires_seconds", "When the signing certificate ends, since 1970; 0: no key", registry=registry
    ).set(certificate.expires.timestamp() if certificate else 0)
    Gauge("fieldsvc_quarantined_ops", "Entries that wait for a person", registry=registry).set(record.count_held())
    visits = Gauge("fieldsvc_visits", "Visits by state", ["state"], registry=registry)
    for state, count in record.counts().items():
        visits.labels(state).set(count)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
