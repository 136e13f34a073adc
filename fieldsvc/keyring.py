"""The keys of an installation on several hosts: a closed copy in the shared bucket, and each host's folder in step with it.

A host is given the installation's `secret.key` and fetches everything else. The copy is closed with a key made of that secret
(HKDF-SHA256, AES-256-GCM), so that whoever can read the bucket has no key. Certificates are gathered from all hosts, because a
paper that one host signed is judged by another. With one host, and no bucket, there is nothing to do. Invariant: a private key
that is in the copy is never replaced by a host's own, but by `publish`, after somebody has renewed it.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask

from fieldsvc import authority
from fieldsvc.blobs import service as blobs
from fieldsvc.db import transaction
from fieldsvc.settings import Settings

log = logging.getLogger(__name__)

NAME, SHELF = "ring", "keys"
LOOK_SECONDS = 30.0
SHARED = ("root.pem", "root.key", "signer.pem", "signer.key", "receipt.key", "lifeboat.key")
SIGNER = ("signer.pem", "signer.key")
CERTIFICATES = ("signers", "trusted")
_HEAD, _NONCE = b"fieldsvc-keys-1\n", 12

Ring = dict[str, bytes]


class AnotherSecret(RuntimeError):
    """This host's secret is not that of the installation whose bucket it was given."""


def create(settings: Settings, *, company: str) -> None:
    """Make the keys that there are not yet, of all hosts the first one; the others fetch them. Raises AnotherSecret."""
    if not settings.blob_url:
        authority.create(settings.keys, company=company)
        return
    with transaction():  # hosts that begin at the same moment stand in line
        fetch(settings)
        authority.create(settings.keys, company=company)
        _share(settings, _read(settings))


def fetch(settings: Settings) -> None:
    """Bring this host's folder in step with the copy. Raises AnotherSecret."""
    settings.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in _read(settings).items():
        path = settings.keys / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            authority.write(path, content)


def keep_in_step(settings: Settings) -> None:
    """Take what other hosts have shared, and share certificates that they have not. Raises AnotherSecret."""
    fetch(settings)
    _share(settings, _read(settings))


def publish(settings: Settings, *names: str) -> None:
    """Let the other hosts have keys that were renewed here; they take them within LOOK_SECONDS."""
    if settings.blob_url:
        ring = _read(settings)
        _share(settings, {name: content for name, content in ring.items() if name not in names})


def watch(app: Flask, settings: Settings) -> None:
    """Fetch the keys now, and keep them in step as long as this process lives. Raises AnotherSecret."""
    if not settings.blob_url:
        return
    with app.app_context():
        fetch(settings)

    def look() -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            try:
                with app.app_context():
                    keep_in_step(settings)
            except Exception as error:  # whatever a store far away does, this is tried again
                log.warning("the keys could not be compared with the shared ones: %s", type(error).__name__)

    threading.Thread(target=look, name="keyring", daemon=True).start()


def _share(settings: Settings, ring: Mapping[str, bytes]) -> None:
    ours = _ours(settings.keys)
    if ours.keys() - ring.keys():
        blobs.shelf(settings.data / SHELF).keep(NAME, _close({**ours, **ring}, settings.secret_key))


def _ours(keys: Path) -> Ring:
    files = [keys / name for name in SHARED]
    files += [one for folder in CERTIFICATES for one in (keys / folder).glob("*.pem")]
    return {one.relative_to(keys).as_posix(): one.read_bytes() for one in files if one.is_file()}


def _read(settings: Settings) -> Ring:
    try:
        closed = blobs.shelf(settings.data / SHELF).read(NAME)
    except FileNotFoundError:
        return {}
    return _open(closed, settings.secret_key)


def _cipher(secret: str) -> AESGCM:
    made = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"fieldsvc keyring").derive(secret.encode())
    return AESGCM(made)


def _close(ring: Ring, secret: str) -> bytes:
    told = json.dumps({name: base64.b64encode(content).decode() for name, content in sorted(ring.items())}).encode()
    nonce = os.urandom(_NONCE)
    return _HEAD + nonce + _cipher(secret).encrypt(nonce, told, _HEAD)


def _open(closed: bytes, secret: str) -> Ring:
    rest = closed.removeprefix(_HEAD)
    try:
        told = _cipher(secret).decrypt(rest[:_NONCE], rest[_NONCE:], _HEAD)
    except InvalidTag as error:
        raise AnotherSecret(
            "the keys in the bucket were closed with another secret: copy secret.key from a host of this installation"
        ) from error
    ring = {name: base64.b64decode(content) for name, content in json.loads(told).items()}
    return {name: content for name, content in ring.items() if _may_be(name)}


def _may_be(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    return name in SHARED or (folder in CERTIFICATES and file.endswith(".pem") and "/" not in file)
