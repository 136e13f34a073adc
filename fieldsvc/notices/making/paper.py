"""A frozen snapshot → what a page shows: every date, number and choice already in words.

Decides wording that depends on the record: which deadline phrase, which remark about a signature, what is said of a picture
that has not arrived. Reads nothing but its arguments, so the same snapshot always gives the same page.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from fieldsvc.notices.contents.kinds import KINDS
from fieldsvc.notices.contents.snapshot import GAS_STOPPED, RESULT_MARKS
from fieldsvc.notices.contents.wording import Text, day, fill, label, moment, same, wording

Json = dict[str, Any]
CANCELLED_WITHOUT_HAZARDS = ("hazard", "stop_gas")


def compose(
    snapshot: Mapping[str, Any], *, missing: Collection[str] = (), demonstration: bool, certificate: str
) -> Json:
    """Say everything that the template prints. `missing`: digests of images that have not arrived."""
    zone = ZoneInfo(snapshot["time_zone"])
    facts, words = snapshot["facts"], wording()
    annulled = bool(facts.get("cancelled"))
    hazards = [_hazard(one, snapshot, zone, missing) for one in facts["hazards"]]
    loose = _loose_photos(facts, missing, zone)
    return {
        "words": words["labels"],
        "every": words["every"],
        "kind": words[snapshot["kind"]],
        "languages": snapshot["languages"],
        "number": snapshot["number"],
        "revision": label("revision", n=snapshot["revision"]),
        "replaces": _replaces(snapshot, zone),
        "changes": snapshot["changes"],
        "annulled": annulled,
        "cancelled": annulled or (snapshot["kind"] in CANCELLED_WITHOUT_HAZARDS and not hazards),
        "company": snapshot["company"],
        "customer": {**facts["customer"], "user_type": words["user_types"][facts["customer"]["user_type"]]},
        "visit": facts["visit"],
        "inspected": moment(facts["visit"]["at"], zone),
        "outcome": words["outcomes"].get(facts["visit"]["outcome"], same(facts["visit"]["outcome"])),
        "meters": facts["meters"],
        "legend": [
            (mark, words["results"][result]) for result, mark in RESULT_MARKS.items() if result in words["results"]
        ],
        "items": [_item(item) for item in facts["items"]],
        "finding": label("hazards_found", n=len(hazards)) if hazards else words["labels"]["no_hazard"],
        "talk": label("talk_points", n=facts["talk"]) if facts["talk"] else None,
        "hazards": hazards,
        "withdrawn": facts["withdrawn"],
        "loose_photos": loose,
        "photo": {sha: _photo(sha, one, "", zone, missing) for sha, one in facts["photos"].items()},
        "missing": label("missing", n=len(missing)) if missing else None,
        "more_photos": label("more_photos", n=facts["more_photos"]) if facts["more_photos"] else None,
        "action": _actions(facts),
        "legal_basis": [same(clause) for clause in facts["general_basis"]],
        "levels": words["levels"],
        "reinspect": label("reinspect_after", hotline=snapshot["company"]["hotline"]),
        "opinion": facts["signatures"].get("customer", {}).get("opinion") or "",
        "signatures": [_signature(role, given, zone, missing, _places(facts)) for role, given in _signers(facts)],
        "refused": bool(facts["signatures"].get("customer", {}).get("refused")),
        "stamped": {},
        "issued_on": day(snapshot["issued_on"]),
        "demonstration": demonstration,
        "certificate": certificate,
        **({} if annulled else KINDS[snapshot["kind"]].view(snapshot, zone)),
    }


def _item(item: Mapping[str, Any]) -> Json:
    points = [{**point, "mark": RESULT_MARKS[point["result"]]} for point in item.get("points", ())]
    return {**item, "mark": RESULT_MARKS[item["result"]], "points": points}


def _replaces(snapshot: Mapping[str, Any], zone: ZoneInfo) -> Text | None:
    former = snapshot["replaces"]
    return former and label("replaces", n=former["revision"], date=moment(former["issued_at"], zone)[:10])


def _hazard(one: Mapping[str, Any], snapshot: Mapping[str, Any], zone: ZoneInfo, missing: Collection[str]) -> Json:
    words = wording()
    issued = date.fromisoformat(snapshot["issued_on"])
    due = date.fromisoformat(one["due"]) if one["due"] else None
    phrase = "due_today" if due and due <= date.fromisoformat(snapshot["facts"]["visit"]["on"]) else "due_before"
    verified = one["verified"]
    return {
        **one,
        "basis": [same(clause) for clause in one["basis"]],
        "number": f"{snapshot['number']}-{one['line']}",
        "level_word": words["levels"][str(one["level"])],
        "due": label(phrase, date=day(due)) if due else None,
        "days": (due - issued).days if due else None,
        "stop_gas": one["stop_gas_words"],
        "stopped": one["stop_gas"] in GAS_STOPPED,
        "verified": verified and words["labels"]["fixed" if verified["result"] == "fixed" else "not_fixed"],
        "photos": [
            _photo(sha, snapshot["facts"]["photos"][sha], f"{one['line']}-P{place}", zone, missing)
            for place, sha in enumerate(one["photos"], start=1)
        ],
    }


def _loose_photos(facts: Mapping[str, Any], missing: Collection[str], zone: ZoneInfo) -> list[Json]:
    tied = {sha for one in facts["hazards"] for sha in one["photos"]}
    loose = [sha for sha in facts["photos"] if sha not in tied]
    return [_photo(sha, facts["photos"][sha], f"P{place}", zone, missing) for place, sha in enumerate(loose, start=1)]


def _photo(sha: str, photo: Mapping[str, Any], place: str, zone: ZoneInfo, missing: Collection[str]) -> Json:
    return {
        "sha256": sha,
        "place": place,
        "taken": moment(photo["taken_at"], zone) if photo["taken_at"] else None,
        "missing": sha in missing,
    }


def _actions(facts: Mapping[str, Any]) -> list[Text]:
    """What was done on the spot: gas shut first, then what was fixed, then that the talk was given."""
    words = wording()["actions"]
    living = [one for one in facts["hazards"] if not one["verified"] or one["verified"]["result"] != "fixed"]
    taken = [words[stop] for stop in GAS_STOPPED if any(one["stop_gas"] == stop for one in living)]
    if len(living) < len(facts["hazards"]):
        taken.append(words["fixed"])
    return [*taken, words["told"]]


def _places(facts: Mapping[str, Any]) -> dict[str, Text]:
    """Who signs such a visit, in this order, and what the place to sign is called: a job may say it."""
    words = wording()["labels"]
    if facts["visit"].get("is_job"):  # no inspector came; a paper frozen before this was noted keeps its words
        words = {**words, "technician": wording()["sheet"]["labels"]["technician"]}
    signs = facts.get("signs") or [{"role": role, "name": None} for role in ("customer", "technician")]
    return {one["role"]: one["name"] or words[one["role"]] for one in signs}


def _signers(facts: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any] | None]]:
    """Who stands in the row of boxes: a witness only when there is one, or when the customer declined."""
    signatures = facts["signatures"]
    agreed = [("agreement", signatures["agreement"])] if "agreement" in signatures else []
    row = [*agreed, *((role, signatures.get(role)) for role in _places(facts))]
    if "witness" in _places(facts):
        return row
    declined = signatures.get("customer", {}).get("refused")
    named = signatures["customer"]["witness"] if declined else ""
    witness = signatures.get("witness") or ({"name": named} if named else None)
    return [*row, ("witness", witness)] if declined or witness else row


def _signature(
    role: str, given: Mapping[str, Any] | None, zone: ZoneInfo, missing: Collection[str], places: Mapping[str, Text]
) -> Json:
    words = wording()["labels"]
    box: Json = dict.fromkeys(("name", "relation", "work_no", "time", "image", "reason"))
    box |= {"role": role, "title": places.get(role) or words[role], "refused": False, "remarks": []}
    if given is None:
        box["remarks"] = [words["no_witness"] if role == "witness" else words["not_signed"]]
        return box
    if role == "witness" and not given.get("image"):
        return box | {"name": given["name"], "remarks": [words["not_signed"]]}
    if given.get("refused"):
        box |= {"refused": True, "reason": given["reason"], "time": moment(given["at"], zone)}
        box["remarks"] = [words["refusal_effect"]]
        return box
    image = given.get("image")
    box |= {key: given.get(key) for key in ("name", "relation", "work_no")} | {"time": moment(given["at"], zone)}
    box["image"] = image if image and image not in missing else None
    box["remarks"] = [words["signature_missing"]] if image in missing else []
    if given.get("stale"):
        box["remarks"].append(wording()["every"]["stale"])
    return box


def change_words(kind: str, **values: object) -> Text:
    """Say one difference between two revisions."""
    return fill(wording()["changes"][kind], **values)
