"""The second factor: an authenticator app's codes, and the recovery codes for who has lost it.

Decides whether a code is right. The app's secret is kept encrypted with a key of the installation's own secret; a code is good
once, and a recovery code is kept as a digest only. Who needs a second factor says policy section `login`. Passkeys are
`fieldsvc.identity.passkeys`. Invariant: `second_since` of a person is set as long as they have a secret or a passkey.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import qrcode
from flask import Flask
from flask_security.core import UserMixin
from flask_security.totp import Totp
from passlib.totp import TotpMatch
from qrcode.image.pil import PilImage
from sqlalchemy import delete, func, select, update

from fieldsvc.db import db
from fieldsvc.identity.models import Passkey, RecoveryCode, User
from fieldsvc.policy import service as policy
from fieldsvc.surroundings import Surroundings

RECOVERY_CODES = 10
CLOCK_MAY_BE_OFF = 30
"""By as many seconds before and after, so that a clock that is half a minute wrong lets its owner in."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without what is easily mistaken: i, l, o, 0, 1


class _Once(Totp):
    """Flask-Security's codes, each good once."""

    def get_last_counter(self, user: UserMixin) -> int | None:
        return cast(User, user).totp_counter

    def set_last_counter(self, user: UserMixin, tmatch: TotpMatch) -> None:
        cast(User, user).totp_counter = tmatch.counter


@dataclass(frozen=True)
class Setup:
    """What an authenticator app is given: the key as text and as a picture, and the link that opens an app on this phone."""

    key: str
    picture: str
    link: str


_keys: Surroundings[dict[str, bytes]] = Surroundings("identity.keys")


def use_secret(app: Flask, secret_key: str) -> None:
    """Take the installation's secret, from which the keys of this module are made."""
    made = {w: hmac.digest(secret_key.encode(), f"fieldsvc {w}".encode(), "sha256") for w in ("totp", "recovery")}
    _keys.give(app, made)


def _codes(issuer: str = "fieldsvc") -> _Once:
    # A colon would end the issuer in the link.
    return _Once({"1": base64.b32encode(_keys()["totp"]).decode()}, issuer.replace(":", " ").strip() or "fieldsvc")


def new_secret() -> str:
    """A new secret, encrypted: it may travel through a form."""
    return str(_codes().generate_totp_secret())


def setup(*, user: User, secret: str, issuer: str) -> Setup:
    """What to show for a secret that `new_secret` gave."""
    codes = _codes(issuer)
    link, key = codes.get_totp_uri(user.username, secret), codes.get_totp_pretty_key(secret)
    made = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=3, box_size=6)
    made.add_data(link)
    drawn = io.BytesIO()
    made.make_image(image_factory=PilImage).save(drawn, "PNG")
    picture = f"data:image/png;base64,{base64.b64encode(drawn.getvalue()).decode()}"
    return Setup(key=key, picture=picture, link=link)


def begin_codes(*, user: User, secret: str, code: str, now: datetime) -> bool:
    """Take a secret into use when a code of it is right; False where it is not."""
    held = user.totp_counter
    user.totp_counter = None
    if not _matches(user, secret, code):
        user.totp_counter = held
        return False
    user.totp_secret = secret
    user.second_since = user.second_since or now
    return True


def end_codes(*, user: User) -> None:
    """Forget somebody's authenticator app."""
    user.totp_secret = user.totp_counter = None
    settle(user)


def reset(*, user: User) -> None:
    """Forget every second factor of somebody, who then logs in by the password alone, or sets one up first."""
    db.session.execute(delete(Passkey).where(Passkey.user_id == user.id))
    user.totp_secret = user.totp_counter = None
    settle(user)


def settle(user: User) -> None:
    """Somebody with neither app nor passkey has no second factor, and no codes to recover it."""
    db.session.flush()
    if user.totp_secret is None and not passkey_count(user_id=user.id):
        user.second_since = None
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def passkey_count(*, user_id: str) -> int:
    """How many passkeys somebody has."""
    return int(db.session.scalar(select(func.count()).select_from(Passkey).where(Passkey.user_id == user_id)) or 0)


def is_needed(roles: Sequence[str]) -> bool:
    """Say whether somebody with these roles must have a second factor."""
    rules = policy.section("login")
    return any(rules[f"{role}_second"] for role in roles)


def prove(*, user: User, code: str, now: datetime) -> str:
    """Say by what a code is right: `totp` or `recovery`, which is used up; empty where it is wrong."""
    typed = "".join(code.split()).replace("-", "").lower()
    if user.totp_secret and typed.isascii() and typed.isdigit() and len(typed) == 6:
        return "totp" if _matches(user, user.totp_secret, typed) else ""
    if not typed or len(typed) > 40:
        return ""
    used = update(RecoveryCode).where(
        RecoveryCode.user_id == user.id, RecoveryCode.digest == _digest(user, typed), RecoveryCode.used_at.is_(None)
    )
    return "recovery" if getattr(db.session.execute(used.values(used_at=now)), "rowcount", 0) else ""


def new_recovery_codes(*, user: User) -> list[str]:
    """New recovery codes, shown once; those of before are good no more."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    db.session.add_all(RecoveryCode(user_id=user.id, digest=_digest(user, code), used_at=None) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def recovery_left(*, user_id: str) -> int:
    """How many recovery codes somebody has left."""
    query = select(func.count()).select_from(RecoveryCode)
    return int(db.session.scalar(query.where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))) or 0)


def _matches(user: User, secret: str, code: str) -> bool:
    typed = "".join(code.split())
    if not (typed.isascii() and typed.isdigit() and len(typed) == 6):
        return False
    return bool(_codes().verify_totp(typed, secret, user, window=CLOCK_MAY_BE_OFF))


def _digest(user: User, code: str) -> str:
    return hmac.new(_keys()["recovery"], f"{user.id} {code}".encode(), hashlib.sha256).hexdigest()
