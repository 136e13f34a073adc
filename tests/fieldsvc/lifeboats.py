"""Lifeboat files for tests, written as docs/sync-protocol.md says and as no phone would write them."""

import hashlib
import json
import struct
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask
from sqlalchemy import func, select

from fieldsvc.blobs.models import Blob
from fieldsvc.db import db
from fieldsvc.identity.service import load_public_key
from fieldsvc.lifeboat.models import Lifeboat
from fieldsvc.record.models import Op
from sync import chain
from tests.fieldsvc.phone import Phone, text

Json = dict[str, Any]


def lifeboat_key(phone: Phone) -> Json:
    """The key that the server gives this phone when it enrols again."""
    point = phone.key.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "x": text(point.x.to_bytes(32)), "y": text(point.y.to_bytes(32))}
    answer = phone.client.post("/api/v1/devices", json={"id": phone.id, "name": "again", "public_key": jwk})
    assert answer.status_code == 200, answer.text
    key: Json = answer.json["lifeboat_key"]
    return key


def stretch(phone: Phone, after: int | None = None, last: int | None = None) -> Json:
    """What is not acknowledged of a phone's log, or the entries after one number up to another."""
    begin = phone.acked if after is None else after
    end = len(phone.log) if last is None else last
    link = chain.start(phone.id)
    for entry in phone.log[:begin]:
        link = chain.link(link, chain.digest(chain.canonical(entry)))
    return {"after": begin, "before": link.hex(), "ops": phone.log[begin:end], "proof": phone._proof(end)}


def log(phone: Phone, *stretches: Json) -> Json:
    return {"device": phone.id, "stretches": list(stretches) or [stretch(phone)]}


def listed(*logs: Json, photos: list[bytes] | None = None) -> Json:
    """The first frame."""
    files = [{"sha256": hashlib.sha256(one).hexdigest(), "size": len(one)} for one in photos or []]
    return {"made_at": "2026-11-22T09:00:00.000+08:00", "logs": list(logs), "files": files}


def seal(key: Json, frames: list[bytes]) -> bytes:
    """A sealed file of these frames."""
    mine = ec.generate_private_key(ec.SECP256R1())
    form = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    point = mine.public_key().public_bytes(*form)
    shared = mine.exchange(ec.ECDH(), load_public_key(key))
    secret = HKDF(algorithm=hashes.SHA256(), length=32, salt=point, info=b"fieldsvc-lifeboat/1").derive(shared)
    named = json.dumps({"ephemeral": text(point), "key": key["kid"]}, sort_keys=True, separators=(",", ":"))
    head = f"fieldsvc-lifeboat/1\n{named}\n".encode()
    file, cipher = head, AESGCM(secret)
    for number, frame in enumerate(frames):
        sealed = cipher.encrypt(struct.pack(">QxxxB", number, number == len(frames) - 1), frame, head)
        file += struct.pack(">I", len(sealed)) + sealed
    return file


def lifeboat(phone: Phone, *logs: Json, photos: list[bytes] | None = None, key: Json | None = None) -> bytes:
    """A lifeboat as this phone would write it, or with these logs in it."""
    first = json.dumps(listed(*(logs or (log(phone),)), photos=photos), ensure_ascii=False).encode()
    return seal(key or lifeboat_key(phone), [first, *(photos or [])])


def stored(app: Flask) -> tuple[int, ...]:
    """How many entries, files and lifeboats the server holds."""
    with app.app_context():
        return tuple(db.session.scalar(select(func.count()).select_from(table)) or 0 for table in (Op, Blob, Lifeboat))


def worked(phone: Phone, visit: str, count: int = 3) -> list[str]:
    """Write some notes; gives their ids."""
    return [phone.op(visit, "note.add", text=f"第{number}条 𠮷")["id"] for number in range(count)]
