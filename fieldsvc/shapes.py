"""The members of answers, for schemas that say what a client is told.

Decides how a member is described; answers are made by the services and are not read or written by these schemas. Invariant: a
member is always there unless `there=False`, and never null unless `none=True`. A client must take members it does not know.
"""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, INCLUDE, Schema, fields

UUID, DAY, INSTANT = "uuid", "date", "date-time"
DIGEST = r"^[0-9a-f]{64}$"

PASSED_ON: dict[str, Any] = {"additionalProperties": True}
"""Of an object that holds whatever a phone sent: a newer phone may say more than this server knows."""


class Told(Schema):
    """The shape of something that is told to a client."""

    class Meta:
        unknown = EXCLUDE


class Growing(Told):
    """The shape of something that is data itself: a new kind of it brings members that no description knows beforehand."""

    class Meta:
        unknown = INCLUDE


def text(format: str = "", *, there: bool = True, none: bool = False, **says: Any) -> fields.String:
    """A text, of a format (UUID, DAY, INSTANT) where one is named."""
    said = {"format": format, **says} if format else says
    return fields.String(required=there, allow_none=none, metadata=said)


def word(*allowed: str, there: bool = True, none: bool = False) -> fields.String:
    """One of a few words."""
    return text(there=there, none=none, enum=[*allowed, *([None] if none else [])])


def whole(*, there: bool = True, none: bool = False, **says: Any) -> fields.Integer:
    """A whole number."""
    return fields.Integer(required=there, allow_none=none, metadata=says)


def flag(*, there: bool = True) -> fields.Boolean:
    """Yes or no."""
    return fields.Boolean(required=there)


def one(schema: type[Schema], *, there: bool = True, none: bool = False) -> fields.Nested:
    """An object."""
    return fields.Nested(schema, required=there, allow_none=none)


def many(inner: type[Schema] | fields.Field[Any], *, there: bool = True) -> fields.List[Any]:
    """A list of objects, or of texts."""
    return fields.List(_field(inner), required=there)


def by_name(inner: type[Schema] | fields.Field[Any], *, there: bool = True) -> fields.Dict:
    """An object whose members have names of their own (a point, a meter, a digest) and all the same shape."""
    return fields.Dict(keys=fields.String(), values=_field(inner), required=there)


def anything(*, there: bool = True, **says: Any) -> fields.Raw:
    """A value of another shape, described by `says`."""
    return fields.Raw(required=there, metadata=says)


def _field(inner: type[Schema] | fields.Field[Any]) -> fields.Field[Any]:
    return inner if isinstance(inner, fields.Field) else fields.Nested(inner)
