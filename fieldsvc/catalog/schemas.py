"""The shape of the catalogue's YAML files, entry by entry.

Decides whether one entry is whole and of the right types; what entries say about each other is rules.py's business.
Invariants: an unknown key is an error; a text has exactly the three languages, each in its own script; a figure is quoted
text, because YAML would read it as a float.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from fieldsvc.catalog import entries
from fieldsvc.catalog.declared import DeclaredField
from fieldsvc.catalog.entries import (
    BOUNDARIES,
    ITEMS,
    KINDS,
    LANGUAGES,
    METER_WORK,
    POSITIONS,
    RESPONSIBLES,
    RESULTS,
    SETTLES,
    SIGNERS,
    STEPS,
    STOPS,
    TRADES,
)  # fmt: skip

TERM_LISTS = (
    "script",
    "talk",
    "no_access_reasons",
    "entry_refusal_reasons",
    "refusal_reasons",
    "unreadable_reasons",
    "relations",
    "witness_relations",
    "instruments",
    "units",
    "alarms",
    "results",
    "positions",
    "stop_gas",
    "responsibles",
)

_HAN = re.compile(r"[\u4e00-\u9fff]")
# A character that the script's own national code lacks belongs to the other script.
_SCRIPTS = {"zh-Hans": ("gb2312", "Simplified"), "zh-Hant": ("big5", "Traditional")}


def _foreign(text: str, code: str) -> str:
    return "".join(sign for sign in _HAN.findall(text) if not sign.encode(code, "ignore"))


class TextField(fields.Field[Any]):
    """A text in the three languages."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> dict[str, str]:
        if not isinstance(value, dict):
            raise ValidationError("must be a text in three languages")
        wrong = [f"{language} is missing" for language in LANGUAGES if not str(value.get(language) or "").strip()]
        wrong += [f"unknown language {key}" for key in value if key not in LANGUAGES]
        wrong += [f"{key} is not text: quote it" for key, text in value.items() if text and not isinstance(text, str)]
        for language, (code, script) in _SCRIPTS.items():
            if foreign := _foreign(str(value.get(language) or ""), code):
                wrong.append(f"{language} has {foreign}, which is not {script} Chinese")
        if wrong:
            raise ValidationError(wrong)
        return {language: value[language] for language in LANGUAGES}


class FigureField(fields.Field[Any]):
    """A decimal figure, written as quoted text."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Decimal:
        if not isinstance(value, str) or not re.fullmatch(r"-?\d+(\.\d+)?", value):
            raise ValidationError(f"must be a decimal figure in quotes, not {value!r}")
        return Decimal(value)


def _word(*allowed: str, required: bool = True) -> fields.String:
    one_of = validate.OneOf(allowed, error="is {input}, but must be one of {choices}")
    return fields.String(required=required, validate=[one_of] if allowed else [validate.Length(min=1)])


def _flag(*, required: bool = True) -> fields.Boolean:
    return fields.Boolean(required=required, truthy={True}, falsy={False})


def _whole(*, required: bool = True, most: int = 366) -> fields.Integer:
    return fields.Integer(required=required, strict=True, validate=[validate.Range(min=0, max=most)])


def _codes(pattern: str, *, required: bool = True) -> fields.List[str]:
    return fields.List(fields.String(validate=[validate.Regexp(pattern)]), required=required)


class EntrySchema(Schema):
    """One entry: loads into the dataclass `entry`; lists become tuples."""

    entry: type[Any] | None = None

    class Meta:
        unknown = RAISE

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> Any:
        plain = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
        return self.entry(**plain) if self.entry else plain


class SourceSchema(EntrySchema):
    entry = entries.Source
    ref = _word()
    status = _word()
    clauses = fields.List(_word())
    about = _word(required=False)


class BoundSchema(EntrySchema):
    entry = entries.Bound
    op = _word("<=", ">=", "<", ">", "between")
    value = FigureField()
    low = FigureField()
    high = FigureField()
    action = _word(required=False)


class MeasureSchema(EntrySchema):
    entry = entries.Measure
    name = TextField(required=True)
    unit = _word()
    decimals = _whole(most=3)
    min = FigureField(required=True)
    max = FigureField(required=True)
    limit = fields.Nested(BoundSchema, required=True)
    caution = fields.Nested(BoundSchema)
    alarm = fields.Nested(BoundSchema)
    needed_to_pass = _flag()
    standard = _word("room_temperature", required=False)


class ChoiceSchema(EntrySchema):
    entry = entries.Choice
    value = _word()
    name = TextField(required=True)
    result = _word(*RESULTS)
    hazard = _word(required=False)


class PointSchema(EntrySchema):
    entry = entries.Point
    id = fields.String(required=True, validate=[validate.Regexp(r"^[A-Z]+-C\d+$")])
    name = TextField(required=True)
    kind = _word(*KINDS)
    method = TextField()
    hint = TextField()
    instrument = _word(required=False)
    choices = fields.List(fields.Nested(ChoiceSchema))
    measure = fields.Nested(MeasureSchema)
    required = _flag()
    photo = _word("always", "on_fail", "never")
    when = _word("on_entry", "on_leaving", required=False)
    off = _flag(required=False)
    trade = _word(*TRADES, required=False)
    hazards = _codes(r"^[A-Z]+-\d\d$", required=False)
    sources = fields.List(fields.Nested(SourceSchema))


class ItemSchema(EntrySchema):
    entry = entries.Item
    id = fields.String(required=True, validate=[validate.Regexp(r"^[a-z][a-z_]{1,39}$")])
    name = TextField(required=True)
    points = fields.List(fields.Nested(PointSchema), required=True, validate=[validate.Length(min=1)])
    single = _flag(required=False)


class ChecklistSchema(EntrySchema):
    entry = entries.Checklist
    id = _word()
    name = TextField(required=True)
    items = fields.List(fields.Nested(ItemSchema), required=True)
    inspects = _flag(required=False)


class LevelSchema(EntrySchema):
    entry = entries.Level
    level = fields.Integer(required=True, strict=True, validate=[validate.OneOf((1, 2, 3))])
    name = TextField(required=True)
    meaning = TextField(required=True)
    deadline_days = _whole()
    report_minutes = _whole(required=False)
    written_notice_hours = _whole(required=False)
    reminder_day = _whole(required=False)
    revisit_day = _whole(required=False)


class HazardSchema(EntrySchema):
    entry = entries.Hazard
    code = fields.String(required=True, validate=[validate.Regexp(r"^[A-Z]+-\d\d$")])
    item = _word(*ITEMS)
    name = TextField(required=True)
    level = fields.Integer(required=True, strict=True, validate=[validate.OneOf((1, 2, 3))])
    stop_gas = _word(*STOPS)
    deadline_days = _whole()
    responsible = _word(*RESPONSIBLES)
    position = _word(*POSITIONS, required=False)
    reinspect = _word("required", "next_visit")
    fix_on_spot = _flag()
    national_written_notice = _flag()
    refer_to_audit = _flag(required=False)
    emergency = _flag(required=False)
    off = _flag(required=False)
    uk_class = _word("ID", "AR", "NCS")
    harm = TextField(required=True)
    solutions = fields.List(
        TextField(), required=True, validate=[validate.Length(min=1, max=2, error="must be one or two solutions")]
    )
    checks = _codes(r"^[A-Z]+-C\d+$")
    sources = fields.List(fields.Nested(SourceSchema), required=True, validate=[validate.Length(min=1)])


class TermSchema(EntrySchema):
    entry = entries.Term
    id = _word()
    name = TextField(required=True)
    say = TextField()
    meaning = TextField()
    calibrated = _flag(required=False)
    trades = fields.List(_word(*TRADES))


class SignerSchema(EntrySchema):
    entry = entries.Signer
    role = _word(*SIGNERS)
    name = TextField()


class SettlesSchema(EntrySchema):
    entry = entries.Settles
    what = _word(*SETTLES)
    score = _word(required=False)
    found = _word(required=False)
    answered = _word(required=False)


class VisitTypeSchema(EntrySchema):
    entry = entries.VisitType
    id = _word()
    code = fields.String(required=True, validate=[validate.Regexp(r"^[A-Z]\d+$")])
    name = TextField(required=True)
    say = TextField()
    checklist = _word(required=False)
    steps = fields.List(_word(*STEPS), validate=[validate.Length(min=1)])
    sheet = TextField()
    meter = _word(*METER_WORK, required=False)
    rules = fields.List(DeclaredField())
    clocks = fields.List(_word())
    asks = _codes(r"^[A-Z]+-C\d+$", required=False)
    signs = fields.List(fields.Nested(SignerSchema), validate=[validate.Length(min=1)])
    evacuates = _word(required=False)
    settles = fields.Nested(SettlesSchema)
    active = _flag()


class StatusSchema(EntrySchema):
    entry = entries.SourceStatus
    id = _word()
    print = _flag()
    meaning = _word()


class WorkSchema(EntrySchema):
    entry = entries.Work
    ref = _word()
    cite = _word()


class ChecksFile(EntrySchema):
    checklists = fields.List(fields.Nested(ChecklistSchema), required=True, validate=[validate.Length(min=1)])


class HazardsFile(EntrySchema):
    levels = fields.List(fields.Nested(LevelSchema), required=True)
    hazards = fields.List(fields.Nested(HazardSchema), required=True)


class SourcesFile(EntrySchema):
    statuses = fields.List(fields.Nested(StatusSchema), required=True)
    works = fields.List(fields.Nested(WorkSchema), required=True)
    general = fields.List(fields.Nested(SourceSchema), required=True, validate=[validate.Length(min=1)])


class CompanyFile(EntrySchema):
    """A company's facts. The same shape is kept in the database once an installation is set up."""

    name = TextField(required=True)
    hotline = _word()
    complaint_phone = _word()
    licence = _word()
    org = fields.String(required=True, validate=[validate.Regexp(r"^[A-Z]{2}\d{2}$")])
    boundary = _word(*BOUNDARIES)
    time_zone = _word()
    demonstration = _flag()


class JobsFile(EntrySchema):
    """The kinds of visit of one trade, and the lists that are theirs alone."""

    visit_types = fields.List(fields.Nested(VisitTypeSchema), required=True)
    checklists = fields.List(fields.Nested(ChecklistSchema), required=True)


TextsFile = EntrySchema.from_dict(
    {
        name: fields.List(fields.Nested(TermSchema), required=True, validate=[validate.Length(min=1)])
        for name in TERM_LISTS
    },
    name="TextsFile",
)
