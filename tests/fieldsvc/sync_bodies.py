"""Sync requests as Hypothesis makes them: entries of every kind, each member right, wrong or missing, whole and cut.

Decides what is made. The table of kinds (sync.ops) names the members, so a new kind is sent as soon as it stands there.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from sync.ops import KINDS
from tests.fieldsvc.access_world import World
from tests.fieldsvc.fuzzing import NUMBERS, TEXTS, likely
from tests.fieldsvc.phone import Phone

Json = dict[str, Any]

plain = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.sampled_from(NUMBERS),
    st.text(max_size=30), st.sampled_from([text for text in TEXTS if "\ud800" not in text]),
)  # fmt: skip
anything = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


fractions = st.floats(allow_nan=False, allow_infinity=False)
"""One anywhere refuses the whole request, so they are rare."""


def _member(name: str, right: Json) -> st.SearchStrategy[Any]:
    known = st.just(right[name]) if name in right else st.nothing()
    return st.one_of(known, known, anything) if name in right else anything


def _data(kind: str, right: Json) -> st.SearchStrategy[Any]:
    names = [name.rstrip("?") for name in KINDS.get(kind, {})]
    sure = st.fixed_dictionaries({name: _member(name, right) for name in names if name in right})
    some = st.fixed_dictionaries({}, optional={name: _member(name, right) for name in names})
    return st.integers(0, 39).flatmap(lambda pick: fractions if pick == 39 else st.one_of(sure, some, some, anything))


@st.composite
def entries(draw: Any, visits: list[str], right: Json) -> list[Json]:
    """Up to six entries; `right` holds a fitting value of each member that must fit the store."""
    made = []
    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from([*KINDS, "no.such"]))
        made.append(
            {
                "visit": draw(st.one_of(st.sampled_from(visits), st.sampled_from(visits), anything)),
                "kind": kind if draw(st.integers(0, 19)) else draw(anything),
                "at": draw(st.one_of(st.just("2026-11-22T09:00:00+08:00"), anything)),
                "base": draw(st.one_of(st.integers(0, 10_000), st.just(0), anything)),
                "data": draw(_data(kind, right)),
            }
        )
    return made


class SyncBodies:
    """One run: `seen` counts answers by status, `broken` names what fell over."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.seed = world, seed
        self.seen: Counter[str] = Counter()
        self.broken: list[str] = []
        self.phones = [Phone(world.browsers[role], "bodies") for role in ("technician", "colleague")]
        for phone in self.phones:
            phone.sync()

    def requests(self, count: int) -> None:
        """Send so many syncs: signed, as a phone does, whatever stands in them."""
        visits = sorted({visit for phone in self.phones for visit in phone.visits})

        @seeded(self.seed)
        @settings(
            max_examples=count, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(entries(visits, likely(self.world)), st.integers(0, 1), st.one_of(st.none(), st.none(), anything))
        def run(made: list[Json], which: int, cursor: Any) -> None:
            self._send(self.phones[which], made, cursor)

        run()

    def _send(self, phone: Phone, made: list[Json], cursor: Any) -> None:
        number = self.seen.total()
        for one in made:
            seq = len(phone.log) + 1
            phone.log.append(
                {"id": f"00000000-0000-4000-9{self.seed % 4096:03x}-{number:06x}{seq % 2**24:06x}", "seq": seq, **one}
            )
        try:
            request = phone.request()
            if cursor is not None:
                request["cursor"] = cursor
            answer = phone.client.post("/api/v1/sync", data=json.dumps(request), content_type="application/json")
        except Exception as error:
            self.broken.append(f"sync, seed {self.seed}, request {number}: {type(error).__name__}: {error}"[:400])
            del phone.log[phone.acked :]
            return
        self.seen[str(answer.status_code)] += 1
        if answer.status_code >= 500:
            self.broken.append(f"sync, seed {self.seed}, request {number}: {answer.status_code}")
        if answer.status_code == 200:
            phone.acked = answer.json["acked_seq"]
        else:
            del phone.log[phone.acked :]
