"""Is this batch what the device wrote?

Checks the chain and the device's signature over it (ECDSA P-256, SHA-256, raw r‖s). Invariant: a log that was edited,
reordered or thinned out after it was written does not pass.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from fieldsvc.identity.service import load_public_key
from sync import chain


def extends(previous: str, digests: Sequence[bytes]) -> bytes:
    """The chain after these ops, from the hex chain before them."""
    link = bytes.fromhex(previous)
    for digest in digests:
        link = chain.link(link, digest)
    return link


def holds(*, proof: Any, expected_chain: bytes, public_key: Mapping[str, Any]) -> bool:
    """Say whether a proof {chain, sig} is of this chain and by this key."""
    if (
        not isinstance(proof, Mapping)
        or proof.get("chain") != expected_chain.hex()
        or not isinstance(proof.get("sig"), str)
    ):
        return False
    try:
        raw = base64.urlsafe_b64decode(proof["sig"].encode("ascii") + b"==")
    except (binascii.Error, UnicodeEncodeError):
        return False
    if len(raw) != 64:
        return False
    signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    try:
        load_public_key(public_key).verify(signature, expected_chain, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
