"""What a simulated phone keeps through a crash: its logs, what it pulled, its photos.

A phone may have had several device ids: a copied or restored one gives its unconfirmed entries to a new id and keeps the former
log, because a restored server may ask for it again. A disk can be copied whole: that is a cloned phone, or a backup of one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from sync import chain

Json = dict[str, Any]


@dataclass
class Identity:
    """One device id and its log. `acked` is how far the server's chain was seen to be this log's, in `epoch`."""

    id: str
    key: ec.EllipticCurvePrivateKey
    ops: list[Json] = field(default_factory=list)
    chain: list[bytes] = field(default_factory=list)
    acked: int = 0
    epoch: str = ""
    receipt: Json | None = None
    enrolled: bool = False
    revoked: bool = False

    def __post_init__(self) -> None:
        self.chain = self.chain or [chain.start(self.id)]

    def append(self, op: Json) -> Json:
        """Write an entry under the next number."""
        numbered = {**op, "seq": len(self.ops) + 1}
        self.ops.append(numbered)
        self.chain.append(chain.link(self.chain[-1], chain.digest(chain.canonical(numbered))))
        return numbered

    def cut(self, length: int) -> list[Json]:
        """Take the entries behind `length` off the log and give them."""
        rest, self.ops, self.chain = self.ops[length:], self.ops[:length], self.chain[: length + 1]
        return rest

    def is_ours(self, seq: int, link: str) -> bool:
        """Say whether a chain that the server names at `seq` is this log's."""
        return seq < len(self.chain) and self.chain[seq].hex() == link

    @property
    def safe(self) -> list[Json]:
        """The entries shown as safe: those that a receipt covers."""
        return self.ops[: min(self.receipt["acked_seq"], self.acked)] if self.receipt else []

    def copy(self) -> Identity:
        return replace(self, ops=list(self.ops), chain=list(self.chain))


@dataclass
class Seen:
    """A document as it was pulled, and the history it is of."""

    document: Json
    epoch: str


@dataclass
class Disk:
    """All of a phone's storage. The last identity is the one under which new entries are written."""

    owner: str
    identities: list[Identity]
    epoch: str = ""
    cursor: str | None = None
    visits: dict[str, Seen] = field(default_factory=dict)
    mentioned: set[str] | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    receipt_key: Json | None = None

    @property
    def current(self) -> Identity:
        return self.identities[-1]

    @property
    def unacknowledged(self) -> int:
        """How many entries wait."""
        return sum(len(one.ops) - one.acked for one in self.identities)

    def copy(self) -> Disk:
        return replace(
            self,
            identities=[one.copy() for one in self.identities],
            visits=dict(self.visits),
            mentioned=None if self.mentioned is None else set(self.mentioned),
            files=dict(self.files),
            held=set(self.held),
        )
