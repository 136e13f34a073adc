"""Which language a page speaks.

Decides it once for all pages: the one asked for in the address, else that of the user, else the browser's best.
"""

from __future__ import annotations

from flask import request
from flask_security import current_user

from fieldsvc.messages import DEFAULT_LOCALE, LOCALES, negotiate


def select_locale() -> str:
    """The language tag of the present request; the default outside one."""
    if not request:
        return DEFAULT_LOCALE
    asked = request.args.get("lang", "")
    if asked in LOCALES:
        return asked
    if current_user and current_user.is_authenticated:
        return str(current_user.locale)
    return negotiate([tag for tag, _ in request.accept_languages])
