"""What is remarkable about a reading, what was used and what it costs, by the trade's own vectors (meter.md 3, 4 and 6)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fieldsvc.readings import billing, judge, tariffs
from fieldsvc.readings.judge import Dial, Read, Rules

CASES = json.loads((Path(__file__).parents[1] / "js" / "reading-vectors.json").read_text(encoding="utf-8"))
DIAL, RULES, ZONE = Dial(), Rules(), ZoneInfo("Asia/Shanghai")
FIRST = datetime(2026, 9, 20, 2, tzinfo=UTC)


def read(value: str | None, days: float = 0, **more: Any) -> Read:
    about = {"source": "visit", "reason": None, "photo": "a" * 64, "running": True, "visit_id": "v", **more}
    at = about.pop("read_at", FIRST + timedelta(days=days))
    return Read(id=f"{at:%Y%m%d%H%M%S}", meter_id="m", value=value, read_at=at, **about)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_office_judges_a_reading_as_the_phone_does(case: dict[str, Any]) -> None:
    exchange = case.get("exchange")
    at = datetime.fromisoformat(case.get("at", "2026-11-20T10:00:00+08:00"))
    told = (
        {"final": exchange.get("final"), "initial": exchange.get("initial"), "source": "exchange"}
        if exchange is not None
        else {}
    )
    one = read(case["value"], read_at=at, running=case["running"], **told)
    low, high = case.get("usual", ("0", "0"))
    usual = (Decimal(low), Decimal(high)) if "usual" in case else None
    rules = Rules.of(case.get("rules", {}))
    limit = judge.most(DIAL, FIRST, at, rules) if "last" in case else None
    assert sorted(judge.dial_marks(one, case.get("last"), limit, usual, DIAL, rules)) == sorted(case["marks"])


@pytest.mark.parametrize(
    ("before", "now", "used"),
    [
        (read("99990"), read("12", 60), 22),
        (read("1234"), read("18", 60, source="exchange", final="1250", initial="0"), 34),
        (read("1234"), read("18", 60, source="exchange", final="1250", initial="3"), 31),
        (read("1250"), read("1248", 60), None),
        (read("1250"), read("1250", 60), 0),
        (read("1234.900"), read("1250.100", 60), 16),
        (read("1234"), read("18", 60, source="exchange", final="1250"), None),
        (read("99990"), read("18", 60, source="exchange", final="5", initial="10"), 23),
        (read("100"), read("14501", 60), None),
        (read("100"), read(None, 60, reason="blocked"), None),
    ],
)
def test_use_over_a_rollover_and_an_exchange(before: Read, now: Read, used: int | None) -> None:
    assert judge.charged(before, now, DIAL, RULES) == used


def test_a_reverse_is_no_large_use_and_the_same_figure_is_a_zero() -> None:
    assert judge.judge(read("1248", 60), [read("1250")], DIAL, RULES) == ("below_last", None)
    assert judge.judge(read("1250", 60), [read("1250")], DIAL, RULES) == ("zero", 0)


def test_a_first_reading_one_without_a_photo_and_one_that_was_not_taken_are_said() -> None:
    assert judge.judge(read("1250"), [], DIAL, RULES) == ("first", None)
    assert judge.judge(read("1270", 60, photo=None), [read("1250")], DIAL, RULES) == ("no_photo", 20)
    assert judge.judge(read(None, 60, reason="blocked"), [read("1250")], DIAL, RULES) == ("unreadable", None)


def test_a_doubted_reading_is_no_base_for_the_next() -> None:
    earlier = [read("1250"), read("9125", 30, doubted=True)]
    assert judge.judge(read("1270", 60), earlier, DIAL, RULES) == ("", 20)


def test_zeros_are_looked_at_after_as_many_periods_as_the_company_says() -> None:
    one, two = read("1250", 60, marks="zero", used=0), read("1250", 120, marks="zero", used=0)
    twice = Rules(zero_periods=2)
    first = read("1250", marks="first")
    assert judge.needs_eyes(one, [first], RULES) == {"zero"}
    assert judge.needs_eyes(one, [first], twice) == frozenset()
    assert judge.needs_eyes(two, [first, one], twice) == {"zero"}


def test_little_use_soon_after_the_last_reading_says_nothing() -> None:
    earlier = [read(str(1000 + 30 * n), 60 * n) for n in range(4)]
    soon, due = (read("1090", 180 + days, marks="zero", used=0) for days in (20, 40))
    assert judge.needs_eyes(soon, earlier, RULES) == frozenset()
    assert judge.needs_eyes(due, earlier, RULES) == {"zero"}
    assert judge.needs_eyes(read("1080", 181, marks="below_last"), earlier, RULES) == {"below_last"}


def prices(*rows: tuple[str, str, str], **more: Any) -> tariffs.Tariffs:
    given = [{"kind": "residential", "from": since, "upto": upto, "price": price} for since, upto, price in rows]
    usual = {"cycle_start": "01-01", "price_change": "by_days", "cycle_split": "by_reading"}
    return tariffs.read({"prices": given, **usual, **more})


GUANGZHOU = (("2020-01-01", "320", "3.45"), ("2020-01-01", "400", "4.14"), ("2020-01-01", "", "5.18"))


def day(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T10:00:00+08:00")


def bill(earlier: list[tuple[str, str]], on: str, used: int, by: tariffs.Tariffs, kind: str = "residential") -> Any:
    history: list[Read] = []
    for at, value in earlier:
        one = read(value, read_at=day(at))
        one.marks, one.used = judge.judge(one, history, DIAL, RULES)
        history.append(one)
    return billing.priced(
        history,
        since=history[-1].read_at,
        at=day(on),
        used=used,
        kind=kind,
        dial=DIAL,
        tariffs=by,
        rules=RULES,
        zone=ZONE,
    )


@pytest.mark.parametrize(
    ("before", "used", "amount", "split"),
    [
        (0, 25, "86.25", ["25"]),
        (310, 20, "75.90", ["10", "10"]),
        (390, 25, "119.10", ["10", "15"]),
        (300, 150, "659.20", ["20", "80", "50"]),
        (320, 80, "331.20", ["80"]),
        (400, 10, "51.80", ["10"]),
    ],
)
def test_a_bill_by_the_vectors_of_tiered_prices(before: int, used: int, amount: str, split: list[str]) -> None:
    earlier = [("2026-01-01", "1000"), ("2026-09-01", str(1000 + before))]
    made = bill(earlier, "2026-11-01", used, prices(*GUANGZHOU))
    assert (made["amount"], [one["volume"] for one in made["tiers"]]) == (amount, split)
    assert made["year"] == str(before + used)


def test_a_price_that_changes_within_a_period_is_split_by_days() -> None:
    by = prices(("2020-01-01", "", "3.00"), ("2026-10-11", "", "4.00"))
    made = bill([("2026-01-01", "0"), ("2026-10-01", "100")], "2026-10-31", 30, by)
    assert [(one["volume"], one["price"]) for one in made["tiers"]] == [("10", "3.00"), ("20", "4.00")]
    assert (made["amount"], made["tariff_from"]) == ("110.00", "2026-10-11")


def test_a_price_that_changes_within_a_period_goes_by_the_day_of_reading_where_the_company_says_so() -> None:
    by = prices(("2020-01-01", "", "3.00"), ("2026-10-11", "", "4.00"), price_change="by_reading")
    made = bill([("2026-01-01", "0"), ("2026-10-01", "100")], "2026-10-31", 30, by)
    assert made["amount"] == "120.00"


@pytest.mark.parametrize(
    ("cycle_split", "split", "year"), [("by_reading", ["60"], "60"), ("by_days", ["20", "10", "30"], "30")]
)
def test_a_period_across_the_start_of_a_year_of_tiers(cycle_split: str, split: list[str], year: str) -> None:
    earlier = [("2025-01-01", "0"), ("2025-12-02", "300")]
    made = bill(earlier, "2026-01-31", 60, prices(*GUANGZHOU, cycle_split=cycle_split))
    assert ([one["volume"] for one in made["tiers"]], made["year"]) == (split, year)
    assert made["cycle_from"] == "2026-01-01"


def test_an_exchange_does_not_begin_the_year_of_tiers_anew() -> None:
    old, swapped = read("100", read_at=day("2026-01-01")), read("60", read_at=day("2026-06-01"), source="exchange")
    swapped.final, swapped.initial, swapped.marks, swapped.used = "350", "0", "exchanged", 310
    made = billing.priced(
        [old, swapped], since=swapped.read_at, at=day("2026-08-01"), used=20, kind="residential", dial=DIAL,
        tariffs=prices(*GUANGZHOU), rules=RULES, zone=ZONE,
    )  # fmt: skip
    assert made is not None
    assert (made["amount"], made["year"]) == ("75.90", "330")


def test_what_is_not_known_has_no_price() -> None:
    assert bill([("2026-03-01", "1000"), ("2026-09-01", "1100")], "2026-11-01", 10, prices(*GUANGZHOU)) is None
    assert bill([("2026-01-01", "0")], "2026-11-01", 10, prices(*GUANGZHOU), kind="commercial") is None
    assert bill([("2026-01-01", "0")], "2026-11-01", 10, prices(("2027-01-01", "", "3"))) is None


def test_rows_that_make_no_tariff_price_nothing_and_are_named() -> None:
    by = prices(("2020-01-01", "320", "3.45"), ("2021-01-01", "many", "3"), ("2022-01-01", "", "3"))
    assert by.wrong == (("residential", "2020-01-01"), ("residential", "2021-01-01"))
    assert [one.since.isoformat() for one in by.by_kind["residential"]] == ["2022-01-01"]
