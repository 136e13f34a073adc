"""Staff, passwords and phones.

Decides who is who, whether a password is right, and whose phone a device is. Who may do what is `fieldsvc.identity.access`.
Invariant: a device belongs to one user and one key for ever; a revoked one is never un-revoked.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import ScalarSelect, Text, cast, select
from sqlalchemy.orm import lazyload

from fieldsvc import clock, numbers, problems
from fieldsvc.db import db
from fieldsvc.found import number_of
from fieldsvc.identity import accounts, factors, guessing, passkeys, passwords, sessions, telling
from fieldsvc.identity.models import Device, Role, User
from sync.merge import Author

__all__ = ["accounts", "factors", "guessing", "passkeys", "passwords", "sessions", "telling"]

ROLES = ("technician", "office", "admin")
LONGEST_USERNAME = 80


def add_user(
    *,
    username: str,
    password: str,
    name: str,
    roles: Sequence[str],
    locale: str,
    now: datetime,
    given: bool = False,
    demonstration: bool = False,
) -> User:
    """Add a member of staff; with `given` they must change the password at the first log-in.

    Raises Invalid for a username that is taken, a role there is not, or a password that is not good enough; only a
    demonstration may have such a one.
    """
    unknown = [role for role in roles if role not in ROLES]
    if unknown or not roles:
        raise problems.Invalid(f"roles must be some of {', '.join(ROLES)}", errors={"roles": ["unknown role"]})
    if find(username=username) is not None:
        raise problems.Invalid("this user name is taken", errors={"username": ["taken"]})
    if not demonstration:
        passwords.check(password, username=username, name=name, roles=roles)
    user = User(
        id=clock.new_id(),
        username=username,
        password=passwords.hashed(password),
        password_given=given,
        name=name,
        locale=locale,
        active=True,
        fs_uniquifier=uuid.uuid4().hex,
        created_at=now,
        roles=[_role(role) for role in dict.fromkeys(roles)],
    )
    db.session.add(user)
    db.session.flush()
    return user


def _role(name: str) -> Role:
    role = db.session.scalar(select(Role).where(Role.name == name))
    if role is None:
        role = Role(name=name)
        db.session.add(role)
        db.session.flush()
    return role


def find(*, username: str) -> User | None:
    """A member of staff by username; what cannot be one is nobody's."""
    if not username.isprintable() or len(username) > LONGEST_USERNAME:
        return None
    return db.session.scalar(select(User).where(User.username == username))


def member(*, user_id: str) -> User | None:
    """A member of staff by id."""
    return db.session.get(User, user_id)


def people() -> dict[str, str]:
    """Names of all staff by id."""
    return dict(db.session.execute(select(User.id, User.name)).all())


def staff() -> list[User]:
    """All members of staff, by name."""
    return list(db.session.scalars(select(User).order_by(User.active.desc(), User.name, User.username)))


def technicians() -> list[User]:
    """Active technicians, by name."""
    query = select(User).where(User.active, User.roles.any(Role.name == "technician")).order_by(User.name)
    return list(db.session.scalars(query.options(lazyload(User.roles))))  # nobody asks a list of them for their roles


def find_technician(username: str) -> Mapping[str, str] | None:
    """The person that an assignment names: {id, name, username}; None where there is no such technician."""
    user = find(username=username)
    if user is None or not user.active or "technician" not in role_names(user):
        return None
    return {"id": user.id, "name": user.name, "username": user.username}


def set_locale(*, user_id: str, locale: str) -> None:
    """Remember the language in which somebody reads."""
    user = db.session.get(User, user_id)
    if user is not None:
        user.locale = locale


def role_names(user: User) -> list[str]:
    """The roles of a member of staff."""
    return accounts.roles_of(user)


def profile(user: User) -> dict[str, Any]:
    """What a client is told of the user."""
    return {
        "id": user.id,
        "username": user.username,
        "name": user.name,
        "roles": role_names(user),
        "locale": user.locale,
    }


def check_password(*, username: str, password: str) -> User | None:
    """The user whose password this is. Takes as long for an account that does not exist as for one that does.

    A first password whose days are over is nobody's.
    """
    user = find(username=username)
    right = passwords.is_right(password, user.password if user else None)
    if not right or user is None or not user.active:
        return None
    ends = accounts.first_password_ends(user)
    return user if ends is None or clock.now() < ends else None


def enrol(
    *, device_id: str, name: str, public_key: Mapping[str, Any], user: User, now: datetime
) -> tuple[Device, bool]:
    """Enrol a phone; gives it and whether it is new. Raises Conflict `device_exists` for another key or user.

    A revoked phone stays revoked under whatever id it enrols: its key tells.
    """
    key = {member: public_key[member] for member in ("kty", "crv", "x", "y")}
    device = db.session.get(Device, device_id)
    if device is not None:
        if device.user_id != user.id or device.public_key != key:
            raise problems.Conflict("this device id belongs to another phone", code="device_exists")
        return device, False
    revoked = select(Device).where(Device.user_id == user.id, Device.revoked_at.is_not(None))
    former = next((one for one in db.session.scalars(revoked) if one.public_key == key), None)
    device = Device(
        id=device_id,
        user_id=user.id,
        revoked_at=former and former.revoked_at,
        revoked_reason=former and former.revoked_reason,
        code=f"D{numbers.take('device'):02d}",
        name=name,
        public_key=key,
        enrolled_at=now,
        last_seen_at=now,
    )
    db.session.add(device)
    db.session.flush()
    return device, True


def device(*, device_id: str) -> Device | None:
    """A device by id."""
    return db.session.get(Device, device_id)


def devices(*, ids: Sequence[str] | None = None) -> list[Device]:
    """Devices, those heard from last first; only those of `ids` when given."""
    query = select(Device).order_by(Device.last_seen_at.desc())
    return list(db.session.scalars(query if ids is None else query.where(Device.id.in_(ids))))


def silent(*, since: datetime) -> list[Device]:
    """Phones in use that were not heard from since an instant, the longest silent first."""
    query = select(Device).where(Device.last_seen_at < since, Device.revoked_at.is_(None))
    phones = db.session.scalars(query.order_by(Device.last_seen_at))
    return [one for one in phones if one.public_key is not None]


def number_silent(*, since: datetime) -> ScalarSelect[int]:
    """How many such phones there are, as a part of a statement."""
    has_key = cast(Device.public_key, Text) != "null"  # a device of the office has none, which is kept as JSON's null
    return number_of(select(Device.id).where(Device.last_seen_at < since, Device.revoked_at.is_(None), has_key))


def revoke(*, device_id: str, reason: str, now: datetime) -> Device:
    """Revoke a phone: it pulls nothing any more, and what it still sends waits for a person. Raises NotFound."""
    found = db.session.get(Device, device_id)
    if found is None:
        raise problems.NotFound("there is no such phone")
    if found.revoked_at is None:
        found.revoked_at, found.revoked_reason = now, reason
    return found


def office_author(*, user: User, now: datetime) -> Author:
    """The author of this person's office edits: the server keeps a device of its own for each member of staff."""
    device_id = str(uuid.uuid5(uuid.UUID(user.id), "office"))
    if db.session.get(Device, device_id) is None:
        db.session.add(
            Device(
                id=device_id,
                user_id=user.id,
                code=f"O{numbers.take('office device'):02d}",
                name="office",
                public_key=None,
                enrolled_at=now,
                last_seen_at=now,
            )
        )
        db.session.flush()
    return Author(device=device_id, id=user.id, name=user.name, office=True)


def is_public_key(jwk: Mapping[str, Any]) -> bool:
    """Say whether a JWK is a point on P-256."""
    try:
        load_public_key(jwk)
    except (KeyError, ValueError, TypeError, AttributeError):
        return False
    return True


def load_public_key(jwk: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    """The key of a JWK. Raises ValueError where it is none of P-256."""
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise ValueError("not a P-256 key")
    x, y = (int.from_bytes(base64.urlsafe_b64decode(jwk[part] + "=="), "big") for part in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def person(*, user_id: str) -> Mapping[str, str] | None:
    """Somebody on the staff as visits name them: {id, name, username}."""
    user = db.session.get(User, user_id)
    return None if user is None else {"id": user.id, "name": user.name, "username": user.username}
