"""What needs a person: the inbox, who takes what up, and entries that could not be applied.

Decides nothing: a person settles, the capability that owns the thing does it. The pages of conflicts, signatures, corrections and
doubts are in modules of their own, on the same blueprint.
"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.db import transaction
from fieldsvc.doubts import service as doubts
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.office import lists, service, words
from fieldsvc.office.attention import conflict_view, doubt_words, inbox
from fieldsvc.office.attention.inbox import Item
from fieldsvc.office.frame import pages, refusal, refuse, show
from fieldsvc.office.visiting import history, visit_view
from fieldsvc.office.words import _
from fieldsvc.record import service as record


def kind_name(kind: str) -> str:
    """What a kind of thing that waits is called."""
    match kind:
        case "conflict":
            return _("Contradiction")
        case "quarantine":
            return _("Entry not applied")
        case "signature":
            return _("Stale signature")
        case "correction":
            return _("Customer data")
        case "paper":
            return _("Document failed")
        case "phone":
            return _("Phone not heard from")
        case "doubt":
            return _("Done for show?")
    return kind


ICONS = {
    "conflict": "split",
    "quarantine": "inbox",
    "signature": "pen-line",
    "correction": "id-card",
    "paper": "file-text",
    "phone": "smartphone",
    "doubt": "circle-question-mark",
}


def says(item: Item) -> str:
    """What waits, in one line."""
    thing = item.thing
    match item.kind:
        case "conflict":
            titles = [one.title for one in conflict_view.conflicts(item.visit)] if item.visit else []
            return _(", ").join(titles)
        case "quarantine":
            kind, said = history.sentence(thing, item.visit)
            return " · ".join(part for part in (kind, said, words.quarantine(thing["code"])) if part)
        case "signature":
            return " · ".join(part for part in (visit_view.signer(thing.role, item.visit), thing.name) if part)
        case "correction":
            return f"{words.customer_field(thing.field)}: {thing.present or _('empty')} → {thing.new}"
        case "paper":
            return f"{words.notice_kind(thing.kind)} {thing.number} · {thing.error or ''}"
        case "phone":
            return f"{thing['device'].code} · {thing['user']}"
        case "doubt":
            return f"{doubt_words.name(thing.kind)} · {doubt_words.short(thing)}"
    return ""


def address(item: Item) -> str:
    """The page on which it is settled."""
    match item.kind:
        case "conflict":
            return url_for("office.conflict", visit_id=item.id)
        case "quarantine":
            return url_for("office.held_entry", op_id=item.id)
        case "signature":
            return url_for("office.stale_signature", visit_id=item.thing.visit_id, role=item.thing.role)
        case "correction":
            return url_for("office.correction", correction_id=item.id)
        case "paper":
            return url_for("office.visit", visit_id=item.thing.visit_id, _anchor="documents")
        case "phone":
            return url_for("office.silent_phone", device_id=item.id)
    return url_for("office.doubt", doubt_id=item.id)


def _listing() -> lists.List[Item]:
    return lists.List(
        id="needs-a-person",
        title=_("Needs a person"),
        filters=(
            lists.Choice("kind", _("Kind"), [(one, kind_name(one)) for one in inbox.KINDS], every=_("All kinds")),
            lists.Choice(
                "who",
                _("Who looks next"),
                [("me", _("Taken by me")), ("office", words.role("office")), ("admin", words.role("admin"))],
                every=_("Everybody"),
            ),
        ),
        columns=(
            lists.Column("kind", _("Kind"), lambda item: kind_name(item.kind)),
            lists.Column("what", _("What"), says),
            lists.Column("customer", _("Customer"), lambda item: item.visit["customer"]["name"] if item.visit else ""),
            lists.Column("address", _("Address"), _where, look="spare"),
            lists.Column("next", _("Who looks next"), _next),
            lists.Column("since", _("Waiting since"), lambda item: item.since, sort="since", look="right"),
        ),
        find=_find,
    )


def _where(item: Item) -> str:
    customer = item.visit["customer"] if item.visit else {}
    parts = (customer.get("district"), customer.get("address"), visit_view.door(customer) if customer else "")
    return " ".join(str(part) for part in parts if part)


def _next(item: Item) -> str:
    return item.taken.by_name if item.taken else words.role(item.who)


def _find(asked: Any) -> inbox.Inbox:
    kinds = [asked["kind"]] if asked["kind"] else list(inbox.KINDS)
    if asked["who"] in ("office", "admin"):
        kinds = [kind for kind in kinds if inbox.looks_next(kind) == asked["who"]]
    return inbox.Inbox(kinds=kinds, mine=access.me().id if asked["who"] == "me" else "")


@pages.get("/attention")
@access.needs("office")
def attention() -> ResponseReturnValue:
    return lists.answer(
        _listing(),
        "attention",
        says=says,
        address=address,
        kind_name=kind_name,
        icons=ICONS,
        waits=inbox.counts(),
        view=visit_view,
    )


@pages.post("/attention/take")
@access.needs("office")
def take() -> ResponseReturnValue:
    kind, item_id = request.form.get("kind", ""), request.form.get("item", "")[:80]
    if kind in inbox.KINDS and item_id:
        with transaction():
            if request.form.get("leave"):
                doubts.leave(kind=kind, item_id=item_id)
            else:
                me = access.me()
                doubts.take(kind=kind, item_id=item_id, by_id=me.id, by_name=me.name, now=clock.now())
    return back()


def back() -> ResponseReturnValue:
    """To where the form stood; to the inbox where it does not say."""
    wanted = request.form.get("back", "")
    inside = wanted.startswith("/office/") and "\\" not in wanted and "//" not in wanted
    return redirect(wanted if inside else url_for("office.attention"), code=303)


def who_of(kind: str, item_id: str) -> dict[str, Any]:
    """Who looks at one thing, for its own page."""
    return {
        "kind": kind,
        "item_id": item_id,
        "taken": doubts.taken(items=[(kind, item_id)]).get((kind, item_id)),
        "who": inbox.looks_next(kind),
    }


# ── entries that could not be applied ─────────────────────────────────────


@pages.get("/quarantine")
@access.needs("office")
def quarantine() -> ResponseReturnValue:
    device_id = request.args.get("device", "")[:36]
    heads = record.waiting.held(limit=100, device_id=device_id)
    return _held([head.id for head in heads], device_id=device_id)


@pages.get("/attention/quarantine/<op_id>")
@access.needs("office")
def held_entry(op_id: str) -> ResponseReturnValue:
    if not record.waiting.entries(ids=[op_id]):
        flash(_("It is no longer there. Somebody else may have settled it."), "bad")
        return redirect(url_for("office.attention"), code=303)
    return _held([op_id], own=who_of("quarantine", op_id))


def _held(ids: list[str], **what: Any) -> str:
    entries = record.waiting.entries(ids=ids)
    held = service.with_devices([entries[one] for one in dict.fromkeys(ids) if one in entries])
    for row in held:
        if isinstance(row["op"].get("data"), dict):
            row["op"]["data"].pop("strokes", None)
    known = record.documents(ids={str(row["op"].get("visit")) for row in held})
    rows = [(row, known.get(str(row["op"].get("visit")))) for row in held]
    return show(
        "quarantine",
        held=[(row, *history.sentence(row, document), document) for row, document in rows],
        bare=history.bare,
        view=visit_view,
        **what,
    )


@pages.post("/quarantine/<op_id>")
@access.needs("office")
def settle(op_id: str) -> ResponseReturnValue:
    action, reason = request.form.get("action", ""), request.form.get("reason", "").strip()
    if action not in ("release", "dismiss") or not reason:
        refuse(_("Give a reason; it is kept with the entry."), at="reason")
        return redirect(url_for("office.quarantine"), code=303)
    try:
        with transaction():
            record.settle(op_id=op_id, action=action, reason=reason[:1000], user_id=access.me().id, now=clock.now())
        flash(_("The entry is applied.") if action == "release" else _("The entry is dismissed, and kept."), "ok")
    except (problems.NotFound, problems.Conflict, problems.Invalid) as problem:
        flash(refusal(problem), "bad")
    return back()


# ── phones that are not heard from ────────────────────────────────────────


@pages.get("/attention/phone/<device_id>")
@access.needs("office")
def silent_phone(device_id: str) -> ResponseReturnValue:
    phone = identity.device(device_id=device_id)
    if phone is None or phone.public_key is None:
        raise problems.NotFound("there is no such phone")
    scope = record.assigned_to(user_id=phone.user_id, day=words.today())
    begun = [one for one in scope if one["state"] == "started"]
    missing = [one for one in scope if one["missing_blobs"] and one["state"] != "started"]
    planned = [one for one in scope if one["state"] == "planned" and _day(one) <= words.today().isoformat()]
    return show(
        "attention_phone",
        phone=phone,
        name=identity.people().get(phone.user_id, ""),
        silent=phone.last_seen_at < inbox.silent_since(),
        begun=begun,
        missing=missing,
        planned=planned,
        own=who_of("phone", device_id),
        view=visit_view,
    )


def _day(visit: Any) -> str:
    return visit["planned"]["date"] if visit["planned"] else "9999-12-31"
