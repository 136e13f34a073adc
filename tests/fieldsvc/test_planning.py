"""The plan as the office makes it, through its pages: moving, cancelling, the order of a route."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from fieldsvc.db import db
from fieldsvc.planning import campaigns, moves

Json = dict[str, Any]

HOSTILE = "<script>alert(1)</script>𠮷\u202e" + "长" * 120


def test_a_moved_visit_leaves_the_phone_when_its_day_is_far_and_comes_back_with_the_day(
    client_as, plan, phone_of, document, today
) -> None:
    visit = plan(day=today + timedelta(days=1))
    phone, office = phone_of("inspector"), client_as("office")
    assert visit["id"] in phone.visits
    page, action = f"/office/plan/visits/{visit['id']}", f"/office/plan/visits/{visit['id']}"
    office.submit(page, action, date=str(today + timedelta(days=60)), **{"from": "14:00", "to": "15:30"})
    assert document(visit)["planned"] == {"date": str(today + timedelta(days=60)), "from": "14:00", "to": "15:30"}
    assert visit["id"] in phone.sync()["gone"]
    office.submit(page, action, date=str(today + timedelta(days=2)))
    phone.sync()
    assert phone.visits[visit["id"]]["planned"]["date"] == str(today + timedelta(days=2))


@pytest.mark.both_databases
def test_a_cancelled_visit_leaves_the_phone_and_planning_it_again_brings_it_back(
    client_as, plan, phone_of, document, today
) -> None:
    visit = plan()
    phone, office = phone_of("inspector"), client_as("office")
    page = f"/office/plan/visits/{visit['id']}"
    office.submit(page, f"{page}/cancel", reason="拆迁")
    assert (document(visit)["state"], document(visit)["cancelled"]["reason"]) == ("cancelled", "拆迁")
    assert visit["id"] in phone.sync()["gone"]
    fresh = phone_of("inspector")
    assert visit["id"] not in fresh.visits
    assert "拆迁" in office.get(page).text
    assert "拆迁" in office.get(f"/office/visits/{visit['id']}").text
    office.submit(page, page, date=str(today))
    assert document(visit)["state"] == "planned"
    phone.sync()
    assert visit["id"] in phone.visits


def test_what_a_phone_did_without_a_network_wins_over_a_cancel(client_as, plan, phone_of, document) -> None:
    visit = plan()
    phone, office = phone_of("inspector"), client_as("office")
    phone.op(visit["id"], "visit.start")
    page = f"/office/plan/visits/{visit['id']}"
    office.submit(page, f"{page}/cancel", reason="x")
    assert document(visit)["state"] == "cancelled"
    answer = phone.sync()
    assert [one["status"] for one in answer["results"]] == ["applied"]
    assert visit["id"] not in answer["gone"]
    assert phone.visits[visit["id"]]["state"] == "started"
    assert office.post(f"{page}/cancel", data={"reason": "y"}).status_code in (302, 303, 400)
    assert document(visit)["state"] == "started"


def test_a_phone_can_neither_plan_nor_cancel(plan, phone_of) -> None:
    visit, phone = plan(), phone_of("inspector")
    phone.op(visit["id"], "visit.cancel", reason="x")
    phone.op(visit["id"], "visit.plan", date="2026-12-01")
    assert {one["status"] for one in phone.sync()["results"]} == {"quarantined"}


def route_of(client: Any, today: date) -> list[str]:
    shown = client.get(f"/office/plan?day={today}").text
    return re.findall(r'data-stop="([^"]+)"', shown)


@pytest.mark.both_databases
def test_the_arrows_move_a_visit_along_the_route_and_the_phone_gets_the_order(
    client_as, plan, phone_of, document, today
) -> None:
    visits = [plan(room=f"{n}01") for n in (1, 2, 3)]
    ids = [one["id"] for one in visits]
    office = client_as("office")
    assert route_of(office, today) == ids
    office.submit(f"/office/plan?day={today}", "/office/plan/move", do=f"up:{ids[2]}")
    assert route_of(office, today) == [ids[0], ids[2], ids[1]]
    office.submit(f"/office/plan?day={today}", "/office/plan/move", do=f"down:{ids[0]}")
    assert route_of(office, today) == [ids[2], ids[0], ids[1]]
    phone = phone_of("inspector")
    orders = [phone.visits[one]["planned"]["order"] for one in (ids[2], ids[0], ids[1])]
    assert orders == sorted(orders)
    assert all(document(one)["planned"]["from"] == "09:00" for one in visits)


def test_dragging_into_another_technicians_route_gives_the_visit_away_at_its_place(
    client_as, plan, document, today
) -> None:
    mine, theirs = plan(room="101"), [plan(room=room, assignee="colleague") for room in ("201", "301")]
    office = client_as("office")
    ids = [theirs[0]["id"], mine["id"], theirs[1]["id"]]
    assert arrange(office, today, "colleague", mine, ids)["refused"] == 0
    assert document(mine)["assignee"]["name"] == "李梅"
    assert route_of(office, today) == ids


def arrange(office: Any, day: date, username: str, moved: Json, ids: list[str], **more: str) -> Json:
    """Send what dragging sends."""
    data = {"day": str(day), "username": username, "moved": moved["id"], "ids": ",".join(ids), **more}
    answer = office.post("/office/plan/arrange", data={"csrf_token": token_of(office), **data})
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def test_a_drag_on_a_stale_board_leaves_what_a_colleague_has_moved_meanwhile(client_as, plan, document, today) -> None:
    first, second, dragged, gone, given = (plan(room=f"{n}01") for n in range(1, 6))
    office, later = client_as("office"), today + timedelta(days=3)
    ids = [one["id"] for one in (first, gone, dragged, given, second)]  # as the stale board shows them
    for visit, fields in ((gone, {"to_day": str(later)}), (given, {"username": "colleague"})):
        office.submit(f"/office/plan?day={today}", "/office/plan/move", do="move", visit=visit["id"], **fields)
    before = document(gone)["version"], document(given)["version"]
    answer = arrange(office, today, "inspector", dragged, ids)
    assert (document(gone)["planned"]["date"], document(given)["assignee"]["name"]) == (str(later), "李梅")
    assert (document(gone)["version"], document(given)["version"]) == before
    assert answer["refused"] == 2
    assert "其他人已改动，保持其现状。 (2)" in office.get("/office/plan").text
    mine = [one for one in route_of(office, today) if one != given["id"]]
    assert mine == [first["id"], dragged["id"], second["id"]]


def test_a_drag_that_is_refused_half_way_changes_nothing(client_as, plan, document, today) -> None:
    visits, office = [plan(room=f"{n}01", assignee=None) for n in range(1, 4)], client_as("office")
    data = {"day": str(today), "username": "nobody-here", "moved": visits[2]["id"]}
    ids = ",".join(one["id"] for one in reversed(visits))
    answer = office.post("/office/plan/arrange", data={"csrf_token": token_of(office), "ids": ids, **data})
    assert answer.status_code == 422
    assert [document(one)["version"] for one in visits] == [one["version"] for one in visits]


def test_nobodys_visits_are_put_in_order_and_never_taken_from_somebody(client_as, plan, document, today) -> None:
    first, second, taken = plan(room="101", assignee=None), plan(room="201", assignee=None), plan(room="301")
    office = client_as("office")
    answer = arrange(office, today, "", second, [taken["id"], second["id"], first["id"]])
    assert answer["refused"] == 1
    assert document(taken)["assignee"]["name"] == "王小明" and document(taken)["version"] == taken["version"]
    order = route_of(office, today)
    assert order.index(second["id"]) < order.index(first["id"])


def test_the_page_of_a_visit_refuses_a_plan_that_was_made_before_a_colleagues(client_as, plan, document, today) -> None:
    visit, office, colleague = plan(), client_as("office"), client_as("admin")
    page, mine, theirs = f"/office/plan/visits/{visit['id']}", today + timedelta(days=2), today + timedelta(days=5)
    shown = office.get(page).text
    base = re.search(r'name="base" value="([^"]+)"', shown)
    assert base
    colleague.submit(page, page, date=str(theirs), username="colleague", **{"from": "14:00", "to": "15:00"})
    typed = {"date": str(mine), "from": "08:15", "to": "09:45", "username": "", "base": base[1]}
    answer = office.submit(page, page, **typed)
    assert answer.status_code == 409
    assert document(visit)["planned"]["date"] == str(theirs)
    assert 'role="alert"' in answer.text and "李梅" in answer.text and "14:00–15:00" in answer.text
    assert all(f'value="{said}"' in answer.text for said in (mine, "08:15", "09:45"))
    assert f'name="base" value="{document(visit)["version"]}"' in answer.text
    assert office.submit(page, page, **{**typed, "base": str(document(visit)["version"])}).status_code == 303
    assert document(visit)["planned"]["date"] == str(mine)


def token_of(client: Any) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/office/plan").text)
    assert found
    return found[1]


def test_many_ticked_visits_go_to_another_day_and_person_at_once_and_closed_ones_are_named(
    client_as, plan, phone_of, document, today
) -> None:
    visits = [plan(room=f"{n}01") for n in range(1, 4)]
    phone = phone_of("inspector")
    phone.op(visits[0]["id"], "visit.close", outcome="refused")
    phone.sync()
    office, later = client_as("office"), today + timedelta(days=3)
    answer = office.submit(
        f"/office/plan?day={today}",
        "/office/plan/move",
        do="move",
        visit=[one["id"] for one in visits],
        to_day=str(later),
        username="colleague",
    )
    page = office.get(answer.headers["Location"]).text
    assert "Closed meanwhile" in page or "已结束" in page or "已关闭" in page
    assert [document(one)["planned"]["date"] for one in visits] == [str(today), str(later), str(later)]
    assert [document(one)["assignee"]["name"] for one in visits] == ["王小明", "李梅", "李梅"]


@pytest.mark.parametrize(
    "fields",
    [
        {"do": "move"},
        {"do": "cancel"},
        {"do": "move", "to_day": "2001-01-01"},
        {"do": "move", "to_day": "yesterday"},
        {"do": "move", "username": "nobody at all"},
        {"do": "up:" + "x" * 50},
        {"do": ""},
    ],
)
def test_a_board_that_is_asked_for_nothing_sensible_changes_nothing(
    client_as, plan, document, today, fields: Json
) -> None:
    visit = plan()
    office = client_as("office")
    answer = office.submit(f"/office/plan?day={today}", "/office/plan/move", visit=visit["id"], **fields)
    assert answer.status_code in (303, 422)
    assert document(visit)["version"] == visit["version"]


def test_planning_is_the_offices_and_needs_its_token(client_as, plan, document, today) -> None:
    visit = plan()
    addresses = ["", "/due", "/due/customers", "/itself", "/campaigns", "/campaigns/new", f"/visits/{visit['id']}"]
    for address in addresses:
        assert client_as("inspector").get(f"/office/plan{address}").status_code in (302, 403)
        assert client_as("office").get(f"/office/plan{address}").status_code == 200
    for address in ("/move", "/arrange", f"/visits/{visit['id']}", f"/visits/{visit['id']}/cancel", "/campaigns"):
        answer = client_as("office").post(f"/office/plan{address}", data={"reason": "x", "day": str(today)})
        assert answer.status_code == 400, address
    assert document(visit)["version"] == visit["version"]


def test_hostile_names_and_an_empty_store_do_not_break_the_pages(client_as, plan, today) -> None:
    office = client_as("office")
    for address in ("", "/due", "/due/customers", "/itself", "/campaigns", "/campaigns/new"):
        assert office.get(f"/office/plan{address}").status_code == 200
    visit = plan(name=HOSTILE[:190], address=HOSTILE, district=HOSTILE[:100], building="<b>&\"'")
    asked = f"district={HOSTILE[:100]}&address={HOSTILE}"
    for address in (
        f"?day={today}",
        "/due",
        f"/due?{asked}",
        "/due/customers",
        f"/visits/{visit['id']}",
        "?day=0000-99-99&technician=nobody",
    ):
        page = office.get(f"/office/plan{address}")
        assert page.status_code == 200
        assert "<script>alert" not in page.text


def test_places_in_a_route_are_kept_where_they_rise_so_that_one_move_writes_one_entry() -> None:
    day = date(2026, 11, 22)

    def laid(*orders: int | None) -> list[int]:
        return moves.places([{"planned": {"date": str(day), "order": one}} for one in orders], day=day)

    assert laid(None, None, None) == [10, 20, 30]
    assert laid(20, 10, 30, 40) == [5, 10, 30, 40]
    assert laid(10, 40, 20, 30)[:1] == [10]
    for orders in ([3, 2, 1], [10, 11, 12], [1, 1, 1], [5, None, 6], [None, 1, 2]):
        found = laid(*orders)
        assert found == sorted(set(found)), (orders, found)


def test_many_visits_are_moved_a_few_a_transaction_and_what_was_done_is_said_when_it_stops(
    client_as, plan, document, today, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    visits, later = [plan(room=f"{n}01") for n in range(1, 6)], today + timedelta(days=3)
    whole, asked_for = moves.many, []

    def many(*, ids: Any, **given: Any) -> moves.Outcome:
        asked_for.append(len(ids))
        outcome = whole(ids=ids, **given)
        if len(asked_for) == 3:
            raise OperationalError("BEGIN", {}, TimeoutError("other writers took too long"))
        return outcome

    monkeypatch.setattr(moves, "AT_ONCE", 2, raising=False)
    monkeypatch.setattr(moves, "many", many)
    office, ids = client_as("office"), [one["id"] for one in visits]
    page = f"/office/plan?day={today}"
    answer = office.submit(page, "/office/plan/move", do="move", visit=ids, to_day=str(later))
    assert answer.status_code == 303
    assert asked_for == [2, 2, 1]
    moved = [document(one)["planned"]["date"] == str(later) for one in visits]
    assert moved == [True, True, True, True, False]
    said = office.get(page).text
    assert "已调整4户" in said and 'class="said bad"' in said


def test_a_batch_of_a_campaign_is_short_for_those_who_wait_to_write(app, client_as) -> None:
    assert campaigns.BATCH <= 20
    assert moves.AT_ONCE <= 20


def test_the_board_is_read_before_the_line_of_writers_is_taken(
    client_as, plan, today, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fieldsvc.planning import board_pages

    visits = [plan(room=f"{n}01") for n in (1, 2)]
    whole, inside = board_pages.board, []

    def board(**given: Any) -> Any:
        inside.append("after_commit" in db.session().info)
        return whole(**given)

    monkeypatch.setattr(board_pages, "board", board)
    office = client_as("office")
    office.submit(f"/office/plan?day={today}", "/office/plan/move", do=f"up:{visits[1]['id']}")
    assert route_of(office, today)[0] == visits[1]["id"]
    assert inside and not any(inside)
