"""What must hold, worked out from the log and the ledger by other code than the product's.

Every judge gives findings in words, none when all is well. They read the store past the application (`books`), and take nothing
from `sync.rules` or `sync.fields`: what they check must not be checked with itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.sim.books import Entry, Kept
from tests.sim.disk import Disk
from tests.sim.ledger import Ledger

Json = dict[str, Any]
Field = tuple[str, str]

WORST_FIRST = ("fail", "not_accessible", "pass_note", "pass", "na")
WIDEST_FIRST = ("now_all", "now_appliance", "on_overdue", "none")


def custody(ledger: Ledger, entries: list[Entry], disks: Iterable[Disk], office: set[str]) -> dict[str, list[str]]:
    """Every entry acknowledged in this history, or still on a phone, is there once, as it was written; none was invented."""
    counted = Counter(entry.id for entry in entries if not entry.repeat)
    stored = {entry.id: {**entry.body, "seq": 0} for entry in entries if not entry.repeat}
    owed = ledger.acked | {op["id"] for disk in disks for identity in disk.identities for op in identity.ops}
    return {
        "lost": [f"{op} {ledger.written.get(op)}" for op in sorted(owed) if not counted[op]],
        "doubled": [op for op, times in counted.items() if times > 1],
        "changed": [op for op, body in stored.items() if op in ledger.written and body != ledger.written[op]]
        + [entry.id for entry in entries if entry.id not in ledger.written and entry.device not in office],
    }


def receipts(entries: list[Entry], disks: Iterable[Disk]) -> list[str]:
    """What a phone shows as safe is stored under its device, number for number."""
    stored = {(entry.device, entry.seq): entry.id for entry in entries}
    return [
        f"{identity.id} shows {op['id']} as safe"
        for disk in disks
        for identity in disk.identities
        for op in identity.safe
        if identity.epoch == disk.epoch and stored.get((identity.id, op["seq"])) != op["id"]
    ]


def replicas(disk: Disk, scope: Mapping[str, Json]) -> list[str]:
    """A phone with nothing left to do shows the visits of its owner exactly as the server holds them."""
    shown = {visit: seen.document for visit, seen in disk.visits.items()}
    if shown == scope:
        return []
    torn = sorted(visit for visit in shown.keys() & scope.keys() if shown[visit] != scope[visit])
    extra, missing = sorted(shown.keys() - scope.keys()), sorted(scope.keys() - shown.keys())
    return [f"{disk.owner}'s phone: {len(torn)} differ, {extra} should be gone, {missing} are missing"]


def fields_of(op: Json) -> Iterator[tuple[str, Any]]:
    """The fields an op writes whose hiding could hurt somebody, with what it says there."""
    kind, data = op["kind"], op["data"]
    if kind == "check.set":
        yield f"checks/{data['item']}/{data['point']}", data["result"]
    elif kind == "reading.set":
        yield f"readings/{data['meter']}", data.get("value") or data.get("unreadable")
    elif kind == "hazard.add":
        for part in ("code", "item", "level", "position", "due", "stop_gas"):
            yield f"hazards/{data['hazard']}/{part}", data[part]
        yield f"hazards/{data['hazard']}/withdrawn", None
    elif kind == "hazard.set":
        yield f"hazards/{data['hazard']}/{data['field']}", data["value"]
    elif kind == "hazard.withdraw":
        yield f"hazards/{data['hazard']}/withdrawn", data["reason"]
    elif kind == "visit.close":
        yield "outcome", data["outcome"]
    elif kind == "visit.reopen":
        yield "outcome", None


def had_seen(later: Entry, earlier: Entry) -> bool:
    """What the numbers say about who had seen what."""
    if later.device == earlier.device:
        return earlier.seq < later.seq
    assert earlier.version is not None
    return earlier.version <= later.base


class Fields:
    """Per field of every visit: who wrote what, and which of it nobody has superseded."""

    def __init__(self, entries: Iterable[Entry]):
        self.written: dict[Field, list[tuple[Entry, Any]]] = defaultdict(list)
        for entry in entries:
            if entry.is_applied and entry.visit:
                for name, value in fields_of(entry.body):
                    self.written[entry.visit, name].append((entry, value))

    def live(self, field: Field) -> list[tuple[Entry, Any]]:
        """The values that no author of a later one had seen."""
        all_of_it = self.written[field]
        return [
            (entry, value)
            for entry, value in all_of_it
            if not any(had_seen(other, entry) for other, _ in all_of_it if other is not entry)
        ]


def worst_is_shown(fields: Fields, visits: Mapping[str, Kept]) -> list[str]:
    """Of judgements that had not seen each other the worst is shown, and no living hazard is milder than anybody said."""
    found = []
    for visit, name in fields.written:
        document, values = visits[visit].document, [value for _, value in fields.live((visit, name))]
        group, *rest = name.split("/")
        if group == "checks":
            checked = document["checks"].get(rest[0], {}).get(rest[1], {})
            shown, worst = checked.get("result"), min(values, key=WORST_FIRST.index)
        elif group == "hazards" and rest[1] in ("level", "due"):
            shown, worst = document["hazards"].get(rest[0], {}).get(rest[1]), min(values)
        elif group == "hazards" and rest[1] == "stop_gas":
            shown, worst = document["hazards"].get(rest[0], {}).get(rest[1]), min(values, key=WIDEST_FIRST.index)
        else:
            continue
        if shown != worst:
            found.append(f"{visit} {name}: {shown!r} is shown, {worst!r} lives")
    return found


def no_hazard_is_hidden(fields: Fields, visits: Mapping[str, Kept]) -> list[str]:
    """A hazard is shown as withdrawn only when somebody who withdrew it had seen everything that lives of it."""
    found = []
    parts: dict[Field, list[str]] = defaultdict(list)
    for visit, name in fields.written:
        if name.startswith("hazards/"):
            parts[visit, name.split("/")[1]].append(name)
    for (visit, hazard), names in parts.items():
        shown = visits[visit].document["hazards"].get(hazard)
        if shown is None or shown["withdrawn"] is None:
            continue
        edits = [entry for name in names if not name.endswith("/withdrawn") for entry, _ in fields.live((visit, name))]
        says = fields.live((visit, f"hazards/{hazard}/withdrawn"))
        withdrawals = [entry for entry, reason in says if reason is not None]
        alive = any(reason is None for _, reason in says)
        if alive or not any(all(_saw(gone, edit) for edit in edits) for gone in withdrawals):
            found.append(f"{visit}: hazard {hazard} is hidden while it lives")
    return found


def _saw(withdrawal: Entry, edit: Entry) -> bool:
    return had_seen(withdrawal, edit) or had_seen(edit, withdrawal)


def nothing_superseded_blindly(ledger: Ledger, fields: Fields, now: Mapping[str, int], epoch: str) -> list[str]:
    """Whatever is no longer shown was truly seen by one who wrote after it, not only according to the numbers.

    The ledger knows which history an author looked at; a version number of a lost history must not count in the present one.
    """
    histories = {**ledger.histories, epoch: now}

    def truly_seen(later: Entry, earlier: Entry) -> bool:
        if later.device == earlier.device:
            return earlier.seq < later.seq
        version = histories.get(ledger.history_seen(later.id, later.body), {}).get(earlier.id)
        return version is not None and version <= later.body["base"]

    found = []
    for field, values in fields.written.items():
        alive = {entry.id for entry, _ in fields.live(field)}
        for entry, value in values:
            if entry.id not in alive and not any(truly_seen(other, entry) for other, _ in values if other is not entry):
                found.append(f"{field}: {value!r} of {entry.id} was superseded by somebody who never saw it")
    return found
