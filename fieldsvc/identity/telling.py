"""What is wrong with a new password, in words for the person who chose it. Decides words only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import flask_babel

from fieldsvc.identity import passwords

_: Callable[..., str] = flask_babel.gettext


def password_problem(wrong: str, roles: Sequence[str]) -> str:
    """What `passwords.what_is_wrong` found, said to somebody with these roles."""
    return {
        "short": _("At least %(num)s characters.", num=passwords.shortest(roles)),
        "long": _("At most %(num)s characters.", num=passwords.LONGEST),
        "name": _("It must not hold the user name, the person's name or the company's."),
        "common": _(
            "This is easily guessed: many people use it, or it follows a pattern. A few words in a row are better."
        ),
        "characters": _("It holds characters that cannot be typed."),
    }[wrong]
