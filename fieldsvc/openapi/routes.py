"""`GET /api/v1/openapi.json`: the description of the API, for whoever writes a program against it.

For the office and not for everybody: nobody outside the company needs to know what there is to ask for.
"""

from __future__ import annotations

from functools import cache

from flask import Blueprint, Flask, Response, current_app, request
from flask.typing import ResponseReturnValue

from fieldsvc import contract
from fieldsvc.identity import access
from fieldsvc.jsontext import dumps
from fieldsvc.openapi import service
from fieldsvc.openapi.schemas import DescriptionAnswer

api = Blueprint("openapi", __name__, url_prefix="/api/v1")


@api.get("/openapi.json")
@access.needs("office")
@contract.gives(200, DescriptionAnswer, headers=("ETag",))
@contract.gives(304)
def description() -> ResponseReturnValue:
    """This description."""
    answer = Response(_text(current_app._get_current_object()), mimetype="application/json")  # type: ignore[attr-defined]
    answer.add_etag()
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer.make_conditional(request)


@cache
def _text(app: Flask) -> str:
    """The routes of an application do not change while it runs."""
    cookie = app.config["SESSION_COOKIE_NAME"]
    return dumps(service.description(rules=app.url_map.iter_rules(), views=app.view_functions, cookie=cookie))
