"""The pile of papers lies in the order in which the phone shows the day."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from fieldsvc.printing import route

ROOT = Path(__file__).resolve().parents[2]
SORT = """
import { byRoute } from "./static/app/ui/route_order.js";
let said = "";
for await (const piece of process.stdin) said += piece;
console.log(JSON.stringify(JSON.parse(said).map((day) => day.sort(byRoute).map((visit) => visit.id))));
"""


def some_day(dice: random.Random) -> list[dict[str, Any]]:
    """A day's visits with addresses that are alike in many ways."""

    def part() -> str | None:
        return dice.choice([None, "", "".join(dice.choices("0129甲乙路栋aB-𠮷", k=dice.randrange(5)))])

    return [
        {
            "planned": dice.choice(
                [
                    None,
                    {"date": "2026-11-21", "from": "09:00"},
                    {"date": "2026-11-22", "from": dice.choice([None, "13:30"])},
                ]
            ),
            "start": dice.choice([None, {"at": "2026-11-22T01:00:00.000Z"}]),
            "customer": {name: part() for name in ("address", "building", "unit", "room")},
        }
        for _ in range(dice.randrange(9))
    ]


def test_the_office_and_the_phone_put_the_same_visits_in_the_same_order() -> None:
    dice = random.Random(7)
    days = [some_day(dice) for _ in range(400)]
    for day in days:
        for place, visit in enumerate(day):
            visit.update(id=f"{place}", assignee={"id": "1", "name": "王小明"})
    node = Path(sys.executable).with_name("node")
    answer = subprocess.run(
        [str(node), "--input-type=module", "-e", SORT],
        input=json.dumps(days),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    ours = [[one["id"] for one in sorted(day, key=lambda one: route.key(one, order="route"))] for day in days]
    assert json.loads(answer.stdout) == ours


def test_each_technicians_papers_lie_together_and_nobodys_come_last() -> None:
    def visit(name: str, who: str | None) -> dict[str, Any]:
        return {
            "id": name,
            "assignee": {"id": who, "name": who} if who else None,
            "planned": None,
            "customer": {"address": name},
        }

    pile = [visit("1", None), visit("2", "李梅"), visit("3", "王小明"), visit("4", "李梅")]
    assert [one["id"] for one in sorted(pile, key=lambda one: route.key(one, order="route"))] == ["2", "4", "3", "1"]
    assert [one["id"] for one in sorted(pile, key=lambda one: route.key(one, order="address"))] == ["1", "2", "3", "4"]
