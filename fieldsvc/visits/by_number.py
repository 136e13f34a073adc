"""Who looks up whom by account number: every look-up is written down, and past the company's limit the file stays closed.

A technician may open a visit to any home by its number, and then has its file on the phone. Decides what of the file a visit
shows where somebody has looked up too many within an hour: the number and the meters that were typed, and the hazards that are
still open there, because a danger is told to whoever stands before it. The visit itself is never refused.
Invariant: what is withheld from a phone is not in the visit's document at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fieldsvc.audit import service as audit
from fieldsvc.policy import service as policy
from fieldsvc.record import service as record
from sync.ops import CUSTOMER_FIELDS

Json = dict[str, Any]

ROUTE = "visit.create"
WINDOW = timedelta(hours=1)
_OF_METER = ("id", "serial", "kind", "digits", "decimals", "on_file")


def may_see(
    *, author: Mapping[str, str], customer_id: str, visit_id: str, account: str, on_file: bool, now: datetime
) -> bool:
    """Say whether a technician who opens a visit may see the customer's file; whom they were not sent to is written down.

    `on_file`: whether there was such a customer before. In the caller's transaction.
    """
    if (not on_file and not account) or (on_file and _was_sent(author, customer_id)):
        return True
    before = audit.how_many(by_id=author["id"], route=ROUTE, since=now - WINDOW)
    shown = not on_file or before < int(policy.value("visits", "by_number_per_hour"))
    audit.looked_up(
        kind="saw",
        what="customer",
        object_id=customer_id,
        customer_id=customer_id,
        visit_id=visit_id,
        by_id=author["id"],
        by_name=author["name"],
        route=ROUTE,
        detail={"asked": {"account": account}, "found": on_file, "withheld": not shown},
        now=now,
    )
    return shown


def _was_sent(author: Mapping[str, str], customer_id: str) -> bool:
    """Whether somebody has, or had, a visit to this customer that shows the file, so that opening another shows nothing new."""
    visits = record.latest_of_customer(customer_id=customer_id)
    return any(
        (one["assignee"] or {}).get("id") == author["id"] and not one["customer"].get("withheld") for one in visits
    )


def withheld(facts: Mapping[str, Any], *, account: str, serials: Sequence[str]) -> Json:
    """The facts of a visit without what the file says of a home that was only typed."""
    customer = {"id": facts["customer"]["id"], "account": account, **dict.fromkeys(CUSTOMER_FIELDS, ""), "tags": []}
    meters = [
        {name: meter[name] for name in _OF_METER if name in meter}
        for meter in facts["meters"]
        if meter["serial"] in serials
    ]
    previous = {"visited_on": None, "outcome": None, "open_hazards": facts["previous"]["open_hazards"]}
    return {**facts, "customer": {**customer, "withheld": True}, "meters": meters, "previous": previous}
