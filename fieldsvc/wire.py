"""Reading a request's JSON: size, encoding, numbers, shape, each with a clear no.

Decides what counts as readable at all (docs/sync-protocol.md, "Transport"): UTF-8, JSON with whole numbers only, at most a
given size after unpacking. Invariant: whatever a client sends, the answer is a problem document, never a 5xx.
"""

from __future__ import annotations

import json
import zlib
from typing import Any, NoReturn

from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError

from fieldsvc import problems

MEBIBYTE = 1024 * 1024


class Tolerant(Schema):
    """Members that this version does not know are left aside: a newer client may send more."""

    class Meta:
        unknown = EXCLUDE


def body(limit: int = 2 * MEBIBYTE) -> bytes:
    """The request's body, unpacked when it came gzipped. Raises TooLarge beyond `limit` bytes, BadRequest for a broken one."""
    raw = request.stream.read(limit + 1) if request.content_length is None else request.get_data(cache=False)
    if len(raw) > limit:
        raise problems.TooLarge(f"at most {limit} bytes")
    if request.headers.get("Content-Encoding", "identity").lower() == "identity":
        return raw
    if request.headers["Content-Encoding"].lower() != "gzip":
        raise problems.BadRequest("only gzip is understood as content encoding", code="unknown_encoding")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(raw, limit + 1)
    except zlib.error as error:
        raise problems.BadRequest("the body is not gzip") from error
    if len(plain) > limit:
        raise problems.TooLarge(f"at most {limit} bytes when unpacked")
    if not unpacker.eof:
        raise problems.BadRequest("the gzip body is cut short")
    return plain


def read_json(limit: int = 2 * MEBIBYTE) -> Any:
    """The request's JSON. Numbers with a fraction or exponent are refused: decimal quantities travel as strings."""

    def no_fractions(text: str) -> NoReturn:
        raise problems.Invalid(f"{text[:40]} is not a whole number; quantities are strings", code="not_whole")

    try:
        return json.loads(body(limit).decode("utf-8"), parse_float=no_fractions, parse_constant=no_fractions)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError, ValueError) as error:
        raise problems.BadRequest("the body is not JSON in UTF-8") from error


def load(schema: Schema, limit: int = 2 * MEBIBYTE) -> Any:
    """The request's JSON in the shape of a marshmallow schema. Raises Invalid with `errors` per field."""
    given = read_json(limit)
    try:
        return schema.load(given)
    except ValidationError as error:
        raise problems.Invalid("some fields are wrong", errors=error.normalized_messages()) from error
