"""Keeping the readings in step with the record: what a visit read, and what the office said of it.

A reading belongs to (visit, meter) and is the figure that the visit shows. When it comes, changes or is doubted, it and every
later reading of that meter are judged anew. Invariant: readings, marks and reviews are the same in whatever order the entries
arrived; a verdict counts only for the figure it was given for, and the later verdict wins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from fieldsvc import clock
from fieldsvc.db import among, db
from fieldsvc.readings.history import Book
from fieldsvc.readings.judge import EXCHANGE, Read
from fieldsvc.readings.models import Review
from fieldsvc.record import service as record
from fieldsvc.record.service import Change

Json = dict[str, Any]
OPEN, ACCEPTED, AGAIN, CLEAR = "open", "accepted", "again", "clear"
KINDS = ("reading.set", "reading.review")
_REVIEWS = select(Review).where(among(Review.reading_id, "readings"))


def follow(changes: Sequence[Change]) -> None:
    """Keep the readings that the visits show, judge them, and take in what the office said of them."""
    spoken = [(change, _meters_of(change)) for change in changes]
    meter_ids = {meter_id for _, meters in spoken for meter_id in meters.values()}
    if not meter_ids:
        return
    book = Book(meter_ids)
    judged: dict[str, Read] = {}
    for change, meters in spoken:
        for spoken_id, meter_id in meters.items():
            for read in _take_in(book, change, spoken_id, meter_id):
                judged[read.id] = read
    book.write(now=changes[0].now)  # before the reviews, which refer to them
    reviews = Reviews(book, judged)
    for change, meters in spoken:
        for op in change.ops:
            if op["kind"] == "reading.review":
                reviews.take(op, change, meters[op["data"]["meter"]])
    book.write(now=changes[0].now)
    db.session.flush()


def judge_late(*, reads: Sequence[Read], now: datetime) -> None:
    """Judge readings that are older than the judging (`marks` is None), and list those that need eyes.

    What a visit said beside the figure was not kept then either, and is taken from its document. The meters' still earlier
    readings stay as they are: nobody has to look at them any more.
    """
    begins: dict[str, datetime] = {}
    for read in reads:
        begins[read.meter_id] = min(read.read_at, begins.get(read.meter_id, read.read_at))
    book = Book(begins)
    bare = [
        read
        for history in book.histories.values()
        for read in history
        if read.marks is None and read.op_id is None and read.visit_id and read.read_at >= begins[read.meter_id]
    ]
    documents = record.documents(ids={read.visit_id for read in bare if read.visit_id})
    for read in bare:
        shown = _shown(documents.get(read.visit_id or ""), read.meter_id)
        if shown is not None and shown.get("value") == read.value:
            book.change(read, **{**_told(shown), "read_at": read.read_at})
    judged = {read.id: read for meter_id, begin in begins.items() for read in book.judge_anew(meter_id, begin)}
    book.write(now=now)
    Reviews(book, judged)
    db.session.flush()


def _shown(document: Json | None, meter_id: str) -> Json | None:
    """What a visit shows of a meter on file."""
    if document is None:
        return None
    named = {meter.get("on_file", meter["id"]): meter["id"] for meter in document["meters"]}
    shown: Json | None = document["readings"].get(named.get(meter_id, meter_id))
    return shown


def _meters_of(change: Change) -> dict[str, str]:
    """The meters that the entries speak of: the id by which the visit speaks of each → its id on file."""
    spoken = {op["data"]["meter"] for op in change.ops if op["kind"] in KINDS}
    if not spoken:
        return {}
    # A phone that opened the visit itself may speak of a meter by an id of its own.
    on_file = {meter["id"]: meter.get("on_file", meter["id"]) for meter in change.document["meters"]}
    return {meter_id: on_file.get(meter_id, meter_id) for meter_id in sorted(spoken)}


def _take_in(book: Book, change: Change, spoken_id: str, meter_id: str) -> list[Read]:
    """Bring one reading in step with what the visit shows; gives what was judged anew."""
    shown = change.document["readings"].get(spoken_id)
    if shown is None:
        return []
    read = book.of_visit(meter_id, change.visit_id)
    if read is None:
        read = Read(id=clock.new_id(), meter_id=meter_id, visit_id=change.visit_id, **_told(shown))
        read.customer_id = change.customer_id
        book.add(read)
        since = read.read_at
    elif read.op_id == shown["op"]:
        return []
    else:
        told, since = _told(shown), read.read_at
        if _is_of_the_office(change, shown):
            del told["read_at"]  # what was seen at the door was seen then, however late somebody puts it right
        if told["value"] != read.value:
            told |= {"doubted": False, "billed_in": None}  # another figure than the one that was doubted, or exported
        book.change(read, **told)
        since = min(since, read.read_at)
    judged = book.judge_anew(meter_id, since)
    return judged if read in judged else [read, *judged]


def _is_of_the_office(change: Change, shown: Mapping[str, Any]) -> bool:
    return change.author is not None and change.author.office and any(op["id"] == shown["op"] for op in change.ops)


def _told(shown: Mapping[str, Any]) -> Json:
    exchange = shown.get("exchange")
    return {
        "source": "visit" if exchange is None else EXCHANGE,
        "value": shown.get("value"),
        "reason": shown.get("unreadable"),
        "read_at": datetime.fromisoformat(shown["at"]),
        "running": shown.get("running"),
        "photo": shown.get("photo"),
        "final": _figure(exchange, "final"),
        "initial": _figure(exchange, "initial"),
        "op_id": shown["op"],
    }


def _figure(exchange: Mapping[str, str] | None, part: str) -> str | None:
    return None if exchange is None else exchange.get(part)


class Reviews:
    """The reviews of the readings that were judged anew, brought in step."""

    def __init__(self, book: Book, judged: Mapping[str, Read]):
        self.book = book
        self._rows: dict[str, Review] = {}
        self._look_up(judged)
        for read in judged.values():
            self._in_step(read)

    def _look_up(self, reads: Mapping[str, Read]) -> None:
        unknown = [read_id for read_id in reads if read_id not in self._rows]
        rows = db.session.scalars(_REVIEWS, {"readings": unknown}) if unknown else ()
        self._rows |= {row.reading_id: row for row in rows}

    def _in_step(self, read: Read) -> None:
        row, eyes = self._rows.get(read.id), self.book.eyes(read)
        if row is None:
            if eyes:
                self._begin(read, OPEN)
            return
        same_figure = row.figure == read.figure
        row.marks, row.read_at = read.marks or "", read.read_at
        if (
            row.state in (ACCEPTED, AGAIN)
            and same_figure
            and (row.state == AGAIN or eyes <= set((row.seen or "").split()))
        ):
            return
        row.state = OPEN if eyes else CLEAR

    def _begin(self, read: Read, state: str) -> Review:
        row = Review(
            reading_id=read.id,
            visit_id=read.visit_id,
            meter_id=read.meter_id,
            customer_id=read.customer_id or "",
            read_at=read.read_at,
            marks=read.marks or "",
            state=state,
        )
        db.session.add(row)
        self._rows[read.id] = row
        return row

    def take(self, op: Mapping[str, Any], change: Change, meter_id: str) -> None:
        """Take in what the office said of a reading; nothing, where it looked at another figure or said so earlier."""
        read, data = self.book.of_visit(meter_id, change.visit_id), op["data"]
        if read is None or (data.get("figure") is not None and data["figure"] != read.figure):
            return
        self._look_up({read.id: read})
        row = self._rows.get(read.id) or self._begin(read, CLEAR)
        at = datetime.fromisoformat(op["at"])
        if (
            row.figure == read.figure
            and row.reviewed_at is not None
            and (row.reviewed_at, row.op_id or "") >= (at, op["id"])
        ):
            return
        row.state, row.figure, row.seen = data["verdict"], read.figure, read.marks or ""
        row.reviewed_at, row.op_id, row.note = at, op["id"], (data.get("note") or "")[:1000] or None
        row.by_name = change.author.name if change.author else ""
        doubted = row.state == AGAIN and read.value is not None
        if doubted == read.doubted:
            return
        self.book.change(read, doubted=doubted)
        judged = {one.id: one for one in self.book.judge_anew(meter_id, read.read_at)}
        self._look_up(judged)
        for one in judged.values():
            self._in_step(one)
