"""Which addresses of the office are asked for: every place in the side column, and lists as people filter, sort and turn them.

Read off the pages themselves where a page gives the id that an address needs. Decides nothing about time.
"""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import quote

from fieldsvc import installation

DEEP = "of page 41 and further"
WALKED = {"/office/readings/missing": 8, "/office/notices?q=0001": 3, "/office/visits?q=王": 8}
"""Lists that are gone through row by row, and how many pages further one more measurement is made."""
VISITS = (
    "standing=planned", "standing=closed", "standing=refused", "standing=no_access", "sort=number", "sort=-number",
    "sort=day", "page=40", "q=王芳", "from=2026-01-01&to=2026-12-31",
)  # fmt: skip
LISTS = {
    "/office/notices": ("status=failed", "status=pending", "kind=hazard", "kind=payment", "page=40", "sort=number", "q=0001"),
    "/office/hazards": (
        "state=all", "level=1", "state=closed", "state=withdrawn", "overdue=1", "district=南明区", "district=南明区&state=all",
        "item=hose&state=all", "gas=stopped", "responsible=user", "responsible=user&state=all", "sort=-due",
        "state=all&sort=closed", "state=closed&found_from=2026-01-01&found_to=2026-01-31",
    ),
    "/office/readings": ("state=accepted", "state=again", "mark=high", "district=南明区", "district=南明区&state=accepted"),
    "/office/readings/progress": ("", "period={last_month}"),
    "/office/readings/missing": ("", "district=南明区", "period={last_month}"),
    "/office/readings/billing": ("",),
    "/office/readings/slips": ("", "status=ready"),
    "/office/calls": ("state=reached", "state=all", "reason=sample&state=all", "overdue=1"),
    "/office/calls/tasks": ("", "state=all"),
    "/office/calls/weeks": ("",),
    "/office/complaints": ("state=closed", "overdue=1"),
    "/office/hazards/calls": ("",),
    "/office/attention": ("kind=correction", "kind=doubt", "kind=paper", "who=me", "sort=-since", "page=20"),
    "/office/attention/corrections": ("",),
    "/office/quarantine": ("",),
    "/office/reports": ("span=week", "span=quarter", "span=year", "span=year&day={last_year}"),
    "/office/plan": ("day={yesterday}",),
    "/office/plan/due": ("", "district=南明区", "district=南明区&address={street}", "kind=business", "until={far}"),
    "/office/plan/due/customers": ("", "district=南明区", "page=40", "kind=business"),
    "/office/plan/campaigns": ("",),
    "/office/plan/campaigns/new": ("",),
    "/office/plan/itself": ("", "state=kept", "kind=reinspection", "kind=reinspection&state=kept"),
    "/office/print": ("",),
    "/office/settings/history": ("",),
}  # fmt: skip


def addresses(client: Any) -> list[tuple[str, str]]:
    """The pages as (what they are called, address)."""
    front = client.get("/office").text
    places = [
        one.partition("#")[0] for one in re.findall(r'<li><a href="([^"]+)"', front[front.index('class="places"') :])
    ]
    with client.application.app_context():
        today = installation.today()
    page = client.get("/office/visits").text
    person = re.search(r'name="technician".*?<option value="([0-9a-f-]{36})"', page, re.S)
    assert person
    earlier = today.replace(day=1) - timedelta(days=1)
    words = {
        "last_month": f"{earlier:%Y-%m}",
        "last_year": str(today - timedelta(days=365)),
        "yesterday": str(today - timedelta(days=4)),
        "far": str(today + timedelta(days=400)),
        "street": _first_street(client),
    }
    visits = [*VISITS, f"day={today - timedelta(days=4)}"]
    visits += [f"technician={person[1]}{more}" for more in ("", "&standing=no_access")]
    asked = [f"{page}?{query}" if query else page for page, queries in LISTS.items() for query in queries]
    asked += [f"/office/visits?{query}" for query in visits]
    asked += [f"/office/hazards?technician={person[1]}{more}" for more in ("", "&state=all")]
    every = [one.format(**words) for one in dict.fromkeys(["/office", *places, *asked])]
    given = [(one.replace(person[1], "…"), one) for one in every]
    deep = re.search(r'rel="next" href="([^"]+)"', client.get("/office/visits?page=40").text)
    if deep:
        given.append((f"/office/visits {DEEP}", "/office/visits" + deep[1].replace("&amp;", "&")))
    given += [(f"{page} some pages on", _further(client, page, steps)) for page, steps in WALKED.items()]
    return given + _single(client)


def _further(client: Any, address: str, steps: int) -> str:
    """The address to which *next* leads so many times, or as often as there is one."""
    page = address.partition("?")[0]
    for _step in range(steps):
        following = re.search(r'rel="next" href="([^"]+)"', client.get(address).text)
        if not following:
            break
        address = page + unescape(following[1])
    return address


def _first_street(client: Any) -> str:
    found = re.search(r"address=([^\"&]+)", client.get(f"/office/plan/due?district={quote('南明区')}").text)
    return found[1] if found else ""


def _single(client: Any) -> list[tuple[str, str]]:
    """Pages of one thing, each the first of its list."""
    found = []
    for name, page, kind in (
        ("one visit", "/office/visits?standing=closed", "visits"),
        ("one hazard", "/office/hazards", "hazards"),
        ("one reading", "/office/readings", "readings"),
        ("one call", "/office/calls", "calls"),
        ("one visit's plan", "/office/plan", "plan/visits"),
        ("one doubt", "/office/attention?kind=doubt", "attention/doubt"),
    ):
        link = re.search(rf'href="(/office/{kind}/[0-9a-f-]{{36}})', client.get(page).text)
        found += [(name, link[1])] if link else []
    return found
