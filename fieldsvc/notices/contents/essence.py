"""What people wrote that a paper prints, as one digest: when it changes, the paper is renewed.

Why the essence and not the whole document: new words in the catalogue must not reissue every paper. Hazard notice, report and
card share one digest of the visit; the other kinds speak of less and digest that alone, so that a corrected reading makes no
new refusal record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from fieldsvc.jsontext import canonical
from fieldsvc.notices.contents.snapshot import customer, live_hazards, photos

Json = dict[str, Any]


def digest(value: Any) -> str:
    """The SHA-256 of the canonical bytes, as hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def pictures(document: Mapping[str, Any]) -> set[str]:
    """The digests of the images of a visit's hazards and of its signatures."""
    shown, _ = photos(document, {one["id"] for one in live_hazards(document)})
    return {*shown, *(one["image"] for one in document["signatures"].values() if one.get("image"))}


def of_visit(document: Mapping[str, Any]) -> str:
    """The digest of all that was written at a visit."""
    shown, _ = photos(document, {one["id"] for one in live_hazards(document)})
    spoken = {
        "customer": customer(document),
        "readings": {
            key: [one.get("value"), one.get("unreadable"), *([one["exchange"]] if "exchange" in one else [])]
            for key, one in document["readings"].items()
        },
        "checks": {
            item: {
                point: [
                    one["result"],
                    one.get("value"),
                    one.get("instrument"),
                    *([one["lines"]] if "lines" in one else []),
                ]
                for point, one in points.items()
            }
            for item, points in document["checks"].items()
        },
        "hazards": {key: {**one, "by": None} for key, one in document["hazards"].items()},
        "photos": sorted(shown),
        "signatures": signed(document),
        "outcome": [(document["outcome"] or {}).get(part) for part in ("outcome", "reason")] + _appointment(document),
        "start": (document["start"] or {}).get("at"),
    }
    return digest(spoken)


def of_parts(document: Mapping[str, Any], *parts: Any) -> str:
    """The digest of a home and of what one kind of paper says of it."""
    return digest([customer(document), *parts])


def of_cancelled(document: Mapping[str, Any]) -> str:
    """The digest of a paper that only says that the former one holds no longer: the same, whatever else is corrected."""
    return digest(["cancelled", document["id"]])


def signed(document: Mapping[str, Any]) -> Json:
    """The signatures as they matter to a paper: without the strokes as they were drawn."""
    return {role: {**one, "strokes": None, "others": None} for role, one in document["signatures"].items()}


def _appointment(document: Mapping[str, Any]) -> list[str]:
    agreed = (document["outcome"] or {}).get("next_at")
    return [agreed] if agreed else []
