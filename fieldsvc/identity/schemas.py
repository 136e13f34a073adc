"""The shapes of log-in, staff and phones on the wire."""

from __future__ import annotations

from marshmallow import fields, validate

from fieldsvc.identity.service import ROLES
from fieldsvc.wire import Tolerant

LOCALES = ("zh-Hans", "zh-Hant", "en")


class LoginSchema(Tolerant):
    username = fields.String(required=True, validate=validate.Length(1, 80))
    password = fields.String(required=True, validate=validate.Length(1, 1000))


class NewUserSchema(Tolerant):
    username = fields.String(required=True, validate=validate.Regexp(r"^[A-Za-z0-9._@-]{1,80}$"))
    password = fields.String(required=True, validate=validate.Length(8, 1000))
    name = fields.String(required=True, validate=validate.Length(1, 200))
    roles = fields.List(fields.String(validate=validate.OneOf(ROLES)), required=True, validate=validate.Length(1, 3))
    locale = fields.String(load_default="zh-Hans", validate=validate.OneOf(LOCALES))


class ReasonSchema(Tolerant):
    reason = fields.String(required=True, validate=validate.Length(1, 400))
