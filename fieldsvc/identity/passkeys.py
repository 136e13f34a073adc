"""Passkeys (WebAuthn): setting one up, and proving who one is by it.

The checking is the `webauthn` package's. Decides what is asked of a browser and which answers fit: the challenge that was given
to this browser a moment ago, the address people open, and for a log-in without a password that the key itself knew its owner.
A passkey belongs to a name, not to a number: at an address such as 192.168.1.5 browsers make none (`is_possible`).
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from fieldsvc import clock
from fieldsvc.db import db
from fieldsvc.identity import factors
from fieldsvc.identity.models import Passkey, User

Json = dict[str, Any]

MOST = 10
"""So many passkeys one person may have."""


def is_possible(public_url: str) -> bool:
    """Say whether browsers make passkeys at this address."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return parts.scheme == "https" or host == "localhost" or host.endswith(".localhost")
    return False


def of(*, user_id: str) -> list[Passkey]:
    """The passkeys of somebody, oldest first."""
    return list(db.session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.made_at)))


def ask_for_new(*, user: User, public_url: str, company: str) -> tuple[Json, str]:
    """What a browser is asked to make, and the challenge it must answer."""
    options = webauthn.generate_registration_options(
        rp_id=_host(public_url),
        rp_name=company,
        user_id=user.id.encode(),
        user_name=user.username,
        user_display_name=user.name,
        exclude_credentials=_described(of(user_id=user.id)),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
    )
    return json.loads(webauthn.options_to_json(options)), bytes_to_base64url(options.challenge)


def add(*, user: User, answer: Json, challenge: str, public_url: str, name: str, now: datetime) -> Passkey | None:
    """Add the passkey that a browser made; None where its answer does not fit, or it is known already."""
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=_host(public_url),
            expected_origin=public_url,
            require_user_verification=False,
        )
        transports = _transports(answer)
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError):
        return None
    credential = bytes_to_base64url(made.credential_id)
    if len(credential) > 1400 or len(of(user_id=user.id)) >= MOST or _known(credential) is not None:
        return None
    passkey = Passkey(
        id=clock.new_id(), user_id=user.id, credential=credential, public_key=made.credential_public_key,
        sign_count=made.sign_count, transports=transports, name=name[:80], made_at=now, used_at=None,
    )  # fmt: skip
    db.session.add(passkey)
    user.second_since = user.second_since or now
    db.session.flush()
    return passkey


def remove(*, user: User, passkey_id: str) -> bool:
    """Remove a passkey of somebody; False where they have none such."""
    found = db.session.get(Passkey, passkey_id)
    if found is None or found.user_id != user.id:
        return False
    db.session.delete(found)
    factors.settle(user)
    return True


def ask_for_proof(*, public_url: str, user: User | None = None) -> tuple[Json, str]:
    """What a browser is asked to prove, and the challenge it must answer; without a user the key says who it is."""
    options = webauthn.generate_authentication_options(
        rp_id=_host(public_url),
        allow_credentials=_described(of(user_id=user.id)) if user else [],
        user_verification=UserVerificationRequirement.PREFERRED if user else UserVerificationRequirement.REQUIRED,
    )
    return json.loads(webauthn.options_to_json(options)), bytes_to_base64url(options.challenge)


def prove(*, answer: Json, challenge: str, public_url: str, now: datetime, user: User | None = None) -> User | None:
    """Whose passkey answered, if it did so rightly; with a user only theirs counts. None otherwise."""
    passkey = _known(str(answer.get("id", "")))
    if passkey is None or (user is not None and passkey.user_id != user.id):
        return None
    try:
        proved = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=_host(public_url),
            expected_origin=public_url,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=user is None,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError):
        return None
    passkey.sign_count, passkey.used_at = proved.new_sign_count, now
    owner = db.session.get(User, passkey.user_id)
    return owner if owner is not None and owner.active else None


def _known(credential: str) -> Passkey | None:
    if not credential.isascii() or "\0" in credential:
        return None
    return db.session.scalar(select(Passkey).where(Passkey.credential == credential))


def _described(held: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(one.credential), transports=[AuthenticatorTransport(way) for way in one.transports]
        )
        for one in held
    ]


def _transports(answer: Json) -> list[str]:
    told = (answer.get("response") or {}).get("transports") or []
    known = {one.value for one in AuthenticatorTransport}
    return [way for way in dict.fromkeys(map(str, told)) if way in known] if isinstance(told, list) else []


def _host(public_url: str) -> str:
    return urlsplit(public_url).hostname or ""
