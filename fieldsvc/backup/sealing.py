"""Keys in a backup, closed with a passphrase: scrypt makes the key, AES-256-GCM closes and proves.

A sealed file is `fieldsvc-sealed-1\n`, a salt of 16 bytes, a nonce of 12 bytes, and the rest.
Invariant: what opens is what was closed.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from fieldsvc.backup.manifest import BadBackup

_HEAD = b"fieldsvc-sealed-1\n"
_SALT, _NONCE = 16, 12


def _key(passphrase: bytes, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase))


def seal(content: bytes, passphrase: bytes) -> bytes:
    """Close a file's bytes."""
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    return _HEAD + salt + nonce + _key(passphrase, salt).encrypt(nonce, content, _HEAD)


def unseal(closed: bytes, passphrase: bytes) -> bytes:
    """Open them again. Raises BadBackup for another passphrase, or other bytes."""
    rest = closed.removeprefix(_HEAD)
    salt, nonce, inner = rest[:_SALT], rest[_SALT : _SALT + _NONCE], rest[_SALT + _NONCE :]
    try:
        return _key(passphrase, salt).decrypt(nonce, inner, _HEAD)
    except InvalidTag as error:
        raise BadBackup("the passphrase is not the one that the keys of this backup were closed with") from error
