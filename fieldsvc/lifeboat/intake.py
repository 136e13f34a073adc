"""Taking a whole lifeboat in: first everything is opened and checked, then each log, then the photos, then it is noted.

Decides the order and what is one transaction: a log is all or nothing, and one that is refused does not hold up another. A
photo comes in by the way of an upload, checked outside of the transaction, and only from a file in which at least one known
phone has proved itself. Invariant: of a file that cannot be opened to its end nothing is stored.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO

from fieldsvc import authority, clock, problems
from fieldsvc.blobs import service as blobs
from fieldsvc.db import transaction
from fieldsvc.lifeboat import cargo, service
from fieldsvc.lifeboat.models import Lifeboat
from fieldsvc.lifeboat.sealed import Sealed


def take_in(*, file: IO[bytes], keys: Path, by_id: str | None, by_name: str) -> Lifeboat:
    """Take a lifeboat file in and give what was written down of it.

    Raises Invalid (`not_a_lifeboat`, `lifeboat_foreign`, `lifeboat_newer`, `lifeboat_altered`, `lifeboat_malformed`) or
    TooLarge `lifeboat_too_large`; then nothing is stored.
    """
    sealed = Sealed(file, key=authority.lifeboat_key(keys))
    found = cargo.read(sealed)
    phones = [_log(log) for log in found.logs]
    photos, uploader = service.Photos(), clock.new_id()  # two people may bring the same file at the same moment
    if not all(phone.refused for phone in phones):
        for sha256, content in found.photos():
            _photo(photos, sha256, content, uploader)
    with transaction():
        return service.note(
            landing=service.Landing(phones, photos),
            made_at=found.made_at,
            size=sealed.size,
            by_id=by_id,
            by_name=by_name,
            now=clock.now(),
        )


def _log(log: dict[str, object]) -> service.Phone:
    named = service.name_phone(str(log["device"]))
    told = service.Phone(named.device, named.code, named.user)
    try:
        with transaction():
            service.take_in_log(log=log, phone=told, now=clock.now())
    except problems.Problem as problem:
        named.refused = problem.code
        return named
    return told


def _photo(photos: service.Photos, sha256: str, content: bytes, uploader: str) -> None:
    if not content:
        photos.lost.append(sha256)
        return
    try:
        upload = blobs.announce(sha256=sha256, length=len(content), user_id=uploader)
        upload = blobs.receive(sha256=sha256, user_id=uploader, offset=upload.offset, content=content[upload.offset :])
    except problems.Problem:
        photos.refused.append(sha256)
        return
    if upload.picture is None:
        photos.held += 1
        return
    with transaction():
        blobs.arrive(upload=upload, now=clock.now())
    blobs.drop_upload(sha256=sha256, user_id=uploader)
    photos.taken += 1
