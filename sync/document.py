"""State → visit document: what phones, office and papers see of a visit.

Decides how fields are shown together: which hazard counts as withdrawn, which signature has gone stale, which photos are
still on their way. Everything not written by ops (number, customer on file, meters, what happened last time) comes in as
`facts`. Invariant: of contradicting values the dangerous one is shown and all of them are listed under `conflicts`, but for
the days of a cancelled visit: choosing one would plan the visit, and so bring it back unasked.
Source: docs/sync-protocol.md, "A visit document".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sync import rules
from sync.fields import Field, Value, concurrent, had_seen
from sync.merge import HAZARD_PARTS, State, conflicts, is_closed

Json = dict[str, Any]

NO_WORK = ("assignee", "created", "plan", "cancelled", "slip")
"""What is written of a visit without anybody having gone there."""

SIGNED_THINGS = ("checks/", "readings/", "hazards/", "customer/", "outcome")
"""What a signature vouches for: a later change in one of these makes it stale."""


def build(state: State, facts: Mapping[str, Any], *, version: int, arrived: Collection[str]) -> Json:
    """Make the document of one visit.

    `facts` holds id, number, type, checklist, planned, assignee, lookup, customer, meters, previous and notices; `arrived`
    the digests of files that the server holds completely.
    """
    torn = [name for name in conflicts(state) if name != "plan" or _one(state, "cancelled") is None]
    hazards = _hazards(state)
    document: Json = {
        "id": facts["id"],
        "version": version,
        "number": facts["number"],
        "type": facts["type"],
        "checklist": facts["checklist"],
        "state": _visit_state(state, facts),
        "planned": _planned(state, facts),
        "cancelled": _one(state, "cancelled"),
        "assignee": _assignee(state, facts),
        "lookup": facts["lookup"],
        "customer": _customer(state, facts["customer"]),
        "meters": facts["meters"],
        "previous": facts["previous"],
        "start": _one(state, "start"),
        "steps": {name: _signed(value, {}) for name, value in _group(state, "steps/")},
        "checks": _checks(state),
        "readings": dict(_shown_group(state, "readings/")),
        "hazards": hazards,
        "verifications": _verifications(state, hazards),
        "photos": _photos(state, arrived),
        "signatures": _signatures(state),
        "notes": _notes(state),
        "outcome": _one(state, "outcome"),
        "conflicts": [_conflict(name, state[name]) for name in torn] + _living_hazards(state, hazards, torn),
        "notices": list(facts.get("notices", ())),
    }
    if facts.get("promised"):
        document["promised"] = facts["promised"]
    if "slip" in state:
        document["slip"] = _one(state, "slip")
    document["missing_blobs"] = sorted(needed(document) - set(arrived))
    return document


def files(state: State) -> set[str]:
    """The digests of all files that any live value of a visit speaks of, whether it still needs them or not."""
    spoken: set[str] = set()
    for name, field in state.items():
        if name.startswith(("photos/", "readings/", "signatures/")):
            for value in field["live"]:
                spoken |= {value["data"][key] for key in ("sha256", "photo", "image") if value["data"].get(key)}
    return spoken


def needed(document: Mapping[str, Any]) -> set[str]:
    """The digests of all files a visit needs to be complete: its photos, dials and signature images."""
    wanted = {sha for sha, photo in document["photos"].items() if not photo.get("removed")}
    wanted |= {reading["photo"] for reading in document["readings"].values() if reading.get("photo")}
    for signature in document["signatures"].values():
        wanted |= {one["image"] for one in (signature, *signature.get("others", ())) if one.get("image")}
    return wanted


def _visit_state(state: State, facts: Mapping[str, Any]) -> str:
    if facts.get("cancelled"):
        return "cancelled"
    if is_closed(state):
        return "closed"
    cancels = [value for value in state["cancelled"]["live"] if value["data"]] if "cancelled" in state else []
    if any(_is_work(name, field, cancels) for name, field in state.items()):
        return "started"
    return "cancelled" if _one(state, "cancelled") else "planned"


def _is_work(name: str, field: Field, cancels: Collection[Value]) -> bool:
    """Whether a field tells of work at the door, which no cancelling hides; a note that was there before is no work."""
    if name.startswith("notes/") and cancels:
        return not all(had_seen(cancel, value) for cancel in cancels for value in field["live"])
    return name not in NO_WORK


def _planned(state: State, facts: Mapping[str, Any]) -> Any:
    field = state.get("plan")
    if field is None:
        return facts["planned"]
    return {"from": None, "to": None, **rules.shown("plan", field["live"])["data"]}


def _assignee(state: State, facts: Mapping[str, Any]) -> Any:
    field = state.get("assignee")
    person = rules.shown("assignee", field["live"])["data"] if field else facts["assignee"]
    return {"id": person["id"], "name": person["name"]} if person else None


def _signed(value: Value, shown: Mapping[str, Any]) -> Json:
    return {**shown, "by": value["by"], "at": value["at"], "op": value["op"]}


def _plain(value: Value) -> Json:
    data = value["data"]
    return _signed(value, data if isinstance(data, Mapping) else {"value": data})


def _one(state: State, name: str) -> Json | None:
    field = state.get(name)
    if field is None:
        return None
    value = rules.shown(name, field["live"])
    return None if value["data"] is None else _plain(value)


def _group(state: State, prefix: str) -> Iterable[tuple[str, Value]]:
    for name in sorted(state):
        if name.startswith(prefix):
            yield name[len(prefix) :], rules.shown(name, state[name]["live"])


def _shown_group(state: State, prefix: str) -> Iterable[tuple[str, Json]]:
    return ((name, _plain(value)) for name, value in _group(state, prefix))


def _customer(state: State, on_file: Mapping[str, Any]) -> Json:
    customer: Json = {**on_file, "confirmed": None, "corrected": {}}
    for name, value in _group(state, "customer/"):
        if name == "confirmed":
            customer["confirmed"] = _signed(value, {})
        else:
            customer["corrected"][name] = on_file.get(name)
            customer[name] = value["data"]
    return customer


def _checks(state: State) -> Json:
    checks: Json = {}
    for name, check in _shown_group(state, "checks/"):
        item, point = name.split("/", 1)
        checks.setdefault(item, {})[point] = check
    return checks


def _hazard_fields(state: State) -> dict[str, dict[str, Field]]:
    hazards: dict[str, dict[str, Field]] = {}
    for name in sorted(state):
        if name.startswith("hazards/"):
            _, hazard, part = name.split("/", 2)
            hazards.setdefault(hazard, {})[part] = state[name]
    return hazards


def _hazards(state: State) -> Json:
    hazards: Json = {}
    for hazard, fields in _hazard_fields(state).items():
        shown = {part: rules.shown(f"hazards/{hazard}/{part}", field["live"]) for part, field in fields.items()}
        if not any(part in shown for part in HAZARD_PARTS):
            continue
        first = shown.get("code") or next(iter(shown.values()))
        verified = shown.get("verified")
        withdrawal = None if _contested(fields) is not None else shown.get("withdrawn")
        hazards[hazard] = {
            "id": hazard,
            **{part: shown[part]["data"] if part in shown else None for part in HAZARD_PARTS},
            "withdrawn": None if withdrawal is None or withdrawal["data"] is None else _plain(withdrawal),
            "verified": None if verified is None else _plain(verified),
            "by": first["by"],
            "at": first["at"],
        }
    return hazards


def _verifications(state: State, hazards: Mapping[str, Any]) -> Json:
    """What this visit says of hazards that an earlier visit found."""
    return {
        hazard: _plain(rules.shown(f"hazards/{hazard}/verified", fields["verified"]["live"]))
        for hazard, fields in _hazard_fields(state).items()
        if hazard not in hazards and "verified" in fields
    }


def _contested(fields: Mapping[str, Field]) -> list[Value] | None:
    """The edits of a hazard that its withdrawal had not seen, while they live; None when there is nothing to contest.

    A withdrawal counts only when at least one withdrawing author had seen every other live edit.
    """
    withdrawn = fields.get("withdrawn")
    withdrawals = [v for v in withdrawn["live"] if v["data"] is not None] if withdrawn else []
    if not withdrawals:
        return None
    edits = [v for part, field in fields.items() if part != "withdrawn" for v in field["live"]]
    blind = [[edit for edit in edits if concurrent(withdrawal, edit)] for withdrawal in withdrawals]
    return None if any(not unseen for unseen in blind) else [edit for unseen in blind for edit in unseen]


def _living_hazards(state: State, hazards: Mapping[str, Any], torn: Collection[str]) -> list[Json]:
    found = []
    for hazard, fields in _hazard_fields(state).items():
        name = f"hazards/{hazard}/withdrawn"
        contested = _contested(fields)
        if contested is not None and name not in torn and hazard in hazards:
            values = {value["op"]: value for value in (*fields["withdrawn"]["live"], *contested)}
            found.append({"field": name, "values": [_plain(values[op]) for op in sorted(values)]})
    return found


def _photos(state: State, arrived: Collection[str]) -> Json:
    photos: Json = {}
    for name, photo in _shown_group(state, "photos/"):
        sha, _, part = name.partition("/")
        if part == "removed":
            if sha in photos:
                photos[sha]["removed"] = photo
        else:
            photos[sha] = {**photo, "arrived": sha in arrived}
    return photos


def _signatures(state: State) -> Json:
    signatures: Json = {}
    vouched = [
        (name, value)
        for name, field in state.items()
        if name.startswith(SIGNED_THINGS) and name != "customer/confirmed"
        for value in field["live"]
    ]
    for name in sorted(state):
        if not name.startswith("signatures/"):
            continue
        live = state[name]["live"]
        main = rules.shown(name, live)
        signatures[name.split("/", 1)[1]] = {
            **_plain(main),
            "stale": not all(_covered(name, value, main) for name, value in vouched if _speaks_of(main, name)),
            "others": [_plain(v) for v in sorted(live, key=lambda v: v["op"]) if v is not main],
        }
    return signatures


def _speaks_of(signature: Value, name: str) -> bool:
    """Whether a signature vouches for a field: for every one, unless it says which answers it covers."""
    covers = signature["data"].get("covers")
    return covers is None or name in {f"checks/{answer}" for answer in covers}


def _covered(name: str, value: Value, signature: Value) -> bool:
    # Closing is what one signs for: the close that the signing phone makes right after belongs to the signature.
    closes = name == "outcome" and value["device"] == signature["device"] and value["data"] is not rules.REOPENED
    return closes or had_seen(signature, value)


def _notes(state: State) -> list[Json]:
    values = [field["live"][0] for name, field in state.items() if name.startswith("notes/")]
    values.sort(key=lambda v: (rules.instant(v["at"]), v["device"], v["seq"]))
    return [{"id": v["op"], "text": v["data"], "by": v["by"], "at": v["at"]} for v in values]


def _conflict(name: str, field: Field) -> Json:
    return {"field": name, "values": [_plain(v) for v in sorted(field["live"], key=lambda v: v["op"])]}
