"""Is the op log what the phones wrote? Walks every device's log and works the chain out again.

Reads, changes nothing. Finds an altered body, a changed digest, a gap, a broken chain, a head that does not fit. A log whose
chain is intact and whose last chain the device signed cannot have been edited, reordered or thinned out by anybody. Of an entry
whose personal words were erased the digest still stands, and the audit book must tell of it (ADR 0017).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from fieldsvc.audit import service as audit_book
from fieldsvc.db import db
from fieldsvc.record.models import Log, Op
from sync import chain

ROWS_AT_ONCE = 5000
MOST_FINDINGS = 100


@dataclass
class Audit:
    """What a walk found: how much was read, and what is wrong, in words (at most a hundred)."""

    devices: int = 0
    entries: int = 0
    erased: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        return not self.findings


def audit(connection: Connection | None = None) -> Audit:
    """Walk the whole op log, of the present store or of the copy that a connection leads to."""
    ask = db.session.execute if connection is None else connection.execute
    found = Audit()
    heads = {device: (seq, link) for device, seq, link in ask(select(Log.device_id, Log.acked_seq, Log.chain))}
    found.devices = len(heads)
    reached: dict[str, tuple[int, bytes]] = {device: (0, chain.start(device)) for device in heads}
    gone: dict[int, list[str]] = {}
    for device, seq, body, digest, link, erased_in in _entries(ask):
        if len(found.findings) >= MOST_FINDINGS:
            found.findings.append("… and more; the walk was stopped")
            return found
        found.entries += 1
        before, previous = reached[device]
        true_digest = hashlib.sha256(body.encode()).digest()
        if erased_in is not None:
            gone.setdefault(erased_in, []).append(digest)
            true_digest = bytes.fromhex(digest)
        true_link = hashlib.sha256(previous + true_digest).digest()
        if seq != before + 1:
            found.findings.append(f"device {device}: entries between {before} and {seq} are missing")
        elif digest != true_digest.hex():
            found.findings.append(f"device {device}: entry {seq} is not what was digested")
        elif link != true_link.hex():
            found.findings.append(f"device {device}: the chain is broken at entry {seq}")
        # Go on from what stands there, so that one fault is reported once.
        reached[device] = (seq, bytes.fromhex(link))
    for device, (seq, link) in heads.items():
        if reached[device] != (seq, bytes.fromhex(link)):
            found.findings.append(f"device {device}: the head says {seq}, the log reaches {reached[device][0]}")
    found.erased = sum(len(digests) for digests in gone.values())
    found.findings += audit_book.untold(gone, ask)
    return found


def _entries(ask: Callable[..., Any]) -> Iterator[tuple[str, int, str, str, str, int | None]]:
    query = select(Op.device_id, Op.seq, Op.body, Op.digest, Op.chain, Op.erased_in).order_by(Op.device_id, Op.seq)
    for row in ask(query.execution_options(yield_per=ROWS_AT_ONCE)):
        yield row[0], row[1], row[2], row[3], row[4], row[5]
