"""What is said of an entry's fate is what the merge made of it, whatever arrived when."""

from __future__ import annotations

import uuid
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fieldsvc.record.fates import fates
from sync import merge, rules
from sync.merge import Author, State

Json = dict[str, Any]
PHONES = [str(uuid.UUID(int=number)) for number in (1, 2, 3)]


@st.composite
def arrivals(draw: st.DrawFn) -> list[tuple[int, Json]]:
    """Entries of three phones in the order in which the server took them in; one phone's may be released late."""
    written: list[tuple[int, Json]] = []
    counts = [0, 0, 0]
    for number in range(draw(st.integers(0, 14))):
        phone = draw(st.integers(0, 2))
        counts[phone] += 1
        kind, data = draw(
            st.sampled_from(
                [
                    ("check.set", {"item": "hose", "point": "HOSE-C1", "result": "pass"}),
                    ("check.set", {"item": "hose", "point": "HOSE-C1", "result": "fail"}),
                    ("check.set", {"item": "pipe", "point": "PIPE-C1", "result": "pass"}),
                    ("note.add", {"text": "x"}),
                    ("step.tick", {"step": "knock"}),
                ]
            )
        )
        op = {
            "id": str(uuid.UUID(int=1000 + number)), "seq": counts[phone], "visit": str(uuid.UUID(int=9)), "kind": kind,
            "at": "2026-11-22T09:00:00Z", "base": draw(st.integers(0, number)), "data": data,
        }  # fmt: skip
        written.append((phone, op))
    return draw(st.permutations(written))


@given(arrived=arrivals())
def test_an_entry_is_overtaken_exactly_in_the_fields_where_it_no_longer_lives(arrived: list[tuple[int, Json]]) -> None:
    state: State = {}
    rows = []
    for version, (phone, op) in enumerate(arrived, start=1):
        author = Author(PHONES[phone], "u", "n")
        applied = merge.apply(state, op, author=author, version=version)
        assert applied.status in ("applied", "conflict")
        state = applied.state
        rows.append(
            {
                "op": op,
                "device": PHONES[phone],
                "user": {"id": "u", "name": "n"},
                "status": "applied",
                "version": version,
            }
        )
    told = fates(rows)
    for _, op in arrived:
        live = [name for name in merge.fields_written(op) if any(v["op"] == op["id"] for v in state[name]["live"])]
        assert told[op["id"]].overtaken.keys() == set(merge.fields_written(op)) - set(live)
        beside = {
            value["op"]
            for name in live
            if rules.contradict(name, state[name]["live"])
            for value in state[name]["live"]
            if value["op"] != op["id"]
        }
        assert told[op["id"]].beside == beside
