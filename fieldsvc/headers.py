"""What browsers are told with every answer: what a page may load and do, who may see it, and what is kept of it.

Decides by the kind of answer: a page, a script of a worker, anything else. A view may say something stricter itself and is
listened to. Invariant: what is about anybody is kept nowhere between the server and the screen.
Held by tests/fieldsvc/test_headers.py over all routes; why so: docs/security.md.
"""

from __future__ import annotations

from flask import Flask, Response, request

_CLOSED = "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
_LOADS = (
    "default-src 'none'; script-src 'self'; style-src 'self'{style}; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; media-src 'self' blob:; worker-src 'self'; "
) + _CLOSED
# Only lit-html makes markup and only static/app/trusted.js names scripts; nothing else may turn text into either.
_TRUSTED = "; require-trusted-types-for 'script'; trusted-types lit-html fieldsvc"
_FILE = "default-src 'self'; img-src 'self' blob: data:; worker-src 'self'; " + _CLOSED
# The reader of codes is WebAssembly. A worker has the policy of its own script, so the pages need no such permission.
_READER = "/static/app/scan-worker.js"
_READER_POLICY = _FILE + "; script-src 'self' 'wasm-unsafe-eval'"

_OURS = (
    "camera", "clipboard-write", "geolocation", "publickey-credentials-create", "publickey-credentials-get",
    "screen-wake-lock",
)  # fmt: skip
_NOBODYS = (
    "accelerometer", "autoplay", "clipboard-read", "display-capture", "encrypted-media", "fullscreen",
    "gamepad", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "payment",
    "picture-in-picture", "serial", "usb", "window-management", "xr-spatial-tracking",
)  # fmt: skip
_PERMISSIONS = ", ".join([f"{name}=(self)" for name in _OURS] + [f"{name}=()" for name in _NOBODYS])

_OF_NOBODY = ("/static/", "/app", "/sw.js", "/trust", "/healthz", "/readyz")
"""The app's own files, and what says nothing of anybody; these may be kept, and are asked for again."""


def page_policy(*, style: str = "") -> str:
    """The policy of a page; `style`: the nonce of the one style that stands in it."""
    return _LOADS.format(style=f" 'nonce-{style}'" if style else "") + _TRUSTED


def init_app(app: Flask, *, https: bool) -> None:
    """Put these headers on every answer of an application."""

    @app.after_request
    def tell(response: Response) -> Response:
        said = response.headers
        said.setdefault("Content-Security-Policy", _policy(response))
        said.setdefault("X-Content-Type-Options", "nosniff")
        # Forms of the office find their way back by it (office/given_back.py); no other site ever gets it.
        said.setdefault("Referrer-Policy", "same-origin" if request.path.startswith("/office") else "no-referrer")
        said.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        said.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        said.setdefault("Permissions-Policy", _PERMISSIONS)
        said.setdefault("X-Frame-Options", "DENY")
        if https:
            said.setdefault("Strict-Transport-Security", "max-age=31536000")
        if not request.path.startswith(_OF_NOBODY):
            said.setdefault("Cache-Control", "private, no-store")
        return response


def _policy(response: Response) -> str:
    if request.path == _READER:
        return _READER_POLICY
    return page_policy() if response.mimetype == "text/html" else _FILE
