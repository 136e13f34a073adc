"""The demonstration's town: who lives where, which meter hangs there, and what it has shown on any day.

Everything follows from town.yaml and the account number, so that the same home has the same figures whenever it is made.
Knows nothing of the database. Invariant: a meter's figure never goes down from one day to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

Json = dict[str, Any]

DIGITS, DECIMALS = 5, 3
METER = {"digits": DIGITS, "decimals": DECIMALS}
# Cooking and hot water: less in summer, more in winter; heating comes on top.
_SEASON = {1: 135, 2: 130, 3: 112, 4: 100, 5: 90, 6: 80, 7: 74, 8: 75, 9: 85, 10: 96, 11: 110, 12: 128}
_HEATING = {1: 420, 2: 380, 3: 180, 11: 160, 12: 380}
_LOOKBACK = timedelta(days=430)


@dataclass(frozen=True)
class Home:
    """A customer of the demonstration with its meter."""

    account: str
    name: str
    phone: str
    district: str
    address: str
    building: str
    unit: str
    room: str
    tags: tuple[str, ...]
    serial: str
    meter: str
    made_in: int
    monthly: int
    _shown: dict[date, Decimal] = field(default_factory=dict, compare=False, repr=False)

    def customer(self) -> Json:
        """The customer as planning takes it."""
        names = ("account", "name", "phone", "district", "address", "building", "unit", "room")
        return {**{name: getattr(self, name) for name in names}, "tags": list(self.tags)}

    def random(self, *purpose: object) -> Random:
        """A source of chance that is the same for the same home and purpose."""
        return Random(" ".join(map(str, (self.account, *purpose))))

    def place(self, moment: datetime) -> Json:
        """Where a phone believes itself to be at this home, as a phone tells it: never twice exactly the same."""
        lat, lon = _file()["places"][self.address]
        here, now = self.random("place"), self.random("place", moment)
        step = int(self.building) * 180
        return {
            "lat": lat + step + here.randrange(-90, 90) + now.randrange(-60, 60),
            "lon": lon + step // 2 + here.randrange(-90, 90) + now.randrange(-60, 60),
            "accuracy": now.randrange(6, 34),
        }

    def reading(self, day: date, *, today: date) -> str:
        """What the meter shows on a day of the last year, as its digits stand on the dial."""
        if day not in self._shown:
            self._turn(today)
        shown = self._shown[day].quantize(Decimal("0.001"))
        return f"{shown:0{DIGITS + 1 + DECIMALS}.{DECIMALS}f}"

    def _turn(self, today: date) -> None:
        random = self.random("meter")
        shown = Decimal(random.randrange(200_000, 4_000_000)) / 1000
        day = today - _LOOKBACK
        while day <= today:
            percent = _SEASON[day.month] + (_HEATING.get(day.month, 0) if "采暖户" in self.tags else 0)
            shown += Decimal(self.monthly * percent * random.randrange(60, 140)) / 300_000
            self._shown[day] = shown
            day += timedelta(days=1)


@cache
def _file() -> Mapping[str, Any]:
    text = Path(__file__).with_name("town.yaml").read_text(encoding="utf-8")
    content: Mapping[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return content


def staff() -> list[Json]:
    """The people who work there: username, name, roles."""
    return list(_file()["staff"])


def prices() -> Json:
    """What work costs in the demonstration, by code of the price list."""
    return dict(_file()["prices"])


def tariffs() -> Json:
    """What gas costs in the demonstration, as the policy keeps it."""
    return dict(_file()["tariffs"])


def complaint() -> Json:
    """The complaint that waits for its reply: how it came, what it is about, what was found."""
    return dict(_file()["complaint"])


def first_round() -> list[Json]:
    """The first day's visits in route order."""
    return list(_file()["round"])


def past() -> list[Json]:
    """What was found in the last year, oldest first."""
    return sorted(_file()["past"], key=lambda entry: -int(entry["days"]))


def desk() -> list[Json]:
    """What the office has written down of hazards since they were found, oldest first."""
    return sorted(_file()["desk"], key=lambda entry: -int(entry["days"]))


def homes() -> list[Home]:
    """The sixty homes in the order of the inspectors' rounds."""
    return list(_all_homes())


@cache
def _all_homes() -> tuple[Home, ...]:
    return tuple(_homes())


def _homes() -> Iterator[Home]:
    for number, estate in enumerate(_file()["estates"], start=1):
        for place, name in enumerate(estate["names"]):
            yield _home(number, place, name, estate)


def _home(number: int, place: int, name: str, estate: Mapping[str, Any]) -> Home:
    account = f"8510{number:02d}{place + 1:04d}"
    random = Random(account)
    made_in = random.randrange(2017, 2025)
    return Home(
        account=account,
        name=name,
        phone=f"1600851{number}{place}{random.randrange(10, 100)}",
        district=estate["district"],
        address=estate["address"],
        building=str(place // 4 + 1 + number),
        unit=str(place % 4 // 2 + 1),
        room=f"{3 + place * 2 + number}0{place % 2 + 1}",
        tags=tuple(_file()["tags"].get(name, ())),
        serial=f"{made_in % 100:02d}{random.randrange(1, 13):02d}{random.randrange(10**6, 10**7)}",
        meter=estate["meter"],
        made_in=made_in,
        monthly=random.randrange(14, 34),
    )
