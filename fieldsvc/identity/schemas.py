"""The shapes of log-in, staff and phones on the wire."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates

from fieldsvc.identity.service import ROLES, is_public_key
from sync.ops import is_uuid

LOCALES = ("zh-Hans", "zh-Hant", "en")


class Tolerant(Schema):
    """Members that this version does not know are left aside: a newer client may send more."""

    class Meta:
        unknown = EXCLUDE


class LoginSchema(Tolerant):
    username = fields.String(required=True, validate=validate.Length(1, 80))
    password = fields.String(required=True, validate=validate.Length(1, 1000))


class NewUserSchema(Tolerant):
    username = fields.String(required=True, validate=validate.Regexp(r"^[A-Za-z0-9._@-]{1,80}$"))
    password = fields.String(required=True, validate=validate.Length(8, 1000))
    name = fields.String(required=True, validate=validate.Length(1, 200))
    roles = fields.List(fields.String(validate=validate.OneOf(ROLES)), required=True, validate=validate.Length(1, 3))
    locale = fields.String(load_default="zh-Hans", validate=validate.OneOf(LOCALES))


class DeviceSchema(Tolerant):
    id = fields.String(required=True)
    name = fields.String(required=True, validate=validate.Length(1, 200))
    public_key = fields.Dict(required=True)

    @validates("id")
    def _id(self, value: str, data_key: str) -> None:
        if not is_uuid(value):
            raise ValidationError("must be a UUID in lower-case text")

    @validates("public_key")
    def _key(self, value: dict[str, str], data_key: str) -> None:
        if not is_public_key(value):
            raise ValidationError("must be a public JWK on P-256")


class ReasonSchema(Tolerant):
    reason = fields.String(required=True, validate=validate.Length(1, 400))
