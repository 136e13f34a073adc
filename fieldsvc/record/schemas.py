"""The shape of a visit's document and of an entry of the log, as clients are told of them.

Describes what `sync.document` makes and `quarantine.row_document` says; docs/sync-protocol.md says what it means.
"""

from __future__ import annotations

from marshmallow import fields

from fieldsvc.shapes import DAY, INSTANT, PASSED_ON, UUID, Told, anything, by_name, flag, many, one, text, whole, word
from sync.ops import CHECK_RESULTS, OUTCOMES, POSITIONS, PURPOSES, STOP_GAS

STATES = ("planned", "started", "closed", "cancelled")
STATUSES = ("applied", "conflict", "duplicate", "quarantined", "dismissed")


class Person(Told):
    id = text()
    name = text()


class Signed(Told):
    """Who wrote something, when by their clock, and with which entry."""

    by = one(Person)
    at = text(INSTANT)
    op = text(UUID)


class Place(Told):
    """Where a phone was: microdegrees and metres."""

    lat, lon, accuracy = whole(), whole(), whole()


class PlannedShown(Told):
    date = text(DAY)
    from_ = fields.String(data_key="from", required=True, allow_none=True)
    to = text(none=True)
    order = whole(there=False)


class Cancelled(Signed):
    reason = text()


class Start(Signed):
    location = one(Place, there=False)
    catalog = whole(there=False)


class CustomerShown(Told):
    """The customer as on file, with what technicians have corrected; `corrected` holds what stood there before."""

    id = text(UUID)
    account, name, phone, district, address, building, unit, room = (text() for _ in range(8))
    tags = many(text())
    confirmed = one(Signed, none=True)
    corrected = by_name(text(none=True))
    withheld = flag(there=False)


class LastReadingShown(Told):
    value = text()
    at = text(INSTANT)


class Usual(Told):
    low, high = text(), text()


class MeterShown(Told):
    id = text(UUID)
    serial = text()
    kind = text(there=False)
    digits, decimals = whole(there=False), whole(there=False)
    last = one(LastReadingShown, there=False)
    usual = one(Usual, there=False)
    on_file = text(UUID, there=False)


class LedgerEntry(Told):
    """A hazard of the ledger; `due` is the date that counts, `paper_due` the one on the notice."""

    id, visit = text(UUID), text(UUID)
    code, name = text(none=True), text(none=True)
    item = text()
    level = whole(minimum=1, maximum=3)
    position = word(*POSITIONS)
    due, paper_due = text(DAY), text(DAY)
    stop_gas = word(*STOP_GAS)
    state = word("open", "closed", "withdrawn")
    found_at = text(INSTANT)
    closed_at = text(INSTANT, none=True)
    fixed, waits_for_notice = flag(), flag()
    photos = many(text(), there=False)


class Previous(Told):
    visited_on = text(DAY, none=True)
    outcome = word(*OUTCOMES, none=True)
    open_hazards = many(LedgerEntry)


class ChargedLine(Told):
    """A line of charges: a code of the price list, how much of it, and the price of one; figures are texts."""

    code, quantity, price = text(), text(), text()


class CheckShown(Signed):
    """What was said at a point; of charges the lines, and the edition of the price list that they are from."""

    result = word(*CHECK_RESULTS)
    value, instrument, note = text(there=False), text(there=False), text(there=False)
    lines = many(ChargedLine, there=False)
    list = whole(there=False)


class Exchange(Told):
    serial, final, initial, seals = (text(there=False) for _ in range(4))
    direction = flag(there=False)


class ReadingShown(Signed):
    """A figure of a meter. `odd`: out of what can be; `again` is then the figure that was typed a second time."""

    value, photo, unreadable, note, serial, again = (text(there=False) for _ in range(6))
    running, odd = flag(there=False), flag(there=False)
    exchange = one(Exchange, there=False)


class Withdrawn(Signed):
    reason = text()


class Verified(Signed):
    result = word("fixed", "not_fixed")
    note = text(there=False)


class HazardShown(Told):
    """A hazard; what no entry has said yet is null. A solution is a place in the catalogue's list, or a text."""

    id = text(UUID)
    code, name, item, note = (text(none=True) for _ in range(4))
    level = whole(none=True, minimum=1, maximum=3)
    position = word(*POSITIONS, none=True)
    solutions = anything(type=["array", "null"], items={"type": ["integer", "string"]})
    due = text(DAY, none=True)
    stop_gas = word(*STOP_GAS, none=True)
    withdrawn = one(Withdrawn, none=True)
    verified = one(Verified, none=True)
    by = one(Person)
    at = text(INSTANT)


class PhotoRemoved(Signed):
    reason = text()


class PhotoShown(Signed):
    sha256 = text()
    purpose = word(*PURPOSES)
    ref = text(there=False)
    taken_at = text(INSTANT)
    location = one(Place, there=False)
    removed = one(PhotoRemoved, there=False)
    arrived = flag()


class OneSignature(Signed):
    """A signature, or that the customer refused one: then `refused` is true and `reason` says why.

    `covers`: the answers (item/point) that it stands for, where it does not stand for everything.
    """

    name, relation, image, opinion, reason, witness = (text(there=False) for _ in range(6))
    strokes = anything(there=False, type="array")
    rating = whole(there=False)
    refused = flag(there=False)
    covers = many(text(), there=False)


class SignatureShown(OneSignature):
    stale = flag()
    others = many(OneSignature)


class Note(Told):
    id = text(UUID)
    by = one(Person)
    at = text(INSTANT)
    text = text()


class Outcome(Signed):
    outcome = word(*OUTCOMES)
    reason, next_at = text(there=False), text(there=False)


class ConflictShown(Told):
    field = text()
    values = many(anything(type="object", **PASSED_ON))


class PromisedOtherwise(Told):
    """By when it was promised once a point is answered with a value."""

    point, value = text(), text()
    due = text(INSTANT)


class PromisedShown(Told):
    """A clock of the visit: what ends it (`begun`, `closed`, or the point that stamps it), and by when that was promised."""

    clock, to = text(), text()
    due = text(INSTANT)
    instead = one(PromisedOtherwise, there=False)


class Paper(Told):
    id = text(UUID)
    kind, number = text(), text()
    revision = whole()
    status = word("pending", "ready", "failed")


class VisitDocument(Told):
    """One visit."""

    id = text(UUID)
    version = whole()
    number, type, checklist, lookup = text(), text(), text(), text()
    state = word(*STATES)
    planned = one(PlannedShown, none=True)
    cancelled = one(Cancelled, none=True)
    assignee = one(Person, none=True)
    customer = one(CustomerShown)
    meters = many(MeterShown)
    previous = one(Previous)
    start = one(Start, none=True)
    steps = by_name(Signed)
    checks = by_name(by_name(CheckShown))
    readings = by_name(ReadingShown)
    hazards = by_name(HazardShown)
    verifications = by_name(Verified)
    photos = by_name(PhotoShown)
    signatures = by_name(SignatureShown)
    notes = many(Note)
    outcome = one(Outcome, none=True)
    conflicts = many(ConflictShown)
    notices = many(Paper)
    slip = one(Signed, there=False)
    promised = many(PromisedShown, there=False)
    missing_blobs = many(text())


class DeviceNamed(Told):
    id = text()
    code, name = text(none=True), text(none=True)


class SettledBy(Told):
    at = text(INSTANT)
    by = text()
    reason = text()


class _Row(Told):
    op = anything(type="object", **PASSED_ON)
    user = one(Person)
    received_at = text(INSTANT)
    status = word(*STATUSES)
    code, detail = text(none=True), text(none=True)
    version = whole(none=True)
    settled = one(SettledBy, none=True)


class LogRow(_Row):
    """One entry of the log as it was sent, and what became of it."""

    device = one(DeviceNamed)


class SettledRow(_Row):
    """An entry that a person has settled; `device` is its id."""

    device = text()
