"""Reading a request's JSON: size, encoding, numbers, shape, each with a clear no.

Decides what counts as readable at all (docs/sync-protocol.md, "Transport"): UTF-8, JSON with whole numbers only, at most a
given size after unpacking. Invariant: whatever a client sends, the answer is a problem document, never a 5xx.
"""

from __future__ import annotations

import json
import zlib
from typing import Any, NoReturn

import orjson
from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError, validate

from fieldsvc import problems

MEBIBYTE = 1024 * 1024

_AS_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_BEYOND_64_BITS = b"0" * 19


class Tolerant(Schema):
    """Members that this version does not know are left aside: a newer client may send more."""

    class Meta:
        unknown = EXCLUDE


class Whole(validate.Regexp):
    """A pattern for the whole of a text: `$` alone lets a line end pass."""

    def __call__(self, value: Any) -> Any:
        if self.regex.fullmatch(value) is None:
            raise ValidationError(self._format_error(value))
        return value


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
    content = body(limit)
    if not _has_unusual_number(content):
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            pass  # the strict reader says what is wrong, or takes it: it knows escapes of half characters
    return _read_strictly(content)


def _has_unusual_number(content: bytes) -> bool:
    """Say whether a number has a fraction, an exponent or more digits than 64 bits surely hold. Looks past all strings."""
    outside = b"".join(content.replace(rb"\\", b"").replace(rb"\"", b"").split(b'"')[::2])
    return (
        b"." in outside
        or b"E" in outside
        or b"e" in outside.replace(b"true", b"").replace(b"false", b"")
        or _BEYOND_64_BITS in outside.translate(_AS_ZEROS)
    )


def _read_strictly(content: bytes) -> Any:
    def no_fractions(text: str) -> NoReturn:
        raise problems.Invalid(f"{text[:40]} is not a whole number; quantities are strings", code="not_whole")

    try:
        return json.loads(content.decode("utf-8"), parse_float=no_fractions, parse_constant=no_fractions)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError, ValueError) as error:
        raise problems.BadRequest("the body is not JSON in UTF-8") from error


def load(schema: Schema, limit: int = 2 * MEBIBYTE) -> Any:
    """The request's JSON in the shape of a marshmallow schema. Raises Invalid with `errors` per field."""
    given = read_json(limit)
    try:
        return schema.load(given)
    except ValidationError as error:
        raise problems.Invalid("some fields are wrong", errors=error.normalized_messages()) from error
