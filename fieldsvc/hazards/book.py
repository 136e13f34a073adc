"""The pages of the ledger: events kept once each, and every row brought in step with them.

Decides how an op becomes an event and what is written into a row; what that row then says is decided by `life`. Invariant:
`settle` writes nothing that the row's facts and its events do not say, so that it may be repeated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from fieldsvc import clock, installation
from fieldsvc.catalog.service import catalogue
from fieldsvc.clock import rfc3339
from fieldsvc.db import db
from fieldsvc.hazards import life
from fieldsvc.hazards.life import Rules
from fieldsvc.hazards.models import Hazard, HazardEvent
from fieldsvc.policy import service as policy
from fieldsvc.record.service import Change

Json = dict[str, Any]

OF_KINDS = {"hazard.add": "found", "hazard.set": "changed", "hazard.withdraw": "withdrawn"}
"""What an op of the technician is called in the life of a hazard; a `hazard.verify` by its result, a `hazard.follow` itself."""


def rules() -> Rules:
    """The company's rules in force."""
    return Rules.of(policy.section("ledger"), installation.zone())


def told(changes: Iterable[Change]) -> list[HazardEvent]:
    """The events that the ops of these changes tell."""
    return [_event(change, op) for change in changes for op in change.ops if op["kind"].startswith("hazard.")]


def _event(change: Change, op: Mapping[str, Any]) -> HazardEvent:
    data, kind = op["data"], op["kind"]
    desk = kind == "hazard.follow"
    name = data["event"] if desk else data["result"] if kind == "hazard.verify" else OF_KINDS[kind]
    due = data.get("due") if desk or kind == "hazard.add" else None
    note = _changed(data) if kind == "hazard.set" else data.get("note") or data.get("reason") or ""
    return HazardEvent(
        id=op["id"],
        hazard_id=data["hazard"],
        visit_id=change.visit_id,
        customer_id=change.customer_id,
        event=name,
        on_day=date.fromisoformat(data["on"]) if desk and data.get("on") else None,
        due=date.fromisoformat(due) if due else None,
        way=(data.get("way") or "") if desk else "",
        seen=data.get("seen") if desk or (kind == "hazard.withdraw" and _is_by_office(change)) else None,
        level=data.get("level") if desk or kind == "hazard.add" else None,
        note=note,
        by_id=change.author.id if change.author else "",
        by_name=change.author.name if change.author else "",
        made_at=min(datetime.fromisoformat(op["at"]), change.now),
        kept_at=change.now,
    )


def _changed(data: Mapping[str, Any]) -> str:
    """What a change says: the part and its value, and on the lines below why."""
    why = data.get("reason") or ""
    return f"{data['field']}={data['value']}" + (f"\n{why}" if why else "")


def _is_by_office(change: Change) -> bool:
    return change.author is not None and change.author.office


def events_of(hazard_ids: Collection[str]) -> dict[str, list[HazardEvent]]:
    """All events of some hazards."""
    found: dict[str, list[HazardEvent]] = defaultdict(list)
    if hazard_ids:
        for one in db.session.scalars(select(HazardEvent).where(HazardEvent.hazard_id.in_(sorted(set(hazard_ids))))):
            found[one.hazard_id].append(one)
    return found


def keep(said: Sequence[HazardEvent], known: dict[str, list[HazardEvent]]) -> dict[str, list[HazardEvent]]:
    """Keep what is not kept yet, once each; gives all events by hazard."""
    for one in said:
        if all(one.id != other.id for other in known[one.hazard_id]):
            known[one.hazard_id].append(one)
            db.session.add(one)
    return known


def events(row: Hazard) -> list[HazardEvent]:
    """What happened to a hazard, oldest first; what another home's visit said of it is left out."""
    return life.counting(row, events_of([row.id])[row.id])


def settle(row: Hazard, known: Iterable[HazardEvent], *, now: datetime, by: Rules) -> None:
    """Bring a row in step with its facts and events, and keep it as an event when that closes or opens it."""
    now_lives = life.live(row, known, by, written_notice=needs_notice(row.code))
    for name in ("stage", "due_on", "gas", "taken_up_at", "remind_on"):
        setattr(row, name, getattr(now_lives, name))
    before = row.state
    if before != "withdrawn":
        row.state = "closed" if now_lives.stage == "closed" else "open"
    row.closed_at = (row.closed_at or now) if row.state == "closed" else None
    if (before, row.state) in (("open", "closed"), ("closed", "open")):
        _note_turn(row, now)


def _note_turn(row: Hazard, now: datetime) -> None:
    event = "closed" if row.state == "closed" else "opened"
    db.session.add(
        HazardEvent(
            id=clock.new_id(), hazard_id=row.id, visit_id=row.verified_in or row.visit_id, customer_id=row.customer_id,
            event=event, made_at=now, kept_at=now,
        )
    )  # fmt: skip


def waits(row: Hazard, said: Sequence[HazardEvent], by: Rules) -> tuple[str, ...]:
    """What closing a hazard still needs."""
    return life.live(row, said, by, written_notice=needs_notice(row.code)).waits


def needs_notice(code: str | None) -> bool:
    """Say whether the law wants a written notice for a hazard of the catalogue."""
    try:
        return catalogue().hazard(code or "").national_written_notice
    except KeyError:
        return False


def responsible(row: Hazard) -> str:
    """Who must act, by the catalogue and the company's boundary; empty where the position is none that we know."""
    boundary = str(installation.company().get("boundary", "meter"))
    for code in (row.code, None):
        try:
            return catalogue().responsible(code, row.position, boundary)["who"]
        except (KeyError, ValueError):
            continue
    return ""


def entry(row: Hazard) -> Json:
    """One ledger entry, as visits and papers show it. `due` is the date that counts, `paper_due` the one on the notice."""
    return {
        "id": row.id,
        "visit": row.visit_id,
        "code": row.code,
        "name": row.name,
        "item": row.item,
        "level": row.level,
        "position": row.position,
        "due": row.due_on.isoformat(),
        "paper_due": row.paper_due_on.isoformat(),
        "stop_gas": row.stop_gas,
        "state": row.state,
        "found_at": rfc3339(row.found_at),
        "closed_at": None if row.closed_at is None else rfc3339(row.closed_at),
        "fixed": row.fixed_at is not None,
        "waits_for_notice": _waits_for_notice(row),
    }


def _waits_for_notice(row: Hazard) -> bool:
    return row.state == "open" and row.fixed_at is not None and row.noticed_at is None and needs_notice(row.code)
