"""Is the op log what the phones wrote? Walks every device's log and works the chain out again.

Reads, changes nothing. Finds an altered body, a changed digest, a gap, a broken chain, a head that does not fit. A log whose
chain is intact and whose last chain the device signed cannot have been edited, reordered or thinned out by anybody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import select

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
    findings: list[str] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        return not self.findings


def audit() -> Audit:
    """Walk the whole op log."""
    found = Audit()
    heads = {
        device: (seq, link) for device, seq, link in db.session.execute(select(Log.device_id, Log.acked_seq, Log.chain))
    }
    found.devices = len(heads)
    reached: dict[str, tuple[int, bytes]] = {device: (0, chain.start(device)) for device in heads}
    for device, seq, body, digest, link in _entries():
        if len(found.findings) >= MOST_FINDINGS:
            found.findings.append("… and more; the walk was stopped")
            return found
        found.entries += 1
        before, previous = reached[device]
        true_digest = hashlib.sha256(body.encode()).digest()
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
    return found


def _entries() -> Iterator[tuple[str, int, str, str, str]]:
    query = select(Op.device_id, Op.seq, Op.body, Op.digest, Op.chain).order_by(Op.device_id, Op.seq)
    for row in db.session.execute(query.execution_options(yield_per=ROWS_AT_ONCE)):
        yield row[0], row[1], row[2], row[3], row[4]
