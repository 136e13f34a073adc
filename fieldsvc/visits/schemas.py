"""The shapes of planning and of office edits on the wire."""

from __future__ import annotations

from datetime import date, datetime

from marshmallow import ValidationError, fields, validate

from fieldsvc.record import service as record
from fieldsvc.shapes import DAY, UUID, Told, many, one, text, word
from fieldsvc.shapes import whole as number
from fieldsvc.wire import Tolerant, Whole
from sync.ops import KINDS

_DIGITS = Whole(r"^[0-9]{1,12}(\.[0-9]{1,6})?$")


def _day(value: str) -> None:
    try:
        date.fromisoformat(value)
    except ValueError as error:
        raise ValidationError("must be a day such as 2026-11-21") from error


def _day_or_instant(value: str) -> None:
    try:
        if len(value) > 10 and datetime.fromisoformat(value).tzinfo is None:
            raise ValidationError("an instant needs an offset")
        if len(value) <= 10:
            date.fromisoformat(value)
    except ValueError as error:
        raise ValidationError("must be a day or an instant") from error


def _short(limit: int, **more: object) -> fields.String:
    return fields.String(validate=validate.Length(0, limit), **more)  # type: ignore[arg-type]


class LastReadingSchema(Tolerant):
    value = fields.String(required=True, validate=_DIGITS)
    at = fields.String(required=True, validate=_day_or_instant)


class MeterSchema(Tolerant):
    serial = fields.String(required=True, validate=validate.Length(1, 60))
    kind = fields.String(load_default="diaphragm", validate=validate.Length(1, 40))
    digits = fields.Integer(strict=True, load_default=5, validate=validate.Range(1, 12))
    decimals = fields.Integer(strict=True, load_default=3, validate=validate.Range(0, 6))
    last = fields.Nested(LastReadingSchema)


class CustomerSchema(Tolerant):
    account = fields.String(required=True, validate=validate.Length(1, 40))
    name = fields.String(required=True, validate=validate.Length(1, 200))
    phone = _short(40)
    district = _short(100)
    address = _short(300)
    building = _short(40)
    unit = _short(40)
    room = _short(40)
    tags = fields.List(_short(40), validate=validate.Length(0, 20))


class PlannedSchema(Tolerant):
    date = fields.String(required=True, validate=_day, metadata={"format": DAY})
    from_ = fields.String(
        data_key="from", load_default=None, allow_none=True, validate=Whole(r"^[0-2][0-9]:[0-5][0-9]$")
    )
    to = fields.String(load_default=None, allow_none=True, validate=Whole(r"^[0-2][0-9]:[0-5][0-9]$"))


class PlanSchema(Tolerant):
    type = fields.String(required=True, validate=Whole(r"^[a-z][a-z0-9_.]{0,79}$"))
    customer = fields.Nested(CustomerSchema, required=True)
    meters = fields.List(fields.Nested(MeterSchema), load_default=list, validate=validate.Length(0, 20))
    planned = fields.Nested(PlannedSchema, required=True)
    assignee = fields.String(load_default=None, allow_none=True)


class PlansSchema(Tolerant):
    visits = fields.List(fields.Nested(PlanSchema), required=True, validate=validate.Length(1, 1000))


class EditSchema(Tolerant):
    base = fields.Integer(strict=True, required=True, validate=validate.Range(0))
    kind = fields.String(required=True, validate=validate.Length(1, 80), metadata={"examples": sorted(KINDS)})
    data = fields.Dict(required=True)


class SettleSchema(Tolerant):
    action = fields.String(required=True, validate=validate.OneOf(["release", "dismiss"]))
    reason = fields.String(required=True, validate=validate.Length(1, 1000))


class VisitsAnswer(Told):
    visits = many(record.VisitDocument)


class EditedTold(Told):
    """What became of an edit; `contradicts` names the fields that somebody else has written otherwise."""

    id = text(UUID)
    seq = number()
    status = word("applied", "conflict")
    contradicts = fields.List(fields.String(), data_key="fields")


class EditAnswer(Told):
    result = one(EditedTold)
    visit = one(record.VisitDocument)


class HistoryAnswer(Told):
    ops = many(record.LogRow)


class QuarantineAnswer(Told):
    quarantine = many(record.LogRow)


class SettledAnswer(Told):
    result = one(record.SettledRow)
