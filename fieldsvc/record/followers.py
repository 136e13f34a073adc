"""Who follows the record: capabilities that keep rows of their own in step with it.

The record knows none of them; `create_app` wires them here. A follower runs in the transaction of the ops, so a ledger row,
a corrected address or a promised notice exists exactly when the op that caused it does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Change:
    """One visit after a write. `ops` are the applied ones; none when it was files that arrived."""

    visit_id: str
    customer_id: str
    document: Mapping[str, Any]
    ops: Sequence[Mapping[str, Any]]
    now: datetime


Follower = Callable[[Change], None]


@dataclass
class Wiring:
    """What the record asks of others: followers, the facts of a visit a phone opened, and who a username is."""

    followers: list[Follower] = field(default_factory=list)
    open_unplanned: Callable[[Mapping[str, Any], str], Mapping[str, Any] | None] = lambda op, user_id: None
    find_technician: Callable[[str], Mapping[str, str] | None] = lambda username: None
    present: Callable[[set[str]], set[str]] = lambda digests: set()


wiring = Wiring()
"""The wiring of this process; `create_app` fills it with functions that keep no state of their own."""
