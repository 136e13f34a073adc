"""What is in a lifeboat: stretches of the phone's logs, and photos; read and checked whole before anything is stored.

Decides whether the contents have the form of docs/sync-protocol.md ("The lifeboat"). Whose the entries are, and whether
they fit what the server holds, is service.py's. Invariant: every photo has the digest it is listed under, or is listed as
lost by the phone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from marshmallow import ValidationError, fields, validate

from fieldsvc import problems
from fieldsvc.lifeboat.sealed import Sealed
from fieldsvc.wire import Tolerant

MOST_LOGS, MOST_STRETCHES, MOST_FILES = 100, 1000, 20_000
_HEX = validate.Regexp(r"^[0-9a-f]{64}$")


class _Stretch(Tolerant):
    after = fields.Integer(strict=True, required=True, validate=validate.Range(0, 2**31 - 1))
    before = fields.String(required=True, validate=_HEX)
    ops = fields.List(fields.Raw(), required=True)
    proof = fields.Dict(required=True)


class _Log(Tolerant):
    device = fields.String(required=True, validate=validate.Length(1, 80))
    stretches = fields.List(fields.Nested(_Stretch), required=True, validate=validate.Length(1, MOST_STRETCHES))


class _File(Tolerant):
    sha256 = fields.String(required=True, validate=_HEX)
    size = fields.Integer(strict=True, required=True, validate=validate.Range(1, 2**31 - 1))


class _List(Tolerant):
    made_at = fields.String(required=True, validate=validate.Length(1, 40))
    logs = fields.List(fields.Nested(_Log), required=True, validate=validate.Length(1, MOST_LOGS))
    files = fields.List(fields.Nested(_File), required=True, validate=validate.Length(0, MOST_FILES))


@dataclass(frozen=True)
class Cargo:
    """A checked lifeboat: its list, and its photos, which stay in the file until they are asked for."""

    made_at: str
    logs: list[dict[str, Any]]
    files: list[dict[str, Any]]
    sealed: Sealed

    def photos(self) -> Iterator[tuple[str, bytes]]:
        """Each photo's digest and bytes; no bytes where the phone itself no longer had them whole."""
        frames = self.sealed.frames()
        next(frames)
        for file, content in zip(self.files, frames, strict=True):
            yield file["sha256"], content


def read(sealed: Sealed) -> Cargo:
    """Read a whole lifeboat. Raises Invalid for one that is not what a phone writes; nothing is kept in memory but its list."""
    frames = sealed.frames()
    cargo = Cargo(**_listed(next(frames)), sealed=sealed)
    count = 0
    for count, content in enumerate(frames, start=1):
        if count > len(cargo.files) or (content and not _is(content, cargo.files[count - 1])):
            raise _malformed()
    if count != len(cargo.files):
        raise _malformed()
    return cargo


def _is(content: bytes, file: dict[str, Any]) -> bool:
    digest: str = file["sha256"]
    return len(content) == file["size"] and hashlib.sha256(content).hexdigest() == digest


def _listed(frame: bytes) -> dict[str, Any]:
    try:
        given = json.loads(frame, parse_float=_no_fractions, parse_constant=_no_fractions)
        loaded: dict[str, Any] = _List().load(given)
    except (ValidationError, ValueError, RecursionError) as error:
        raise _malformed() from error
    return loaded


def _no_fractions(text: str) -> NoReturn:
    raise ValueError(f"{text[:40]} is not a whole number")


def _malformed() -> problems.Invalid:
    return problems.Invalid("what is inside is not what a phone writes", code="lifeboat_malformed")
