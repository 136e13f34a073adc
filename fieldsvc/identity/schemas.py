"""The shapes of log-in, staff and phones on the wire."""

from __future__ import annotations

from marshmallow import fields, validate

from fieldsvc.identity.service import LONGEST_USERNAME, ROLES
from fieldsvc.shapes import INSTANT, Told, many, one, text, word
from fieldsvc.wire import Tolerant, Whole

LOCALES = ("zh-Hans", "zh-Hant", "en")


class LoginSchema(Tolerant):
    username = fields.String(required=True, validate=validate.Length(1, LONGEST_USERNAME))
    password = fields.String(required=True, validate=validate.Length(1, 1000))
    code = fields.String(load_default="", validate=validate.Length(0, 40))


class NewUserSchema(Tolerant):
    username = fields.String(required=True, validate=Whole(r"^[A-Za-z0-9._@-]{1,80}$"))
    password = fields.String(required=True, validate=validate.Length(8, 1000))
    name = fields.String(required=True, validate=validate.Length(1, 200))
    roles = fields.List(fields.String(validate=validate.OneOf(ROLES)), required=True, validate=validate.Length(1, 3))
    locale = fields.String(load_default="zh-Hans", validate=validate.OneOf(LOCALES))
    given = fields.Boolean(load_default=False)


class ReasonSchema(Tolerant):
    reason = fields.String(required=True, validate=validate.Length(1, 400))


class Profile(Told):
    id = text()
    username, name = text(), text()
    roles = many(word(*ROLES))
    locale = word(*LOCALES)


class UserAnswer(Told):
    user = one(Profile)


class MeAnswer(UserAnswer):
    server_time = text(INSTANT)


class RevokedDevice(Told):
    id = text()
    revoked_at = text(INSTANT)
    reason = text()


class RevokedAnswer(Told):
    device = one(RevokedDevice)
