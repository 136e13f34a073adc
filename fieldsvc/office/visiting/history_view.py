"""A visit's log as a page shows it: numbered, in words, with what became of each entry, and filtered by what it is about.

Decides the groups, and when an entry says something about its phone's clock or its delay. Hides nothing: a filter is a link, and
how many entries each lets through stands on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fieldsvc.office.visiting import history
from fieldsvc.office.words import _, ngettext
from fieldsvc.record import service as record
from fieldsvc.record.service import Fate

Json = Mapping[str, Any]

_GROUPS = {
    "visit.assign": "office", "visit.reopen": "office", "visit.plan": "office", "visit.cancel": "office", "visit": "door",
    "step": "door", "customer": "customer", "correction": "customer", "check": "checks", "reading": "meter",
    "hazard": "hazards", "photo": "photos", "sign": "signatures", "signature": "signatures", "note": "notes",
    "doubt": "office", "call": "office",
}  # fmt: skip
TROUBLE = "trouble"
LATE, AHEAD = timedelta(hours=1), timedelta(minutes=5)


@dataclass(frozen=True)
class Entry:
    """One entry: its number, what it is and says, and marks about its fate as (words, numbers of the other entries)."""

    number: int
    row: Json
    kind: str
    says: str
    group: str
    marks: list[tuple[str, list[int]]]
    delay: str
    past: bool

    @property
    def is_trouble(self) -> bool:
        """Whether somebody may want to look at it: not simply written, overtaken or contradicted."""
        return self.row["status"] not in ("applied", "duplicate") or bool(self.marks)


def group_names() -> dict[str, str]:
    """The groups in their order, in words."""
    return {
        "door": _("At the door"),
        "customer": _("Customer"),
        "checks": _("Check points"),
        "meter": _("Gas meter"),
        "hazards": _("Hazards"),
        "photos": _("Photos"),
        "signatures": _("Signatures"),
        "notes": _("Notes"),
        "office": _("Office"),
        TROUBLE: _("Merged, contradicted or held"),
    }


def group_of(kind: str) -> str:
    """What an entry of a kind is about."""
    return _GROUPS.get(kind) or _GROUPS.get(kind.split(".")[0], "office")


def entries(rows: Sequence[Json], document: Json) -> list[Entry]:
    """Every entry of a visit, in the order in which the server took them in."""
    fates = record.fates(rows)
    numbers = {row["op"].get("id"): number for number, row in enumerate(rows, start=1) if row["status"] != "duplicate"}
    shown = []
    for number, row in enumerate(rows, start=1):
        kind, says = history.sentence(row, document)
        fate = fates.get(row["op"].get("id")) if row["status"] != "duplicate" else None
        marks = _marks(fate, numbers) if fate else []
        group = group_of(str(row["op"].get("kind")))
        past = fate is not None and fate.is_past
        shown.append(Entry(number, row, kind, says, group, marks, _delay(row), past))
    return shown


def counts(shown: Sequence[Entry]) -> list[tuple[str, str, int]]:
    """The groups that have entries: (id, words, how many)."""
    counted = Counter(one.group for one in shown)
    counted[TROUBLE] = sum(one.is_trouble for one in shown)
    return [(group, words, counted[group]) for group, words in group_names().items() if counted[group]]


def of_group(shown: Sequence[Entry], group: str) -> list[Entry]:
    """The entries of a group; all of them for a name that is none."""
    if group not in group_names():
        return list(shown)
    return [one for one in shown if (one.is_trouble if group == TROUBLE else one.group == group)]


def _marks(fate: Fate, numbers: Mapping[str, int]) -> list[tuple[str, list[int]]]:
    marks = []
    by = sorted({numbers[op] for op in fate.overtaken.values() if op in numbers})
    if fate.overtaken:
        marks.append((_("Overtaken by") if fate.is_past else _("Partly overtaken by"), by))
    if fate.beside:
        marks.append((_("Contradicts"), sorted(numbers[op] for op in fate.beside if op in numbers)))
    return marks


def _delay(row: Json) -> str:
    """How long an entry was under way, or that its phone's clock was ahead; empty where it came as one expects."""
    if row["device"]["office"]:
        return ""
    try:
        made = datetime.fromisoformat(str(row["op"].get("at")))
        took = datetime.fromisoformat(row["received_at"]) - made
    except (ValueError, TypeError, OverflowError):
        return ""
    if took < -AHEAD:
        return ngettext("clock %(num)s minute ahead", "clock %(num)s minutes ahead", int(-took.total_seconds() // 60))
    if took < LATE:
        return ""
    hours = int(took.total_seconds() // 3600)
    if hours < 48:
        return ngettext("%(num)s hour later", "%(num)s hours later", hours)
    return ngettext("%(num)s day later", "%(num)s days later", hours // 24)
