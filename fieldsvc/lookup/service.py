"""What a stranger with the paper in hand may know, and who may have the PDF.

Decides the verdict on a visit's papers and what is shown of each hazard today. Gives no name, phone number, account or
address: the answer is made from the paper's words and the ledger's states only. Knows no HTTP. Invariant: a guess at the
phone number is answered alike whether there is a number on file or not, and guessing is limited per paper and per address.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select

from fieldsvc import installation, problems
from fieldsvc.db import db
from fieldsvc.hazards import service as hazards
from fieldsvc.lookup.models import WrongGuess
from fieldsvc.notices import service as notices
from fieldsvc.record import service as record

Json = dict[str, Any]
WINDOW = timedelta(minutes=15)
GUESSES_PER_PAPER, GUESSES_PER_ADDRESS = 5, 20
UNKNOWN_PER_ADDRESS = 30
"""Codes that nobody made, in the same time; a code that somebody made is always answered, whoever shares the address."""

_UNKNOWN = "?"
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,80}")


@dataclass(frozen=True)
class Standing:
    """A visit as its paper's holder sees it.

    `verdict`: current, settled (all put right), withdrawn, renewing (a newer revision is on its way), preparing, delayed,
    damaged (our own file is not what we issued), no_hazard, no_visit_result (no access, refused), underway, planned or
    cancelled. `hazards` are the paper's words with the ledger's `state` today (`checked`: found put right, and something that
    closing needs is to come) and its date where the office has put it off; `others` the latest issued papers of other kinds,
    each `current`, `withdrawn` (it takes back what it replaces) or `renewing` (a newer revision is on its way); `card` is what
    was left where nobody opened, `next_visit` the day agreed for the next time, and its hour when there is one.
    """

    verdict: str
    lookup: str
    visited_on: str | None
    planned_on: str | None
    paper: notices.Notice | None = None
    hazards: list[Json] = field(default_factory=list)
    papers: list[notices.Notice] = field(default_factory=list)
    card: notices.Notice | None = None
    others: list[tuple[notices.Notice, str]] = field(default_factory=list)
    next_visit: tuple[str, str] | None = None


def standing(*, lookup: str, today: date) -> Standing | None:
    """What is known of a token; None for one that nobody has made."""
    document = record.by_lookup(lookup=lookup) if _CODE.fullmatch(lookup) else None
    if document is None:
        return None
    every = notices.of_visit(visit_id=document["id"])
    papers = [paper for paper in every if paper.kind == "hazard"]
    cards = [paper for paper in every if paper.kind == "no_access" and paper.status == "ready"]
    issued = [paper for paper in papers if paper.status == "ready"]
    latest = (issued or papers)[-1] if papers else None
    shown = _hazards(latest, document["id"], today) if latest else []
    return Standing(
        verdict=_verdict(document, papers, shown),
        lookup=lookup,
        visited_on=_visited_on(document),
        planned_on=(document["planned"] or {}).get("date"),
        paper=latest,
        hazards=shown,
        papers=papers,
        card=cards[-1] if cards else None,
        others=_others(every),
        next_visit=_next_visit(document),
    )


def _others(every: list[notices.Notice]) -> list[tuple[notices.Notice, str]]:
    latest = {paper.kind: paper for paper in every if paper.status == "ready"}
    newest = {paper.kind: paper for paper in every}
    found = [latest[kind] for kind in notices.KINDS if kind in latest and kind not in ("hazard", "no_access")]
    return [(paper, _stands(paper, newest[paper.kind])) for paper in found]


def _stands(paper: notices.Notice, newest: notices.Notice) -> str:
    if newest.revision > paper.revision:
        return "renewing"
    return "withdrawn" if notices.withdraws(paper) else "current"


def _next_visit(document: Mapping[str, Any]) -> tuple[str, str] | None:
    agreed = (document["outcome"] or {}).get("next_at")
    return notices.appointment(agreed, installation.zone()) if agreed else None


def _visited_on(document: Mapping[str, Any]) -> str | None:
    if document["state"] != "closed":
        return None
    closed = datetime.fromisoformat(document["outcome"]["at"])
    return closed.astimezone(installation.zone()).date().isoformat()


def _verdict(document: Mapping[str, Any], papers: list[notices.Notice], shown: list[Json]) -> str:
    if not papers:
        return _without_paper(document)
    newest = papers[-1]
    if newest.status != "ready":
        issued = any(paper.status == "ready" for paper in papers)
        return "delayed" if newest.status == "failed" else "renewing" if issued else "preparing"
    if not notices.is_intact(newest):
        return "damaged"
    if not shown:
        return "withdrawn"
    return "settled" if all(one["state"] not in ("open", "checked") for one in shown) else "current"


def _without_paper(document: Mapping[str, Any]) -> str:
    if document["state"] == "closed":
        return "no_hazard" if document["outcome"]["outcome"] in ("completed", "stopped") else "no_visit_result"
    return {"planned": "planned", "started": "underway"}.get(document["state"], "cancelled")


def _hazards(paper: notices.Notice, visit_id: str, today: date) -> list[Json]:
    ledger = hazards.of_visit(visit_id=visit_id)
    shown = []
    for printed in notices.snapshot(paper)["facts"]["hazards"]:
        entry = ledger.get(printed["id"])
        state = entry["state"] if entry else "open"
        put_off = entry is not None and entry["due"] > max(printed["due"], entry["paper_due"])
        due = entry["due"] if entry and put_off else printed["due"]
        overdue = state == "open" and date.fromisoformat(due) < today
        if entry and state == "open" and entry["fixed"]:
            state, overdue = "checked", False
        words = {
            key: printed[key]
            for key in (
                "line",
                "name",
                "item",
                "level",
                "harm",
                "solutions",
                "due",
                "stop_gas",
                "stop_gas_words",
                "responsible",
            )
        }
        shown.append({**words, "due": due, "put_off": put_off, "state": state, "overdue": overdue})
    return shown


def paper_for(*, lookup: str, notice_id: str, digits: str, address: str, now: datetime) -> notices.Notice | None:
    """The issued paper asked for, or the latest one, for whoever knows the last four digits; None for a wrong answer.

    In the caller's transaction. Raises NotFound for an unknown token, TooMany after too many wrong answers, Conflict
    `not_ready` while nothing is issued.
    """
    document = record.by_lookup(lookup=lookup)
    if document is None:
        raise problems.NotFound("this code is not known")
    if _guessed_too_often(lookup=lookup, address=address, now=now):
        raise problems.TooMany("wait a quarter of an hour, then try again")
    if not _knows_the_phone(document["customer"], digits):
        db.session.execute(delete(WrongGuess).where(WrongGuess.at <= now - WINDOW))
        db.session.add(WrongGuess(lookup=lookup, address=address[:64], at=now))
        return None
    issued = [paper for paper in notices.of_visit(visit_id=document["id"]) if paper.status == "ready"]
    if notice_id:
        issued = [paper for paper in issued if paper.id == notice_id]
    if not issued:
        raise problems.Conflict("this notice is still being prepared", code="not_ready")
    return max(issued, key=lambda paper: (paper.kind == "hazard", paper.revision))


def guesses_on(*, address: str, now: datetime) -> bool:
    """Note that an address asked for a code that nobody made; say whether it has by now asked for too many.

    In the caller's transaction. What is written down ends there: whoever goes on guessing costs nothing more.
    """
    here = (WrongGuess.at > now - WINDOW, WrongGuess.address == address[:64], WrongGuess.lookup == _UNKNOWN)
    if (db.session.scalar(select(func.count()).select_from(WrongGuess).where(*here)) or 0) >= UNKNOWN_PER_ADDRESS:
        return True
    db.session.execute(delete(WrongGuess).where(WrongGuess.at <= now - WINDOW))
    db.session.add(WrongGuess(lookup=_UNKNOWN, address=address[:64], at=now))
    return False


def begin_check(*, address: str, now: datetime) -> int:
    """Write down that an address brings a file to be judged; give the number by which that can be taken back.

    Looking into files that we never issued is work, so an address may bring twenty in a quarter of an hour; written before and
    not after, so that those under way count too. In the caller's transaction. Raises TooMany.
    """
    if _guessed_too_often(lookup="", address=address, now=now):
        raise problems.TooMany("wait a quarter of an hour, then try again")
    db.session.execute(delete(WrongGuess).where(WrongGuess.at <= now - WINDOW))
    check = WrongGuess(lookup="", address=address[:64], at=now)
    db.session.add(check)
    db.session.flush()
    return check.id


def take_back(*, check: int) -> None:
    """What was brought is genuine: it does not count. In the caller's transaction."""
    db.session.execute(delete(WrongGuess).where(WrongGuess.id == check))


def judged(*, pdf: bytes, lookup: str) -> tuple[notices.Verdict, bool]:
    """What a file is that somebody has brought, and whether it is a paper of this very visit.

    To be called after `begin_check` and not in a transaction: it takes seconds. Raises TooMany `busy`.
    """
    verdict = notices.verify(pdf)
    document = record.by_lookup(lookup=lookup)
    papers = notices.of_visit(visit_id=document["id"]) if document else []
    return verdict, any(paper.id == verdict.notice_id for paper in papers)


def _knows_the_phone(customer: Mapping[str, Any], digits: str) -> bool:
    """Compare with the number on file and with the one the customer gave at the door, in time that tells nothing."""
    if re.fullmatch(r"[0-9]{4}", digits) is None:
        return False
    right = False
    for number in (customer.get("phone"), customer["corrected"].get("phone")):
        figures = "".join(character for character in str(number or "") if character in "0123456789")
        right |= hmac.compare_digest(figures[-4:].rjust(4, "-"), digits)
    return right


def _guessed_too_often(*, lookup: str, address: str, now: datetime) -> bool:
    recent = select(func.count()).select_from(WrongGuess).where(WrongGuess.at > now - WINDOW)
    by_paper = (db.session.scalar(recent.where(WrongGuess.lookup == lookup)) or 0) if lookup else 0
    mine = recent.where(WrongGuess.address == address[:64], WrongGuess.lookup != _UNKNOWN)
    by_address = db.session.scalar(mine) or 0
    return by_paper >= GUESSES_PER_PAPER or by_address >= GUESSES_PER_ADDRESS
