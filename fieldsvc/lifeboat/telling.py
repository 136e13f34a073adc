"""What came of a lifeboat, in plain lines for the command line.

Decides wording only; the office's page says the same in its reader's language.
"""

from __future__ import annotations

from collections.abc import Iterator

from fieldsvc.lifeboat import service
from fieldsvc.lifeboat.models import Lifeboat

_REFUSALS = {
    "unknown_device": "it was never enrolled here",
    "sequence_gap": "entries before these are missing here; was the server restored? Let it send by itself",
    "sequence_reused": "the server holds other entries of it; it was copied. Let it send by itself",
    "bad_proof": "the entries do not carry its signature",
}


def is_whole(row: Lifeboat) -> bool:
    """Say whether everything in the file is held now."""
    landing = service.landing_of(row)
    return not (any(phone.refused for phone in landing.phones) or landing.photos.lost or landing.photos.refused)


def lines(row: Lifeboat) -> list[str]:
    """One line for each phone, one for each entry in quarantine, and one for the photos."""
    landing = service.landing_of(row)
    photos = landing.photos
    missing = f", {len(photos.lost)} lost on the phone" if photos.lost else ""
    unreadable = f", {len(photos.refused)} not readable" if photos.refused else ""
    return [
        *(line for phone in landing.phones for line in _phone(phone)),
        f"Photos: {photos.taken} taken in, {photos.held} already held{missing}{unreadable}",
    ]


def _phone(phone: service.Phone) -> Iterator[str]:
    name = f"Phone {phone.code} ({phone.user})" if phone.code else f"Phone {phone.device}"
    if phone.refused:
        yield f"{name}: refused, nothing of it was stored: {_REFUSALS.get(phone.refused, phone.refused)}"
        return
    yield f"{name}: {phone.taken} taken in, {phone.held} already held, {len(phone.quarantined)} in quarantine"
    for entry in phone.quarantined:
        yield f"  entry {entry['seq']} ({entry['kind']}): {entry['code']}, {entry['detail']}"
