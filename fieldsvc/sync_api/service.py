"""Taking in a batch: is it the device's, does it go on where the log ends, what is new in it.

Judges the batch as a whole: a gap, a reused number or a wrong proof refuses all of it and stores nothing. What becomes of
each op is the record's business. Never commits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fieldsvc import jsontext, problems
from fieldsvc.identity import service as identity
from fieldsvc.record import service as record
from fieldsvc.sync_api import proof
from fieldsvc.sync_api.schemas import check_ops
from sync import chain
from sync.chain import Entry

if TYPE_CHECKING:
    from fieldsvc.identity.models import Device, User

HEARD_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Received:
    """What a push came to: one result per op, and how far the log is stored."""

    results: list[dict[str, Any]]
    acked_seq: int


def own_device(*, device_id: str, user: User) -> Device:
    """The user's device. Raises NotFound `unknown_device`, Forbidden for somebody else's."""
    device = identity.device(device_id=device_id)
    if device is None:
        raise problems.NotFound("this phone is not enrolled; enrol it first", code="unknown_device")
    if device.user_id != user.id:
        raise problems.Forbidden("this phone belongs to somebody else", code="not_your_device")
    return device


def entries_of(ops: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """The ops with the bytes that are hashed; outside the transaction, where nobody waits. Raises Invalid for broken text."""
    try:
        return [chain.entry(op, jsontext.canonical) for op in ops]
    except (ValueError, RecursionError) as error:
        raise problems.Invalid("an op holds text that is not Unicode", code="invalid") from error


def batch_of(ops: list[Any]) -> list[Entry]:
    """A batch that came another way than by a request: checked for what every op must have. Raises TooLarge or Invalid."""
    check_ops(ops)
    return entries_of(ops)


def check_place(*, device: Device, seq: int, link: str) -> None:
    """See that a device's log is held up to entry `seq`, with this link. Raises Conflict `sequence_gap` or `sequence_reused`."""
    acked_seq = record.log_of(device_id=device.id).acked_seq
    if seq > acked_seq:
        raise problems.Conflict("entries are missing in between", code="sequence_gap", expected=acked_seq + 1)
    held = _chain_before(device.id, seq + 1) if seq else chain.start(device.id).hex()
    if held != link:
        raise problems.Conflict(f"another log is held up to entry {seq}", code="sequence_reused", seq=seq)


def check_link(*, device: Device, link: str, given_proof: Any) -> None:
    """See that the device has signed this link, with no entries after it. Raises Conflict `bad_proof`."""
    signed = bytes.fromhex(link)
    if device.public_key is None or not proof.holds(
        proof=given_proof, expected_chain=signed, public_key=device.public_key
    ):
        raise problems.Conflict("chain or signature is wrong", code="bad_proof")


def receive(
    *, device: Device, user: User, office: bool, entries: Sequence[Entry], given_proof: Any, now: datetime
) -> Received:
    """Store a batch. Raises Conflict `sequence_gap`, `sequence_reused` or `bad_proof`; then nothing is stored."""
    log = record.log_of(device_id=device.id)
    ops = [entry.op for entry in entries]
    first: int = ops[0]["seq"]
    if first > log.acked_seq + 1:
        raise problems.Conflict("entries are missing in between", code="sequence_gap", expected=log.acked_seq + 1)
    digests = [entry.digest for entry in entries]
    held = _same_as_held(device.id, ops, digests, log.acked_seq)
    before = chain.start(device.id).hex() if first == 1 else _chain_before(device.id, first)
    if device.public_key is None or not proof.holds(
        proof=given_proof, expected_chain=proof.extends(before, digests), public_key=device.public_key
    ):
        raise problems.Conflict("chain or signature is wrong", code="bad_proof")
    repeats = [{"id": op["id"], "seq": op["seq"], "status": "duplicate"} for op in ops[:held]]
    author = record.Author(device=device.id, id=user.id, name=user.name, office=office)
    refuse = "device_revoked" if device.revoked_at else ""
    results = record.write(author=author, log=log, entries=entries[held:], now=now, refuse=refuse)
    device.last_seen_at = now
    return Received([*repeats, *(result.document() for result in results)], log.acked_seq)


def _same_as_held(device_id: str, ops: Sequence[Mapping[str, Any]], digests: Sequence[bytes], acked_seq: int) -> int:
    """How many of the batch's first ops are held already. Raises Conflict when one of them is held with other content."""
    held: int = max(0, min(len(ops), acked_seq - ops[0]["seq"] + 1))
    stored = record.digests(device_id=device_id, first=ops[0]["seq"], count=held)
    for op, digest in zip(ops[:held], digests[:held], strict=True):
        if stored[op["seq"]] != digest.hex():
            raise problems.Conflict(
                f"entry {op['seq']} is held with other content", code="sequence_reused", seq=op["seq"]
            )
    return held


def _chain_before(device_id: str, first: int) -> str:
    entry = record.entry_at(device_id=device_id, seq=first - 1)
    assert entry is not None  # numbers up to acked_seq are stored without gaps
    return entry[1]


def needs_hearing(device: Device, now: datetime) -> bool:
    """Say whether it is time to note that a phone was heard from, when it only pulls."""
    return now - device.last_seen_at > HEARD_EVERY


def answer_json(*, head: Mapping[str, Any], visits: Sequence[str]) -> bytes:
    """The sync answer as bytes. Visits are stored as JSON text and go out as they are, without being read and written again."""
    text = jsontext.dumps(head)
    return f'{text[:-1]},"visits":[{",".join(visits)}]}}'.encode()
