"""Routes of the phone app's shell. They hold no data of anybody: open to all, so that the app starts with no session."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response, render_template, request, send_from_directory
from flask.typing import ResponseReturnValue

from fieldsvc import authority, installation, problems
from fieldsvc.assets import STATIC
from fieldsvc.identity import access
from fieldsvc.languages import select_locale
from fieldsvc.messages import LOCALES
from fieldsvc.pwa import bundle, service
from fieldsvc.pwa.shell import messages_json, shell
from fieldsvc.settings import Settings

pages = Blueprint("pwa", __name__)


@pages.get("/app")
@pages.get("/app/<path:_anything>")
@access.public
def app(_anything: str = "") -> ResponseReturnValue:
    response = make_response(_page())
    response.headers["Cache-Control"] = "no-cache"
    return response


@pages.get("/sw.js")
@access.public
def worker() -> ResponseReturnValue:
    name = "sw-off.js" if service.is_taken_off() else "sw.js"
    response = send_from_directory(STATIC, name, mimetype="text/javascript", max_age=0)
    response.headers["Cache-Control"] = "no-cache"
    return response


@pages.get("/app/shell.js")
@access.public
def shell_list() -> ResponseReturnValue:
    return _fresh(Response(shell(_page()).script(), mimetype="text/javascript"))


@pages.get("/app/messages/<locale>.json")
@access.public
def messages(locale: str) -> ResponseReturnValue:
    if locale not in LOCALES:
        raise problems.NotFound("there is no such language")
    return _fresh(Response(messages_json(locale), mimetype="application/json"))


@pages.get("/trust")
@access.public
def trust() -> ResponseReturnValue:
    company = installation.company()
    fingerprint = authority.fingerprint(_settings().keys)
    return render_template(
        "trust.html",
        lang=select_locale(),
        company=company,
        demonstration=company["demonstration"],
        fingerprint=fingerprint,
    )


@pages.get("/trust/authority.crt")
@access.public
def authority_file() -> ResponseReturnValue:
    response = Response(authority.root_der(_settings().keys), mimetype="application/x-x509-ca-cert")
    response.headers["Content-Disposition"] = "attachment; filename=fieldsvc-authority.crt"
    return response


def _page() -> str:
    return render_template(
        "app/shell.html",
        taken_off=service.is_taken_off(),
        script=bundle.entry(),
        is_one_file=bundle.is_made(),
    )


def _settings() -> Settings:
    settings: Settings = current_app.extensions["fieldsvc.settings"]
    return settings


def _fresh(response: Response) -> Response:
    response.add_etag()
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response
