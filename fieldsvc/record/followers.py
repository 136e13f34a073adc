"""Who follows the record: capabilities that keep rows of their own in step with it.

The record knows none of them; `create_app` wires them here. A follower runs in the transaction of the ops, so a ledger row,
a corrected address or a promised notice exists exactly when the op that caused it does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sync.merge import Author


@dataclass
class Change:
    """One visit after a write. `ops` are the applied ones, all by `author`; none, and nobody, when it was files that arrived.

    `notices` are the papers that the document will list: a follower that promises papers replaces them here, before the
    document is stored.
    """

    visit_id: str
    customer_id: str
    document: dict[str, Any]
    ops: Sequence[Mapping[str, Any]]
    now: datetime
    author: Author | None = None

    @property
    def notices(self) -> list[dict[str, Any]]:
        return list(self.document["notices"])

    @notices.setter
    def notices(self, shown: Sequence[Mapping[str, Any]]) -> None:
        self.document["notices"] = [dict(one) for one in shown]


Follower = Callable[[Sequence[Change]], None]
"""Called once per write with every visit that changed, so that it can read and write its rows in one go."""


@dataclass
class Wiring:
    """What the record asks of others: followers, the facts of a visit a phone opened, who a username is, and whether an entry of
    the office needs somebody else than who wrote it (then the code of the refusal)."""

    followers: list[Follower] = field(default_factory=list)
    open_unplanned: Callable[[Mapping[str, Any], str], Mapping[str, Any] | None] = lambda op, user_id: None
    find_technician: Callable[[str], Mapping[str, str] | None] = lambda username: None
    second_person: Callable[[Mapping[str, Any], str], str] = lambda op, user_id: ""
    present: Callable[[set[str]], set[str]] = lambda digests: set()


wiring = Wiring()
"""The wiring of this process; `create_app` fills it with functions that keep no state of their own."""
