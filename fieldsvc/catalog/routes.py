"""The catalogue for phones: one document, fetched again only when it has changed."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from fieldsvc.catalog.service import published
from fieldsvc.identity import access

api = Blueprint("catalog", __name__, url_prefix="/api/v1")


@api.get("/catalog")
@access.needs()
def catalog() -> ResponseReturnValue:
    document = published()
    answer = Response(document.body, mimetype="application/json")
    answer.set_etag(document.etag)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer.make_conditional(request)
