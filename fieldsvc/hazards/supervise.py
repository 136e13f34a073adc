"""What a supervisor decides of a hazard against what its finder or another visit said: another level, or that it is none.

Decides refusals; what follows from the entry is decided by the record and by `again`. Raising needs a reason. Lowering and
withdrawing make a home look safer, so they need somebody else than the finder, and a supervisor; the record asks `second_person`
of every entry that the office writes, whatever door it came by. Invariant: a withdrawal names the newest look that found the
hazard not put right, and so counts against nothing that nobody has seen (`again`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from fieldsvc import problems
from fieldsvc.catalog.service import catalogue
from fieldsvc.db import db
from fieldsvc.hazards import life
from fieldsvc.hazards.life import LEVELS, Rules
from fieldsvc.hazards.models import Hazard, HazardEvent
from fieldsvc.identity import service as identity
from fieldsvc.policy import service as policy
from sync.ops import STOP_GAS
from sync.ops import problem as unreadable

LONGEST = 1000


def levels(row: Hazard) -> list[int]:
    """The levels that a hazard could have instead of its own; none once it is closed or withdrawn."""
    return [level for level in LEVELS if level != row.level] if row.state == "open" else []


def refused(row: Hazard, *, user_id: str, supervisor: bool) -> str:
    """Why this person may make the hazard look less dangerous neither by a lower level nor by withdrawing it; empty: may."""
    if row.state != "open":
        return "not_now"
    if row.found_by == user_id:
        return "finder_lowers"
    return "" if supervisor else "supervisor"


def second_person(op: Mapping[str, Any], user_id: str) -> str:
    """Why an entry that the office writes needs somebody else, as a code; empty where it does not.

    It needs a supervisor who did not find the hazard when it makes one look less dangerous: withdraws it, or writes a lower
    level, a later date or a weaker stop rule than the ledger has.
    """
    if op["kind"] not in ("hazard.add", "hazard.set", "hazard.withdraw") or unreadable(op):
        return ""
    data = op["data"]
    row = db.session.get(Hazard, data["hazard"], populate_existing=True)
    if row is None or not _weakens(row, op["kind"], data):
        return ""
    if row.found_by == user_id:
        return "finder_lowers"
    return "" if _is_supervisor(user_id) else "supervisor"


def _weakens(row: Hazard, kind: str, data: Mapping[str, Any]) -> bool:
    if kind == "hazard.withdraw":
        return True
    said = {data["field"]: data["value"]} if kind == "hazard.set" else data
    return (
        said.get("level", row.level) > row.level
        or said.get("due", "") > row.paper_due_on.isoformat()
        or STOP_GAS.index(said.get("stop_gas", row.stop_gas)) > STOP_GAS.index(row.stop_gas)
    )


def _is_supervisor(user_id: str) -> bool:
    user, needed = identity.member(user_id=user_id), str(policy.value("ledger", "lowered_by"))
    return user is not None and bool({needed, "admin"} & set(identity.role_names(user)))


def newest_look(row: Hazard, events: Sequence[HazardEvent]) -> str:
    """The verification of another visit that came in last and says that it is there; empty where none does."""
    looks = [one for one in events if one.event == "not_fixed" and one.visit_id != row.visit_id]
    return max(looks, key=lambda one: (one.kept_at, one.id)).id if looks else ""


def check_level(
    row: Hazard, *, level: int | None, seen: int | None, reason: str, user_id: str, supervisor: bool
) -> None:
    """Refuse another level. Raises Conflict with the reason as its code, Invalid for what is missing."""
    if row.state != "open":
        raise problems.Conflict("this hazard is not open", code="not_now")
    if seen != row.level:
        raise problems.Conflict("the hazard has changed since the form was made", code="changed")
    if level not in levels(row):
        raise problems.Invalid("this is no other level", code="same_level", errors={"to": ["another level"]})
    why_not = refused(row, user_id=user_id, supervisor=supervisor) if level > row.level else ""
    if why_not:
        raise problems.Conflict("somebody else must lower it", code=why_not)
    _needs(reason)


def check_withdrawal(
    row: Hazard, events: Sequence[HazardEvent], *, seen: str, reason: str, user_id: str, supervisor: bool
) -> None:
    """Refuse that a hazard is withdrawn. Raises Conflict with the reason as its code, Invalid for what is missing."""
    why_not = refused(row, user_id=user_id, supervisor=supervisor)
    if why_not:
        raise problems.Conflict("this cannot be withdrawn by this person now", code=why_not)
    if seen != newest_look(row, events):
        raise problems.Conflict("somebody has looked at it since the form was made", code="changed")
    _needs(reason)


def _needs(reason: str) -> None:
    if not reason.strip():
        raise problems.Invalid("a reason is needed", errors={"reason": ["needed"]})


def sooner(row: Hazard, *, level: int, rules: Rules, today: date) -> date | None:
    """The date that a higher level brings: its usual term from when it was found, today at the earliest. None: no sooner."""
    if level >= row.level:
        return None
    due = max(life.found_on(row, rules.zone) + timedelta(days=catalogue().level(level).deadline_days), today)
    return due if due < row.paper_due_on else None


def firmer(row: Hazard, *, level: int) -> str:
    """The stop rule that a level brings where the present one is too weak for it; empty: it stays as it is.

    No level 1 goes without one: gas may be suspended once the date has passed, after a paper of its own. That it is shut already
    nobody can say from the office; who shuts it writes that down.
    """
    return "on_overdue" if level == 1 and row.stop_gas == "none" else ""
