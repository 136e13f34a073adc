"""The envelope of a sync request.

What is inside an op's `data` is judged op by op (sync.ops), so that one bad op blocks nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates

from fieldsvc import problems
from fieldsvc.identity.service import is_public_key
from fieldsvc.record import service as record
from fieldsvc.shapes import INSTANT, UUID, Told, many, one, text, whole, word
from fieldsvc.wire import Tolerant, Whole
from sync.values import is_uuid

MOST_OPS = 1000
MOST_FILES = 1000
_MEMBERS = ("id", "seq", "visit", "kind", "at", "base", "data")
_MEMBER_NAMES = frozenset(_MEMBERS)


def _must_be_list(value: Any) -> None:
    if not isinstance(value, list):
        raise ValidationError("must be a list")


class DeviceSchema(Tolerant):
    id = fields.String(required=True, metadata={"format": UUID})
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


class SyncSchema(Tolerant):
    """One sync request."""

    protocol = fields.Integer(strict=True, required=True, validate=validate.OneOf([1]))
    device = fields.String(required=True, validate=validate.Length(1, 80))
    cursor = fields.String(load_default=None, allow_none=True, validate=validate.Length(0, 2000))
    # Not a List of Raw: that would ask marshmallow about each of up to a thousand ops what `check_ops` has asked already.
    ops = fields.Raw(load_default=list, validate=_must_be_list)
    proof = fields.Dict(load_default=None, allow_none=True)
    files = fields.List(
        fields.String(validate=Whole(r"^[0-9a-f]{64}$")),
        load_default=list,
        validate=validate.Length(0, MOST_FILES),
    )
    limit = fields.Integer(strict=True, load_default=200, validate=validate.Range(1, 1000))


def check_ops(ops: list[Any]) -> None:
    """Check what every op must have to be kept at all: its seven members, a UUID, a number. Raises TooLarge or Invalid."""
    if len(ops) > MOST_OPS:
        raise problems.TooLarge(f"at most {MOST_OPS} ops at once; send half of them")
    for index, op in enumerate(ops):
        if not isinstance(op, Mapping) or not op.keys() >= _MEMBER_NAMES:
            raise problems.Invalid(
                f"ops[{index}] must have {', '.join(_MEMBERS)}", errors={"ops": {str(index): ["incomplete"]}}
            )
        if not is_uuid(op["id"]):
            raise problems.Invalid(f"ops[{index}].id must be a UUID", errors={"ops": {str(index): ["id"]}})
        if type(op["seq"]) is not int or not 1 <= op["seq"] <= 2**31 - 1 or op["seq"] != ops[0]["seq"] + index:
            raise problems.Invalid("seq must ascend without gaps", errors={"ops": {str(index): ["seq"]}})


class KnownKey(Told):
    """A public key of the installation, as a JWK."""

    kty, crv, x, y, kid = (text() for _ in range(5))


class EnrolledAnswer(Told):
    device = text(UUID)
    code, epoch = text(), text()
    acked_seq = whole()
    receipt_key, lifeboat_key = one(KnownKey), one(KnownKey)


class ResultTold(Told):
    """What became of one entry; `code` and `detail` where it waits for a person, `fields` where it contradicts others."""

    id = text(UUID)
    seq = whole()
    status = word("applied", "conflict", "duplicate", "quarantined")
    code, detail = text(there=False), text(there=False)
    contradicts = fields.List(fields.String(), data_key="fields")


class ReceiptTold(Told):
    """The server's signed word that it holds a phone's log up to a number, and these files."""

    device, epoch, chain, key, sig = (text() for _ in range(5))
    acked_seq = whole()
    files = many(text())
    at = text(INSTANT)


class SyncAnswer(Told):
    epoch, cursor, catalog = text(), text(), text()
    results = many(ResultTold)
    acked_seq = whole()
    visits = many(record.VisitDocument)
    gone = many(text(UUID))
    more = fields.Boolean(required=True)
    server_time = text(INSTANT)
    receipt = one(ReceiptTold)
