"""JSON as it is stored and hashed, written and read quickly.

Decides nothing about the bytes: they are those of the standard library (`sync.chain.canonical`, and compact `json.dumps`),
which takes over where the quick writer declines (whole numbers beyond 64 bits, deep nesting). For values without floats,
as everything that passes `fieldsvc.wire.read_json` is. Measured: docs/adr/0011-where-the-time-of-a-push-goes.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson

from sync import chain


def canonical(value: Mapping[str, Any]) -> bytes:
    """The bytes that are hashed: keys sorted, no white space, UTF-8. Raises ValueError as `sync.chain.canonical` does."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return chain.canonical(value)


def dumps(value: Any) -> str:
    """JSON as it is stored: compact, members in their order, characters as they are."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def loads(text: str) -> Any:
    """Read what `dumps` or `canonical` wrote. Only for documents, whose whole numbers have at most 64 bits."""
    return orjson.loads(text)
