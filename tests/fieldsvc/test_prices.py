"""What was used between two readings and what it costs: the test vectors of the trade's own rules (meter.md 3 and 4)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fieldsvc.notices.contents.capitals import capitals
from fieldsvc.readings import price

GUANGZHOU = price.tiers([{"upto": "320", "price": "3.45"}, {"upto": "400", "price": "4.14"}, {"price": "5.18"}])
A_MONTH = Decimal(6 * 24) * 30


@pytest.mark.parametrize(
    ("before", "volume", "split", "amount"),
    [
        ("0", "25", [(1, "25")], "86.25"),
        ("310", "20", [(1, "10"), (2, "10")], "75.90"),
        ("390", "25", [(2, "10"), (3, "15")], "119.10"),
        ("300", "150", [(1, "20"), (2, "80"), (3, "50")], "659.20"),
        ("320", "80", [(2, "80")], "331.20"),
        ("319.5", "1", [(1, "0.5"), (2, "0.5")], "3.80"),
        ("400", "10", [(3, "10")], "51.80"),
        ("400", "0", [], "0.00"),
    ],
)
def test_a_period_is_laid_over_the_tiers_and_rounded_once(
    before: str, volume: str, split: list[tuple[int, str]], amount: str
) -> None:
    shares = price.split(Decimal(before), Decimal(volume), GUANGZHOU)
    assert [(one.tier, str(one.volume)) for one in shares] == split
    assert str(price.total(shares)) == amount


@pytest.mark.parametrize(
    ("previous", "current", "used"),
    [
        ("99990", "12", 22),
        ("1250", "1248", None),
        ("1250", "1250", 0),
        ("01234.999", "01250.001", 16),
        ("99990", "80000", None),
        ("100", "4420", 4320),
        ("100", "4421", None),
    ],
)
def test_a_dial_rolls_over_but_never_runs_backwards(previous: str, current: str, used: int | None) -> None:
    assert price.used(previous, current, digits=5, most=A_MONTH) == used


@pytest.mark.parametrize(
    "wrong",
    [[], [{"upto": "320", "price": "3"}], [{"upto": "9", "price": "1"}, {"upto": "8", "price": "2"}, {"price": "3"}]],
)
def test_tiers_that_do_not_ascend_to_an_open_end_are_refused(wrong: list[dict[str, str | None]]) -> None:
    with pytest.raises(ValueError, match="ascend"):
        price.tiers(wrong)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("75.90", "柒拾伍元玖角整"),
        ("86.25", "捌拾陆元贰角伍分"),
        ("659.20", "陆佰伍拾玖元贰角整"),
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("10.05", "壹拾元零伍分"),
        ("107000.53", "壹拾万零柒仟元伍角叁分"),
        ("100005", "壹拾万零伍元整"),
        ("10000000", "壹仟万元整"),
        ("100000001.01", "壹亿零壹元零壹分"),
        ("6007.14", "陆仟零柒元壹角肆分"),
    ],
)
def test_an_amount_in_chinese_capitals(amount: str, words: str) -> None:
    assert capitals(amount) == words


@pytest.mark.parametrize("amount", ["-1", "1000000000000"])
def test_an_amount_that_no_slip_can_bear_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="no such amount"):
        capitals(amount)
