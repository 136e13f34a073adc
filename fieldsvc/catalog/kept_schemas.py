"""The shape of rules.yaml and clocks.yaml, entry by entry; see schemas.py."""

from __future__ import annotations

from marshmallow import fields, validate

from fieldsvc.catalog import kept
from fieldsvc.catalog.entries import STEPS, TRADES
from fieldsvc.catalog.schemas import EntrySchema, TextField
from fieldsvc.catalog.schemas import _flag as flag
from fieldsvc.catalog.schemas import _word as word


class ParameterSchema(EntrySchema):
    entry = kept.Parameter
    id = word()
    kinds = fields.List(word())
    required = flag(required=False)
    one = flag(required=False)
    word = flag(required=False)


class RuleSchema(EntrySchema):
    entry = kept.Rule
    id = fields.String(required=True, validate=[validate.Regexp(r"^[a-z][a-z_]{1,39}$")])
    name = TextField(required=True)
    say = TextField(required=True)
    base = word("every", *TRADES, required=False)
    step = word(*STEPS, required=False)
    inspects = flag(required=False)
    office = flag(required=False)
    many = flag(required=False)
    parameters = fields.List(fields.Nested(ParameterSchema), required=True)


class InsteadSchema(EntrySchema):
    entry = kept.Instead
    point = word()
    value = word()
    promise = word()


class ClockSchema(EntrySchema):
    entry = kept.Clock
    id = word()
    name = TextField(required=True)
    to = word()
    promise = word()
    kinds = fields.List(word())
    business = word(required=False)
    outside = word(required=False)
    remote = word(required=False)
    after = fields.List(word())
    since = word("exchanged", required=False)
    instead = fields.Nested(InsteadSchema)


class ClocksFile(EntrySchema):
    """The clocks that kinds of visit run."""

    clocks = fields.List(fields.Nested(ClockSchema), required=True)


class RulesFile(EntrySchema):
    """The rules that kinds of visit may declare."""

    rules = fields.List(fields.Nested(RuleSchema), required=True, validate=[validate.Length(min=1)])
