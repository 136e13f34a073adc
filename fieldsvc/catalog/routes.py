"""The catalogue for phones: one document, fetched again only when it has changed."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from fieldsvc import contract
from fieldsvc.catalog.answer import CatalogueAnswer
from fieldsvc.catalog.service import published
from fieldsvc.identity import access

api = Blueprint("catalog", __name__, url_prefix="/api/v1")


@api.get("/catalog")
@access.needs(lost_phone_too=True)
@contract.gives(200, CatalogueAnswer, headers=("ETag",))
@contract.gives(304)
def catalog() -> ResponseReturnValue:
    """Everything that a phone needs to work a day without a network; 304 while it has not changed."""
    document = published()
    answer = Response(document.body, mimetype="application/json")
    answer.set_etag(document.etag)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer.make_conditional(request)
