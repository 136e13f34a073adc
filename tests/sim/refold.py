"""Folding the whole log again: does it give what is stored, in the order of the versions and in others?

Another order is allowed where nobody had seen what is moved: a device's own entries keep their order, and an entry stays behind
every one its author had seen.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sync import merge
from sync.merge import Author, State
from tests.sim.books import Entry, Kept

People = Mapping[str, Mapping[str, str]]


def differences(entries: list[Entry], visits: Mapping[str, Kept], people: People, chance: random.Random) -> list[str]:
    """Fold every visit again, in its own order and in another; name what differs from what is stored."""
    of_visit: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.is_applied and entry.visit:
            of_visit[entry.visit].append(entry)
    found = []
    for visit, log in of_visit.items():
        log.sort(key=lambda entry: entry.version or 0)
        stored = alive(visits[visit].fields)
        for name, order in (("in its order", log), ("in another order", another_order(log, chance))):
            if order is None:
                found.append(f"{visit} holds entries that had each seen the other")
            elif alive(fold(order, people)) != stored:
                found.append(f"{visit} folded again {name} differs in {differing(fold(order, people), stored)}")
    return found


def fold(log: list[Entry], people: People) -> State:
    """Fold entries one after the other. Whether they were allowed was decided when they arrived."""
    state: State = {}
    for entry in log:
        author = Author(device=entry.device, id=entry.user, name=entry.user_name, office=True)
        assignee = people.get(entry.body["data"].get("assignee", ""))
        op = {**entry.body, "base": entry.base}
        applied = merge.apply(state, op, author=author, version=entry.version or 0, assignee=assignee)
        if applied.status == "quarantined":
            raise AssertionError(f"{entry.id} was applied once, and is now {applied.code}: {applied.detail}")
        state = applied.state
    return state


def alive(state: Mapping[str, Any]) -> dict[str, str]:
    """The live values of every field, in a form that can be compared."""
    return {
        name: json.dumps(sorted(field["live"], key=lambda value: str(value["op"])), sort_keys=True)
        for name, field in state.items()
    }


def differing(state: State, stored: Mapping[str, str]) -> list[str]:
    """The fields that differ."""
    found = alive(state)
    return sorted(name for name in found.keys() | stored.keys() if found.get(name) != stored.get(name))


def another_order(log: list[Entry], chance: random.Random) -> list[Entry] | None:
    """A random order that keeps what everybody had seen before them; none where numbers contradict each other."""
    before = [{n for n, other in enumerate(log) if other is not one and comes_first(other, one)} for one in log]
    waiting, order = set(range(len(log))), []
    while waiting:
        ready = sorted(n for n in waiting if not before[n] & waiting)
        if not ready:
            return None
        chosen = chance.choice(ready)
        waiting.remove(chosen)
        order.append(log[chosen])
    return order


def comes_first(earlier: Entry, later: Entry) -> bool:
    """Say whether `later` was written having seen `earlier`."""
    if earlier.device == later.device:
        return earlier.seq < later.seq
    return (earlier.version or 0) <= later.base
