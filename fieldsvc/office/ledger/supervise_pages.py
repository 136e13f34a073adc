"""A supervisor's two forms on a hazard's page: another level, and withdrawing it against what a visit said.

Decides who is a supervisor (the settings of the ledger say which role); what they may do is asked of the ledger, and what they
decide is an entry of the visit that found the hazard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import problems
from fieldsvc.db import transaction
from fieldsvc.hazards import service as ledger
from fieldsvc.identity import access
from fieldsvc.office import words
from fieldsvc.office.frame import pages, refusal, refuse
from fieldsvc.office.ledger import hazard_words
from fieldsvc.office.words import _
from fieldsvc.office.writing import write
from fieldsvc.policy import service as policy

supervise = ledger.supervise


@dataclass(frozen=True)
class Offered:
    """What the page offers this person: other levels, why they may neither lower nor withdraw, and the look they saw."""

    levels: Sequence[int]
    refused: str
    seen: str


def offered(row: ledger.Hazard) -> Offered:
    """What the present user may decide of a hazard."""
    return Offered(
        levels=supervise.levels(row),
        refused=supervise.refused(row, user_id=access.me().id, supervisor=_is_supervisor()),
        seen=supervise.newest_look(row, ledger.events(row)),
    )


def _is_supervisor() -> bool:
    return access.may(str(policy.value("ledger", "lowered_by")))


@pages.post("/hazards/<hazard_id>/level")
@access.needs("office")
def judge_level(hazard_id: str) -> ResponseReturnValue:
    form, reason = request.form, _reason()
    to, seen = _level(form.get("to", "")), _level(form.get("level", ""))

    def wanted(row: ledger.Hazard) -> list[tuple[str, Mapping[str, Any]]]:
        supervise.check_level(
            row, level=to, seen=seen, reason=reason, user_id=access.me().id, supervisor=_is_supervisor()
        )
        due = supervise.sooner(row, level=to or 0, rules=ledger.rules(), today=words.today())
        stop = supervise.firmer(row, level=to or 0)
        changes = {"level": to, **({"due": due.isoformat()} if due else {}), **({"stop_gas": stop} if stop else {})}
        return [
            ("hazard.set", {"hazard": row.id, "field": field, "value": value, "reason": reason})
            for field, value in changes.items()
        ]

    return _write(hazard_id, wanted, done=_("Written down: %(what)s.", what=words.level(to or 0)))


@pages.post("/hazards/<hazard_id>/withdraw")
@access.needs("office")
def withdraw_hazard(hazard_id: str) -> ResponseReturnValue:
    seen, reason = request.form.get("seen", "")[:36], _reason()

    def wanted(row: ledger.Hazard) -> list[tuple[str, Mapping[str, Any]]]:
        supervise.check_withdrawal(
            row, ledger.events(row), seen=seen, reason=reason, user_id=access.me().id, supervisor=_is_supervisor()
        )
        return [("hazard.withdraw", {"hazard": row.id, "reason": reason, **({"seen": seen} if seen else {})})]

    return _write(hazard_id, wanted, done=_("The hazard is withdrawn. It stays in the ledger with your reason."))


def _reason() -> str:
    return request.form.get("reason", "").strip()[: supervise.LONGEST]


def _level(text: str) -> int | None:
    return int(text) if text in ("1", "2", "3") else None


def _write(hazard_id: str, wanted: Any, *, done: str) -> ResponseReturnValue:
    """Write what is wanted of a hazard as it stands now, all or nothing, and say what became of it."""
    try:
        with transaction():
            row = ledger.get(hazard_id=hazard_id)
            if row is None:
                raise problems.NotFound("there is no such hazard")
            for kind, data in wanted(row):
                write(row.visit_id, kind, data)
    except (problems.Conflict, problems.Invalid) as problem:
        wrong = problem.more.get("errors") or {}
        told = _("Say why; the reason is kept and shown.") if "reason" in wrong else hazard_words.refused(problem.code)
        refuse(told or refusal(problem), at=next(iter(wrong), ""))
    else:
        flash(done, "ok")
    return redirect(url_for("office.hazard", hazard_id=hazard_id), code=303)
