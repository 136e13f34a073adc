"""Is the audit book whole? Works its chain out again from the first entry that is still there.

Decides the bytes of an entry that are hashed. Reads, changes nothing. Finds a changed entry, a gap, a broken chain, a removal
that the book itself does not tell of, and a head that does not fit the counter. Invariant: `digest` depends on nothing but what
the row holds, so SQLite and PostgreSQL give the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, func, select

from fieldsvc import clock, numbers
from fieldsvc.audit.models import AuditEntry, AuditRemoval
from fieldsvc.db import db
from fieldsvc.jsontext import canonical, loads

START = hashlib.sha256(b"fieldsvc/audit/1").hexdigest()
ROWS_AT_ONCE = 2000
MOST_FINDINGS = 100

_SAID = (
    "number", "kind", "what", "object_id", "customer_id", "visit_id", "by_id", "by_name", "address", "route", "status",
    "detail",
)  # fmt: skip


@dataclass
class Walk:
    """What was found: entries read, entries taken out by rule, and what is wrong, in words (at most a hundred)."""

    entries: int = 0
    removed: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        return not self.findings


def digest(row: AuditEntry | Row[Any]) -> str:
    """The digest of what an entry says."""
    said = {name: getattr(row, name) for name in _SAID} | {"at": clock.rfc3339(row.at)}
    return hashlib.sha256(canonical(said)).hexdigest()


def link(before: str, one: str) -> str:
    """The chain up to an entry from the chain before it and its own digest."""
    return hashlib.sha256(bytes.fromhex(before) + bytes.fromhex(one)).hexdigest()


def walk(connection: Connection | None = None) -> Walk:
    """Walk the whole book, of the present store or of the copy that a connection leads to."""
    ask = db.session.execute if connection is None else connection.execute
    found = Walk()
    removal = ask(select(*AuditRemoval.__table__.columns).order_by(AuditRemoval.last_number.desc()).limit(1)).first()
    reached, chain = (removal.last_number, removal.chain) if removal else (0, START)
    found.removed = reached
    told = removal is None
    every = select(*AuditEntry.__table__.columns).order_by(AuditEntry.number)
    for row in ask(every.execution_options(yield_per=ROWS_AT_ONCE)):
        if len(found.findings) >= MOST_FINDINGS:
            found.findings.append("… and more; the walk was stopped")
            return found
        found.entries += 1
        if row.number != reached + 1:
            found.findings.append(f"audit book: entries between {reached} and {row.number} are missing")
        elif row.digest != digest(row):
            found.findings.append(f"audit book: entry {row.number} is not what was digested")
        elif row.chain != link(chain, row.digest):
            found.findings.append(f"audit book: the chain is broken at entry {row.number}")
        told = told or _tells_of(row, removal)
        reached, chain = row.number, row.chain
    if not told:
        found.findings.append(f"audit book: nothing tells why the entries up to {found.removed} are gone")
    written = ask(select(numbers.Counter.value).where(numbers.Counter.name == "audit")).scalar() or 0
    if reached != written:
        found.findings.append(f"audit book: it ends at {reached}, {written} were written")
    return found


def digest_of(digests: Iterable[str]) -> str:
    """One digest over the digests of what was erased, in their order."""
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def untold(gone: Mapping[int, Sequence[str]], ask: Callable[..., Any]) -> list[str]:
    """What the book does not tell of, of what was erased: by entry, the digests in their order. `ask` executes a query."""
    removed = ask(select(func.coalesce(func.max(AuditRemoval.last_number), 0))).scalar_one()
    findings = []
    for number in sorted(gone):
        if number <= removed:
            continue  # the entry itself is out of date; the book tells that it went
        query = select(AuditEntry.kind, AuditEntry.detail).where(AuditEntry.number == number)
        kind, detail = ask(query).first() or ("", "")
        said = loads(detail) if detail else {}
        if kind != "erased" or said.get("digest") != digest_of(gone[number]):
            findings.append(
                f"{len(gone[number])} entries were erased, and entry {number} of the audit book tells otherwise"
            )
    return findings


def _tells_of(row: Row[Any], removal: Row[Any] | None) -> bool:
    """Whether an entry is the book's own note of a removal."""
    if removal is None or row.kind != "erased" or row.what != "audit":
        return False
    said = loads(row.detail or "{}")
    return bool(said.get("last") == removal.last_number and said.get("chain") == removal.chain)
