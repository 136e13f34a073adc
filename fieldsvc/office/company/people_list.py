"""Two short lists: the staff, and their phones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from fieldsvc.found import Held
from fieldsvc.identity import service as identity
from fieldsvc.office import words
from fieldsvc.office.lists import Asked, Choice, Column, List, Search
from fieldsvc.office.words import _

if TYPE_CHECKING:
    from fieldsvc.identity.models import Device, User

Person: TypeAlias = "tuple[User, list[str]]"
"""A member of staff and their roles."""

MANY = 500
"""As many stand on one page: it is looked through as a whole."""


def staff(phones_of: Mapping[str, int]) -> List[Person]:
    """The staff, those who work here first."""

    def find(asked: Asked) -> Held[Person]:
        return Held(
            [
                (user, held)
                for user in identity.staff()
                if (held := list(identity.role_names(user))) is not None
                and (not asked["role"] or asked["role"] in held)
                and _has(asked["q"], user.name, user.username)
            ],
            orders={"name": lambda row: row[0].name, "username": lambda row: row[0].username,
                    "phones": lambda row: phones_of.get(row[0].id, 0)},
        )  # fmt: skip

    return List(
        id="staff",
        at="staff-",
        title=_("Staff"),
        per_page=MANY,
        filters=(
            Search("q", _("Name or user name")),
            Choice("role", _("Role"), [(one, words.role(one)) for one in identity.ROLES], every=_("All roles")),
        ),
        columns=(
            Column("name", _("Name"), lambda row: row[0].name, sort="name"),
            Column("username", _("User name"), lambda row: row[0].username, sort="username"),
            Column("roles", _("Roles"), lambda row: " ".join(words.role(one) for one in row[1])),
            Column("language", _("Language"), lambda row: row[0].locale),
            Column("phones", _("Phones"), lambda row: phones_of.get(row[0].id, 0), sort="phones", look="num"),
            Column("active", _("Works here"), lambda row: row[0].active, file_only=True),
        ),
        find=find,
    )


def phones(enrolled: list[Device], names: Mapping[str, str]) -> List[Device]:
    """The phones, those heard from last first."""

    def find(asked: Asked) -> Held[Device]:
        return Held(
            [
                one
                for one in enrolled
                if (not asked["state"] or (asked["state"] == "revoked") == (one.revoked_at is not None))
                and _has(asked["q"], one.code, one.name, names.get(one.user_id, ""))
            ],
            orders={
                "code": lambda one: one.code, "name": lambda one: one.name, "enrolled": lambda one: one.enrolled_at,
                "whose": lambda one: names.get(one.user_id, ""), "heard": lambda one: one.last_seen_at,
            },
            usual="-heard",
        )  # fmt: skip

    return List(
        id="phones",
        at="phones-",
        title=_("Phones"),
        per_page=MANY,
        filters=(
            Search("q", _("Device or name")),
            Choice("state", _("State"), [("used", _("In use")), ("revoked", _("Revoked"))], every=_("All states")),
        ),
        columns=(
            Column("device", _("Device"), lambda one: one.code, sort="code"),
            Column("name", _("Device name"), lambda one: one.name, sort="name"),
            Column("whose", _("Whose"), lambda one: names.get(one.user_id, ""), sort="whose"),
            Column("enrolled", _("Enrolled"), lambda one: one.enrolled_at, sort="enrolled"),
            Column("heard_from", _("Heard from"), lambda one: one.last_seen_at, sort="heard"),
            Column("state", _("State"), lambda one: _("Revoked") if one.revoked_at else _("In use"), look="grow"),
            Column("revoked_at", _("Revoked at"), lambda one: one.revoked_at, file_only=True),
            Column("reason", _("Reason"), lambda one: one.revoked_reason, file_only=True),
        ),
        find=find,
    )


def _has(words_wanted: str, *texts: str) -> bool:
    said = " ".join(texts).lower()
    return all(word in said for word in words_wanted.lower().split())
