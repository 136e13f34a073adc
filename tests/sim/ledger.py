"""What the world knows of every entry, whatever any server believes: who wrote it, what its author saw, who was told what."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.sim.books import Books
from tests.sim.disk import Identity

Json = dict[str, Any]


@dataclass
class Ledger:
    """`acked` is of the present history: what a restore took back is no longer in it until it is acknowledged again."""

    books: Books
    written: dict[str, Json] = field(default_factory=dict)
    looked_at: dict[str, str] = field(default_factory=dict)
    unanswered: dict[str, str] = field(default_factory=dict)
    acked: set[str] = field(default_factory=set)
    too_early: list[str] = field(default_factory=list)
    histories: dict[str, dict[str, int]] = field(default_factory=dict)

    def wrote(self, op: Json, epoch: str) -> None:
        """An author wrote an entry, looking at a document of that history."""
        self.written[op["id"]] = {**op, "seq": 0}
        self.looked_at[op["id"]] = epoch

    def office_sends(self, edit: Json, epoch: str) -> None:
        """The office sends an edit made on a page of that history; the entry's id comes with the answer, if one comes."""
        self.unanswered[_content(edit)] = epoch

    def history_seen(self, op_id: str, op: Json) -> str:
        """The history that an entry's author looked at; empty where nobody knows."""
        return self.looked_at.get(op_id) or self.unanswered.get(_content(op), "")

    def acknowledged(self, ops: list[Json]) -> None:
        """A phone takes these as held by the server."""
        self.acked |= {op["id"] for op in ops}

    def shown_safe(self, identity: Identity) -> None:
        """A phone shows entries as safe: are they there, at this moment?"""
        safe = len(identity.safe)
        if safe and self.books.length(identity.id, safe) != safe:
            self.too_early.append(
                f"{identity.id} shows {safe} as safe, {self.books.length(identity.id, safe)} are stored"
            )

    def end_history(self, epoch: str) -> None:
        """Note how far a line of history came before it is lost."""
        self.histories[epoch] = self.books.versions()

    def begin_history(self) -> None:
        """After a restore: what the backup does not hold is not acknowledged any more."""
        self.acked &= self.books.ids()


def _content(op: Json) -> str:
    return json.dumps([op["visit"], op["kind"], op["base"], op["data"]], sort_keys=True)
