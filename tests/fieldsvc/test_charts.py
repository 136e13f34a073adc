"""Charts: what is drawn is what the figures say, whatever the figures are."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fieldsvc.office.figures.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Series, bars, lines, scale


@given(highest=st.integers(0, 10**9))
def test_a_scale_begins_at_zero_holds_the_highest_and_has_few_round_figures(highest: int) -> None:
    ticks = scale(highest)
    step = ticks[1]
    assert ticks[0] == 0
    assert ticks[-1] >= highest
    assert 3 <= len(ticks) <= 6
    assert ticks == [step * n for n in range(len(ticks))]
    assert int(str(step).rstrip("0")) in (1, 2, 5)


@given(
    values=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), min_size=1, max_size=60),
    planned=st.integers(0, 9000),
)
def test_bars_are_as_high_as_their_figures_and_stay_on_the_sheet(values: list[tuple[int, int]], planned: int) -> None:
    done, nobody = ([pair[n] for pair in values] for n in (0, 1))
    plan = Series("planned", "plan", [planned] * len(values))
    drawn = bars(
        id="c", title="t", says="s", labels=[str(n) for n in range(len(values))],
        stacked=[Series("done", "completed", done), Series("nobody", "no_access", nobody)], plan=plan, first="day",
    )  # fmt: skip
    for box in drawn.boxes:
        assert LEFT - 3 <= box.x <= box.x + box.width <= WIDTH - RIGHT + 3
        assert TOP - 0.2 <= box.y <= box.y + box.height <= HEIGHT - BOTTOM + 1.2
    heights = {box.says: box.height for box in drawn.boxes if box.tone == "completed"}
    figures = {f"{n}: done {value}": value for n, value in enumerate(done) if value}
    assert heights.keys() == figures.keys()
    whole = scale(max(*(sum(pair) for pair in values), planned, 0))[-1]
    for says, value in figures.items():
        assert abs(heights[says] - max(1, value * (HEIGHT - TOP - BOTTOM) / whole)) < 0.3
    assert [row[2:] for row in drawn.rows] == [list(pair) for pair in values]


def test_a_chart_of_nothing_is_a_chart() -> None:
    drawn = bars(id="c", title="t", says="s", labels=[], stacked=[Series("done", "completed", [])])
    assert (drawn.boxes, drawn.rows) == ([], [])
    drawn = lines(id="c", title="t", says="s", labels=[], length=1, series=[Series("done", "completed", [])], rows=[])
    assert drawn.lines == []


def test_names_at_the_ends_of_lines_do_not_lie_upon_each_other() -> None:
    same = [Series(name, "plan", [0, 5, 10]) for name in ("one", "two", "three")]
    drawn = lines(id="c", title="t", says="s", labels=[], length=3, series=same, rows=[])
    heights = sorted(mark.y for mark in drawn.marks)
    assert all(after - before >= 16 for before, after in pairwise(heights))
