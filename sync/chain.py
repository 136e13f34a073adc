"""The chain that makes a device's log tamper-evident.

Decides the exact bytes of an op that are hashed and how one link follows from the one before. Does not check signatures:
that needs a key, see fieldsvc.sync_api.proof. Invariant: the phone (static/app/chain.js) makes the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(op: Mapping[str, Any]) -> bytes:
    """Write an op as the bytes that are hashed: keys sorted by code point, no white space, UTF-8, nothing escaped.

    Raises ValueError for text that has no UTF-8 form (a lone surrogate) and for numbers that are not whole.
    """
    return _ENCODER.encode(op).encode()


def start(device: str) -> bytes:
    """The 32 bytes before a device's first op."""
    return hashlib.sha256(b"fieldsvc/1" + device.encode()).digest()


def digest(canonical_op: bytes) -> bytes:
    """The 32 bytes that stand for one op in the chain."""
    return hashlib.sha256(canonical_op).digest()


@dataclass(frozen=True, slots=True)
class Entry:
    """An op together with the bytes that stand for it, so that they are worked out once. Made by `entry`."""

    op: Mapping[str, Any]
    body: bytes
    digest: bytes


def entry(op: Mapping[str, Any], write: Callable[[Mapping[str, Any]], bytes] = canonical) -> Entry:
    """An op as an entry of a log. `write` makes the canonical bytes. Raises ValueError as `canonical` does."""
    body = write(op)
    return Entry(op, body, digest(body))


def link(previous: bytes, op_digest: bytes) -> bytes:
    """The next 32 bytes of the chain."""
    return hashlib.sha256(previous + op_digest).digest()
