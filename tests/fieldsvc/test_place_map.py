"""The drawing of where a visit was: metres are metres, north is up, and nothing outside is asked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fieldsvc.office.visiting.place_map import FARTHEST, SIZE, Place, draw, metres

HERE = Place(26.6, 106.7, 12)


def test_a_place_a_hundred_metres_north_lies_straight_above() -> None:
    north = Place(26.6 + 100 / 111_320, 106.7, 10, "v", "earlier")
    drawn = draw(HERE, [north])
    (point,) = drawn.points
    assert point.metres == 100
    assert point.x == drawn.middle
    assert abs((drawn.middle - point.y) / 100 - drawn.bar / drawn.bar_metres) < 0.02


def test_a_place_in_the_next_town_is_named_and_not_drawn() -> None:
    drawn = draw(HERE, [Place(26.7, 106.7, 10, "v", "earlier")])
    assert drawn.points == []
    assert drawn.far[0].metres > FARTHEST


def test_across_the_date_line_it_is_still_near() -> None:
    east, _ = metres(Place(0, 179.9999, 5), Place(0, -179.9999, 5))
    assert 0 < east < 30


@given(
    lat=st.floats(-89, 89), lon=st.floats(-180, 180), accuracy=st.integers(0, 10_000_000),
    others=st.lists(st.tuples(st.floats(-0.02, 0.02), st.floats(-0.02, 0.02)), max_size=8),
)  # fmt: skip
def test_everything_drawn_lies_on_the_sheet(
    lat: float, lon: float, accuracy: int, others: list[tuple[float, float]]
) -> None:
    here = Place(lat, lon, accuracy)
    drawn = draw(here, [Place(lat + up, lon + right, 5, "v") for up, right in others])
    assert 0 <= drawn.radius <= SIZE / 2
    assert drawn.bar <= SIZE - 60
    assert all(0 <= point.x <= SIZE and 0 <= point.y <= SIZE for point in drawn.points)
