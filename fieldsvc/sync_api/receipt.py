"""Custody receipts: the server's signed word that it holds a device's log up to a number, and these files.

A receipt {device, epoch, acked_seq, chain, files, at, key, sig} is signed with the installation's receipt key (ECDSA P-256,
SHA-256, raw r‖s) over its canonical JSON without `sig`. A phone shows "safe on the server" from it and from nothing else.
Invariant: a receipt is made after the commit of what it speaks of, never before.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from fieldsvc import authority, clock
from fieldsvc.blobs import service as blobs
from fieldsvc.record import service as record
from sync import chain

MEMBERS = ("device", "epoch", "acked_seq", "chain", "files", "at", "key")
HALF = 32


@dataclass(frozen=True)
class Verdict:
    """Whether a receipt is the server's and still true; `why` says it in words."""

    holds: bool
    why: str


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def public_jwk(keys: Path) -> dict[str, str]:
    """The public receipt key as a JWK with its `kid`; phones keep it when they enrol."""
    return authority.public_jwk(authority.receipt_key(keys))


def make(*, keys: Path, device_id: str, epoch: str, files: Iterable[str], now: datetime) -> dict[str, Any]:
    """Sign what the server holds of a device: how far its log is stored, and which of these files are there."""
    acked_seq, link = record.log_head(device_id=device_id)
    told: dict[str, Any] = {
        "device": device_id,
        "epoch": epoch,
        "acked_seq": acked_seq,
        "chain": link,
        "files": sorted(blobs.present(set(files))),
        "at": clock.rfc3339(now),
        "key": authority.receipt_kid(keys),
    }
    der = authority.receipt_key(keys).sign(chain.canonical(told), ec.ECDSA(hashes.SHA256()))
    r, s = decode_dss_signature(der)
    return {**told, "sig": _base64url(r.to_bytes(HALF, "big") + s.to_bytes(HALF, "big"))}


def verify(receipt: Any, *, keys: Path) -> Verdict:
    """Check a receipt's signature, then whether the store still holds what it promises."""
    if not isinstance(receipt, Mapping) or any(member not in receipt for member in (*MEMBERS, "sig")):
        return Verdict(False, "this is not a receipt: members are missing")
    if not _is_signed(receipt, authority.receipt_key(keys).public_key()):
        return Verdict(False, "the signature is not this installation's, or the receipt was altered")
    device_id, seq = str(receipt["device"]), receipt["acked_seq"]
    entry = record.entry_at(device_id=device_id, seq=seq)
    held = entry[1] if entry else chain.start(device_id).hex()
    if (seq and entry is None) or held != receipt["chain"]:
        return Verdict(False, f"the receipt is genuine, but the store no longer holds entry {seq} of this phone's log")
    lost = set(receipt["files"]) - blobs.present(set(receipt["files"]))
    if lost:
        return Verdict(False, f"the receipt is genuine, but {len(lost)} of its files are no longer held")
    return Verdict(True, f"genuine: {seq} entries and {len(receipt['files'])} files of this phone are held")


def _is_signed(receipt: Mapping[str, Any], key: ec.EllipticCurvePublicKey) -> bool:
    try:
        raw = base64.urlsafe_b64decode(str(receipt["sig"]).encode("ascii") + b"==")
        signature = encode_dss_signature(int.from_bytes(raw[:HALF], "big"), int.from_bytes(raw[HALF:], "big"))
        signed = chain.canonical({member: receipt[member] for member in MEMBERS})
        key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    except (binascii.Error, UnicodeError, ValueError, TypeError, InvalidSignature):
        return False
    return len(raw) == 2 * HALF
