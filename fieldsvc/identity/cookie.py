"""The cookie that a session lies in: its name, and the name that a former release gave it.

Under https the name begins with `__Host-`: a browser takes such a cookie from this very host only, over https, so no other host
of the company's and nobody on the line can put theirs in its place. Over plain http, where things are tried out, no browser
takes that name. Decides that a technician's cookie of a former release is read until its session ends, because an update stops
no phone in a visit; whoever else brings one logs in anew. Invariant: only the present name is ever written.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, Response, current_app, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature

FORMER = "fieldsvc"


def name(*, https: bool) -> str:
    """What the cookie is called."""
    return f"__Host-{FORMER}" if https else FORMER


def came_under_its_former_name() -> bool:
    """Say whether the request brings its session in a cookie of a former release."""
    present = current_app.config["SESSION_COOKIE_NAME"]
    return present != FORMER and present not in request.cookies and FORMER in request.cookies


class Cookie(SecureCookieSessionInterface):
    """Reads either name, writes the present one, and takes the former one back with it."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of a request."""
        signer = self.get_signing_serializer(app)
        if signer is None or not came_under_its_former_name():
            return super().open_session(app, request)
        longest = int(app.permanent_session_lifetime.total_seconds())
        try:
            said: dict[str, Any] = signer.loads(request.cookies[FORMER], max_age=longest)
        except BadSignature:
            said = {}
        return self.session_class(said)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the session of an answer, where it has changed."""
        super().save_session(app, session, response)
        if session.modified and app.config["SESSION_COOKIE_NAME"] != FORMER and FORMER in request.cookies:
            response.delete_cookie(FORMER, secure=True, httponly=True, samesite="Lax")
