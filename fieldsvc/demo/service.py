"""Fills an installation with a demonstration: once the town and its past, and every day a round of visits.

Decides what exists after `fieldsvc demo`. Uses the services that real work uses and inserts nothing behind their backs. What
was made is noted in the installation's facts, so repeating it on the same day changes nothing, and on the next day adds that
day's round. Invariant: all of it in one transaction, or none.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from fieldsvc import clock, installation
from fieldsvc.calls import service as calls
from fieldsvc.catalog.service import catalogue
from fieldsvc.customers import service as customers
from fieldsvc.db import transaction
from fieldsvc.demo import town
from fieldsvc.demo.past import Day, demonstration_phone
from fieldsvc.demo.town import Home
from fieldsvc.doubts import service as doubts
from fieldsvc.duty import service as duty
from fieldsvc.hazards import service as hazards
from fieldsvc.identity import service as identity
from fieldsvc.planning import service as planning
from fieldsvc.policy import service as policy
from fieldsvc.policy import workdays
from fieldsvc.readings import service as readings
from fieldsvc.record import service as record
from fieldsvc.reports import service as reports
from fieldsvc.visits import service as visits

Json = dict[str, Any]

FACT = "demonstration"
LOGINS = ("inspector", "office", "admin")
PASSWORD = "demo"
_EARLIER_BY = ("liuyang", "zhangmin")
CAMPAIGN_DISTRICT, CAMPAIGN_HOMES_A_DAY = "南明区", 4


def fill() -> str:
    """Make the demonstration, or bring it up to today; gives one line that says what was done."""
    now = clock.now()
    with transaction():
        done = demonstrate(now=now)
    while doubts.look_at_next():
        pass  # behind the demonstration's papers its workers would come to it minutes later
    return done


def is_wanted() -> bool:
    """Say whether this is a demonstration already or still empty: neither staff nor demonstration days of its own."""
    return installation.fact(FACT) is not None or not identity.people()


def demonstrate(*, now: datetime) -> str:
    """Make whatever of the demonstration is missing on this day. In the caller's transaction."""
    today = now.astimezone(installation.zone()).date()
    days: list[str] = installation.fact(FACT) or []
    if today.isoformat() in days:
        return f"The demonstration is ready; its visits for {today} were planned before."
    if not days:
        _found(now=now, today=today)
    stops = town.first_round()
    homes = _next_homes(number=len(days)) if days else [_home(stop["name"]) for stop in stops]
    orders = [
        _order(
            home, visit_type="gas.inspection" if days else stop["type"], day=today, begins=stop["from"], ends=stop["to"]
        )
        for home, stop in zip(homes, stops, strict=True)
    ]
    planned = visits.plan(visits=orders, now=now)
    if not days:
        _campaign(now=now, today=today)
    while reports.count_batch():
        pass
    installation.keep(name=FACT, value=[*days, today.isoformat()])
    return f"The demonstration is ready: {len(planned)} visits for {today}, among {len(town.homes())} customers."


def _found(*, now: datetime, today: date) -> None:
    """The company, its people, the homes with their meters, and the last year."""
    if installation.fact("company") is None:
        installation.keep(name="company", value=catalogue().company)
    installation.keep(name="policy.tariffs", value=town.tariffs())
    priced = [{**row, "price": town.prices()[row["code"]]} for row in policy.defaults("prices")["lines"]]
    installation.keep(name=policy.fact_of("prices"), value={"lines": priced})
    for person in town.staff():
        if identity.find(username=person["username"]) is None:
            identity.add_user(**person, password=PASSWORD, locale="zh-Hans", now=now, demonstration=True)
    installation.keep(name="demonstration_logins", value=list(LOGINS))
    for home in town.homes():
        customer = customers.save(given=home.customer(), now=now)
        customers.save_meter(customer=customer, given={"serial": home.serial, **town.METER, "kind": home.meter})
    for entry in _past(today):
        _happen(entry, now=now, today=today)
    _follow_hazards(today)
    for home in town.homes():
        _read_until(today, home=home, now=now, today=today)
    _heard(now=now, today=today)


def _follow_hazards(today: date) -> None:
    """What the office has written down of the hazards of the past."""
    clerk = identity.find(username="office")
    if clerk is None:
        raise LookupError("office is not on the staff")
    for entry in town.desk():
        customer = customers.save(given={"account": _home(entry["name"]).account}, now=clock.now())
        (found,) = [one for one in hazards.of_customer(customer_id=customer.id) if one["code"] == entry["code"]]
        at = datetime.combine(today - timedelta(days=entry["days"]), time(17, 40), tzinfo=installation.zone())
        said: Json = {name: entry[name] for name in ("event", "note", "level") if name in entry}
        if "put_off_days" in entry:
            due = date.fromisoformat(found["paper_due"]) + timedelta(days=entry["put_off_days"])
            said["due"] = due.isoformat()
        record.write_as_office(
            author=identity.office_author(user=clerk, now=at),
            visit_id=found["visit"],
            base=record.document(visit_id=found["visit"])["version"],
            kind="hazard.follow",
            data={"hazard": found["id"], **said},
            now=at,
        )


def _heard(*, now: datetime, today: date) -> None:
    """Last week's sample of return calls, and one complaint that waits for its reply."""
    calls.sample.draw(week=calls.sample.week_of(today) - timedelta(days=7), now=now)
    owner, about = identity.find(username="office"), identity.find(username=_EARLIER_BY[0])
    home = town.homes()[0]
    if owner is not None and about is not None:
        made = calls.complaints.receive(
            given={
                **town.complaint(),
                "topic": "late",
                "name": home.name,
                "phone": "",
                "address": home.address,
                "against_id": about.id,
            },
            owner_id=owner.id,
            by_id=owner.id,
            by_name=owner.name,
            now=now - timedelta(days=1),
        )
        found = town.complaint()["found"]
        calls.complaints.add(
            complaint_id=made.id, event="found", words=found, seen=1, by_id=owner.id, by_name=owner.name, now=now
        )


def _campaign(*, now: datetime, today: date) -> None:
    """A part of the town that is due, planned for the two colleagues on the next working days."""
    days = [workdays.add_working_days(today, count) for count in (1, 2)]
    wish = planning.Wish(
        asked=duty.Filter(until=today, places=(duty.Place(CAMPAIGN_DISTRICT),)),
        first=days[0],
        last=days[-1],
        technicians=_EARLIER_BY,
        per_day=CAMPAIGN_HOMES_A_DAY,
    )
    by = identity.find(username="office")
    if by is not None:
        campaign = planning.begin(
            wish=wish, name=f"{today.year} {CAMPAIGN_DISTRICT}", by_id=by.id, by_name=by.name, now=now
        )
        while planning.plan_batch(campaign, now=now):
            pass


def _read_until(end: date, *, home: Home, now: datetime, today: date) -> None:
    """Keep the readings of the last year's periods before a day. Meters that report by themselves are read every month."""
    customer = customers.save(given={"account": home.account}, now=now)
    period = 30 if home.meter == "iot" else 60
    latest = period - int(home.account[-2:]) % 7
    for days in range(latest + 360, 0, -period):
        day = today - timedelta(days=days)
        if day < end:
            at = datetime.combine(day, time(10, 30), tzinfo=installation.zone())
            readings.note(meter_id=customer.meters[0].id, value=home.reading(day, today=today), read_at=at)


def _next_homes(*, number: int) -> list[Home]:
    """The homes of a later round: the next ones in the order of the rounds, those without an open visit first."""
    open_visits = [visit for state in ("planned", "started") for visit in record.search(state=state, limit=1000)[0]]
    waiting = {visit["customer"]["account"] for visit in open_visits}
    homes = town.homes()
    start = number * len(town.first_round()) % len(homes)
    return sorted(homes[start:] + homes[:start], key=lambda home: home.account in waiting)[: len(town.first_round())]


def _past(today: date) -> list[Json]:
    """What town.yaml tells of the last year, and the yearly inspection of the first round's homes; oldest first."""
    told = town.past()
    known = {entry["name"] for entry in told if entry["type"] == "gas.inspection" and "no_access" not in entry}
    routine = [
        {"name": stop["name"], "days": 364 - 2 * place, "by": _EARLIER_BY[place % 2], "type": "gas.inspection"}
        for place, stop in enumerate(town.first_round())
        if stop["name"] not in known
    ]
    return sorted([*routine, *told], key=lambda entry: -int(entry["days"]))


def _home(name: str) -> Home:
    return next(home for home in town.homes() if home.name == name)


def _happen(entry: Json, *, now: datetime, today: date) -> None:
    """One earlier visit: planned the day before, then written by the technician's phone."""
    home = _home(entry["name"])
    day = today - timedelta(days=entry["days"])
    began = datetime.combine(day, time(9 + entry["days"] % 8, 5), tzinfo=installation.zone())
    _read_until(day, home=home, now=now, today=today)
    author = demonstration_phone(username=entry["by"], now=began)
    order = _order(home, visit_type=entry["type"], day=day, begins=None, ends=None, assignee=entry["by"])
    (visit,) = visits.plan(visits=[order], now=began - timedelta(days=1))
    Day(visit=visit, home=home, author=author, began=began, figure=home.reading(day, today=today)).tell(entry)


def _order(
    home: Home, *, visit_type: str, day: date, begins: str | None, ends: str | None, assignee: str = "inspector"
) -> Json:
    return {
        "type": visit_type,
        "customer": {"account": home.account},
        "planned": {"date": day.isoformat(), "from": begins, "to": ends},
        "assignee": assignee,
    }
