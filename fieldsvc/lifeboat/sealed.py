"""Opening the sealed file: whose it is, and whether every byte is what the phone wrote.

Knows nothing of what is inside. The form is in docs/sync-protocol.md ("The lifeboat"): two lines of head, then frames, each
AES-256-GCM under a key that only this installation's lifeboat key gives; the head, the place of each frame and which one is
the last are authenticated. Invariant: a file that was cut, changed, lengthened or put in another order does not come through
`frames` to its end.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from collections.abc import Iterator
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fieldsvc import authority, problems

FIRST_LINE = b"fieldsvc-lifeboat/1\n"
NAME = b"fieldsvc-lifeboat/"
LARGEST = 256 * 1024 * 1024
LARGEST_FRAME = 32 * 1024 * 1024
LONGEST_HEAD = 4096
TAG = 16


def _altered() -> problems.Invalid:
    return problems.Invalid("the file was cut or changed after the phone wrote it", code="lifeboat_altered")


class Sealed:
    """A lifeboat file of this installation. Raises Invalid for any other file, TooLarge beyond 256 MiB."""

    def __init__(self, file: IO[bytes], *, key: ec.EllipticCurvePrivateKey):
        self._file = file
        self.size = file.seek(0, 2)
        if self.size > LARGEST:
            raise problems.TooLarge("a lifeboat file has at most 256 MiB", code="lifeboat_too_large")
        file.seek(0)
        self._head = self._read_head()
        self._begin = file.tell()
        try:
            told = json.loads(self._head[len(FIRST_LINE) :])
            for_key, point = told["key"], base64.urlsafe_b64decode(told["ephemeral"].encode("ascii") + b"==")
        except (ValueError, TypeError, KeyError, AttributeError, binascii.Error) as error:
            raise _altered() from error
        if for_key != authority.kid(key):
            raise problems.Invalid("the file was made for another installation", code="lifeboat_foreign")
        self._cipher = AESGCM(_agreed(key, point))

    def _read_head(self) -> bytes:
        first = self._file.readline(LONGEST_HEAD)
        if first.startswith(NAME) and first != FIRST_LINE:
            raise problems.Invalid("a newer app has written this file; update the server", code="lifeboat_newer")
        if first != FIRST_LINE:
            raise problems.Invalid("this is not a lifeboat file", code="not_a_lifeboat")
        second = self._file.readline(LONGEST_HEAD)
        if not second.endswith(b"\n"):
            raise _altered()
        return first + second

    def frames(self) -> Iterator[bytes]:
        """The frames from the first to the last, in the clear; may be asked for again. Raises Invalid `lifeboat_altered`."""
        self._file.seek(self._begin)
        number, left = 0, self.size - self._begin
        while left:
            length = self._length()
            left -= 4 + length
            if left < 0:
                raise _altered()
            nonce = struct.pack(">QxxxB", number, left == 0)
            try:
                yield self._cipher.decrypt(nonce, self._file.read(length), self._head)
            except InvalidTag as error:
                raise _altered() from error
            number += 1
        if not number:
            raise _altered()

    def _length(self) -> int:
        raw = self._file.read(4)
        length = int.from_bytes(raw, "big")
        if len(raw) < 4 or not TAG <= length <= LARGEST_FRAME + TAG:
            raise _altered()
        return length


def _agreed(key: ec.EllipticCurvePrivateKey, point: bytes) -> bytes:
    try:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise _altered() from error
    shared = key.exchange(ec.ECDH(), theirs)
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=point, info=FIRST_LINE.strip()).derive(shared)
