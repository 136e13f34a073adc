"""A visit's page tells its history: what was overtaken, contradicted or late, where it was, and before beside after."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from fieldsvc import clock
from tests.fieldsvc.test_office_visit import picture

Json = dict[str, Any]
HERE = {"lat": 26_590_200, "lon": 106_706_900, "accuracy": 15}
HAZARD = {"code": "HOSE-02", "item": "hose", "level": 2, "position": "after_appliance_valve", "solutions": [0]}


def entries(page: str) -> dict[int, str]:
    """The rows of the history by their numbers, tags taken off."""
    rows = re.findall(r'<tr class="op-[^"]*" id="entry-(\d+)">(.*?)</tr>', page, flags=re.DOTALL)
    return {int(number): " ".join(re.sub(r"<[^>]*>", " ", row).split()) for number, row in rows}


def test_an_entry_that_a_later_one_overtook_names_it(
    client_as: Callable[[str], Any], plan: Callable[..., Json], phone_of: Callable[[str], Any]
) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    phone.op(visit, "check.set", item="hose", point="HOSE-C2", result="pass")
    phone.op(visit, "check.set", item="hose", point="HOSE-C2", result="fail")
    phone.op(visit, "note.add", text="门口有狗")
    phone.sync()
    page = client_as("office").get(f"/office/visits/{visit}").text
    shown = entries(page)
    assert shown[1].endswith("已被取代：第 2")
    assert "取代" not in shown[2]
    assert "取代" not in shown[3]
    assert 'class="op-applied past" id="entry-1"' in page


def test_entries_that_had_not_seen_each_other_name_each_other(
    client_as: Callable[[str], Any], plan: Callable[..., Json], phone_of: Callable[[str], Any]
) -> None:
    visit = plan()["id"]
    one, other = phone_of("inspector"), phone_of("inspector")
    one.op(visit, "check.set", item="hose", point="HOSE-C2", result="pass")
    other.op(visit, "check.set", item="hose", point="HOSE-C2", result="fail")
    one.sync()
    other.sync()
    shown = entries(client_as("office").get(f"/office/visits/{visit}").text)
    assert shown[1].endswith("与之矛盾：第 2")
    assert shown[2].endswith("与之矛盾：第 1")


def test_what_waits_for_a_person_is_among_the_entries_to_look_at(
    client_as: Callable[[str], Any], plan: Callable[..., Json], phone_of: Callable[[str], Any]
) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    phone.op(visit, "visit.close", outcome="completed")
    phone.sync()
    phone.op(visit, "check.set", item="hose", point="HOSE-C2", result="pass")
    phone.sync()
    page = client_as("office").get(f"/office/visits/{visit}?entries=trouble").text
    assert list(entries(page)) == [2]


def test_the_history_is_filtered_by_what_it_is_about(
    client_as: Callable[[str], Any], plan: Callable[..., Json], phone_of: Callable[[str], Any]
) -> None:
    visit = plan()
    phone = phone_of("inspector")
    phone.op(visit["id"], "visit.start", location=HERE)
    phone.op(visit["id"], "reading.set", meter=visit["meters"][0]["id"], value="1300", running=True)
    phone.op(visit["id"], "hazard.add", hazard=clock.new_id(), due="2099-01-01", stop_gas="none", **HAZARD)
    phone.sync()
    office = client_as("office")
    for group, numbers in (("door", [1]), ("meter", [2]), ("hazards", [3]), ("nonsense", [1, 2, 3]), ("", [1, 2, 3])):
        page = office.get(f"/office/visits/{visit['id']}?entries={group}").text
        assert list(entries(page)) == numbers, group
    assert re.search(r'href="/office/people#phone-[0-9a-f-]{36}">D\d\d', page)


def test_a_late_entry_and_a_clock_ahead_are_said(
    client_as: Callable[[str], Any], plan: Callable[..., Json], phone_of: Callable[[str], Any]
) -> None:
    visit = plan()["id"]
    phone = phone_of("inspector")
    for hours, text in ((-5.5, "甲"), (0, "乙"), (0.5, "丙"), (-24 * 3, "丁")):
        phone.op(visit, "note.add", text=text)["at"] = clock.rfc3339(clock.now() + timedelta(hours=hours))
    phone.sync()
    shown = entries(client_as("office").get(f"/office/visits/{visit}").text)
    assert "5 小时后到达" in shown[1]
    assert "到达" not in shown[2]
    assert re.search(r"手机时钟快 (29|30) 分钟", shown[3])
    assert "3 天后到达" in shown[4]


def test_the_place_is_drawn_beside_earlier_ones_and_can_be_copied(
    client_as: Callable[[str], Any], plan: Callable[..., Json], phone_of: Callable[[str], Any]
) -> None:
    phone = phone_of("inspector")
    earlier, neighbour, far, nowhere, now = (plan(account=account) for account in ("H1", "H2", "H1", "H1", "H1"))
    for visit, north in ((earlier, 300), (neighbour, 600), (far, 90_000), (now, 0)):
        phone.op(visit["id"], "visit.start", location={**HERE, "lat": HERE["lat"] + north})
    phone.op(nowhere["id"], "visit.start")
    phone.sync()
    office = client_as("office")
    page = office.get(f"/office/visits/{now['id']}").text
    card = page[page.index('id="place"') : page.index('id="documents"')]
    assert 'value="26.590200, 106.706900"' in card
    assert f"/office/visits/{earlier['id']}#place" in card
    assert f"/office/visits/{neighbour['id']}#place" in card
    assert card.count('class="before same"') == 1
    assert card.count('class="before"') == 1
    assert "2 公里以外" in card
    assert 'id="place"' not in office.get(f"/office/visits/{nowhere['id']}").text


def test_a_reinspection_shows_the_photos_of_before_beside_those_of_after(
    client_as: Callable[[str], Any], plan: Callable[..., Json], phone_of: Callable[[str], Any]
) -> None:
    phone, hazard = phone_of("inspector"), clock.new_id()
    found, again = plan(account="H9"), plan(account="H9", type="gas.reinspection")
    before, after = phone.upload(picture("red")), phone.upload(picture("green"))
    taken = clock.rfc3339(clock.now())
    phone.op(found["id"], "hazard.add", hazard=hazard, due="2099-01-01", stop_gas="none", **HAZARD)
    phone.op(found["id"], "photo.add", sha256=before, purpose="hazard", ref=hazard, taken_at=taken)
    phone.op(again["id"], "hazard.verify", hazard=hazard, result="fixed", note="已换")
    phone.op(again["id"], "photo.add", sha256=after, purpose="hazard", ref=hazard, taken_at=taken)
    phone.sync()
    page = client_as("office").get(f"/office/visits/{again['id']}").text
    card = page[page.index('id="before-after"') : page.index('id="items"')]
    assert card.index(before) < card.index("整改后") < card.index(after)
    assert f"/office/visits/{found['id']}" in card
