"""Which passwords are good enough: the rules of NIST SP 800-63B.

Decides by length, by how easily it is guessed (zxcvbn with its lists of common passwords), and whether it holds the name of the
person or of the company. There are no rules of composition and no expiry. Any Unicode counts, in the form NFKC, so that the
same password typed on another keyboard is the same. Invariant: a password is neither kept nor shown nor written anywhere.
"""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Sequence

from flask_security.utils import hash_password, verify_password

from fieldsvc import installation, problems
from fieldsvc.policy import service as policy

LONGEST = 200
LOOKED_AT = 72
"""As much of a password is looked through for what is easily guessed; a longer one is not."""
EASILY_GUESSED = 1
"""The score of zxcvbn (0 to 4) at which fewer than a million guesses suffice."""
_SHORTEST_NAME = 3

_nobody: list[str] = []


def normalised(password: str) -> str:
    """The form in which a password is kept and compared."""
    return unicodedata.normalize("NFKC", password)


def hashed(password: str) -> str:
    """The argon2 hash of a password."""
    return str(hash_password(normalised(password)))


def is_right(password: str, kept: str | None) -> bool:
    """Say whether a password is the one kept. Without one kept it takes as long, and the answer is no."""
    if not _nobody:
        _nobody.append(hashed(uuid.uuid4().hex))
    text = normalised(password) if _is_text(password) else ""
    return bool(verify_password(text, kept or _nobody[0])) and kept is not None and text != ""


def shortest(roles: Sequence[str]) -> int:
    """The fewest characters of a password of somebody with these roles."""
    return int(policy.value("login", "technician_shortest" if set(roles) <= {"technician"} else "office_shortest"))


def what_is_wrong(password: str, *, username: str, name: str, roles: Sequence[str]) -> str:
    """Why this cannot be the password: `characters`, `short`, `long`, `name` or `common`; empty where it can."""
    if not _is_text(password):
        return "characters"
    text = normalised(password)
    if len(text) < shortest(roles):
        return "short"
    if len(text) > LONGEST:
        return "long"
    names = [username, name, *_company_names()]
    plain = text.casefold()
    if any(len(one) >= _SHORTEST_NAME and one in plain for one in map(_plain, names)):
        return "name"
    return "common" if _is_common(text, names) else ""


def check(password: str, *, username: str, name: str, roles: Sequence[str]) -> None:
    """Refuse a password that is not good enough. Raises Invalid that names what is wrong."""
    wrong = what_is_wrong(password, username=username, name=name, roles=roles)
    if wrong:
        raise problems.Invalid(
            _SAID[wrong].format(shortest=shortest(roles), longest=LONGEST), errors={"password": [wrong]}
        )


_SAID = {
    "characters": "the password has characters that are no text",
    "short": "the password needs at least {shortest} characters",
    "long": "the password may have at most {longest} characters",
    "name": "the password must not hold the user name, the person's name or the company's",
    "common": "the password is too common or too easily guessed",
}


def _is_text(password: str) -> bool:
    try:
        password.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in password and password != ""


def _plain(name: str) -> str:
    return normalised(name).casefold().strip()


def _company_names() -> list[str]:
    names = installation.company().get("name") or {}
    return [str(one) for one in names.values() if one]


def _is_common(text: str, names: Sequence[str]) -> bool:
    if len(text) > LOOKED_AT:
        return len(set(text)) < _SHORTEST_NAME  # one or two characters over and over
    from zxcvbn import zxcvbn  # its lists take a while to read, and only a new password needs them

    return int(zxcvbn(text, user_inputs=list(names))["score"]) <= EASILY_GUESSED
