"""Amounts of money in Chinese capitals (大写), as forms that are paid by must write them: 柒拾伍元玖角整.

The rules of the People's Bank for bills: a zero between figures is written once, 整 ends a sum without 分, and an amount below
one yuan has no 元.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_FIGURES = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")
LIMIT = Decimal(10) ** 12


def capitals(amount: Decimal | str) -> str:
    """An amount of yuan in words; raises ValueError for one below zero or of a billion and more."""
    value = Decimal(amount).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    if not 0 <= value < LIMIT:
        raise ValueError(f"no such amount can be written: {amount}")
    cents = int(value * 100)
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    said = f"{_whole(yuan)}元" if yuan else ""
    if not jiao and not fen:
        return f"{said or '零元'}整"
    said += f"{_FIGURES[jiao]}角" if jiao else ("零" if yuan else "")
    return f"{said}{_FIGURES[fen]}分" if fen else f"{said}整"


def _whole(number: int) -> str:
    said = ""
    for group in reversed(range(len(_GROUPS))):
        four = number // 10 ** (4 * group) % 10000
        if not four:
            continue
        if (said and four < 1000) or (said and not said.endswith("零") and number // 10 ** (4 * (group + 1)) % 10 == 0):
            said += "零"
        said += _four(four) + _GROUPS[group]
    return said


def _four(number: int) -> str:
    said, gap = "", False
    for place in reversed(range(4)):
        figure = number // 10**place % 10
        if not figure:
            gap = bool(said)
            continue
        said += ("零" if gap else "") + _FIGURES[figure] + _PLACES[place]
        gap = False
    return said
