"""What holds at the green border for any parties, patrols and factors (MODEL 6)."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from sim.control.aftermath import AftermathTable
from sim.control.race import INTERCEPTED, OUTCOMES, OUTSIDE, Units
from sim.control.sectors import Sectors, whole_units
from sim.kernels.race import needed, until_cover
from sim.randomness import Draws
from tests.border_rows import CLOCK, aftermath, bases, officers, races_won, sector, sectors, widths

F64 = NDArray[np.float64]
_FEW = settings(max_examples=30, deadline=None)


def _crowd(count: int, places: int, draws: Draws) -> dict[str, Any]:
    row = np.arange(count)
    return {
        "sector": (draws.keyed("where", row) * places).astype(np.intp),
        "end": 10.0 + 12.0 * draws.keyed("end", row),
        "stay": 0.5 + 6.0 * draws.keyed("stay", row),
        "persons": (1 + 8 * draws.keyed("persons", row)).astype(np.uint8),
        "base": bases(count, draws),
    }


def _world(patrols: int, sight: float, outside: float) -> Sectors:
    specs = [sector(f"s{i}", sensors=i, sensor_range="1 km") for i in range(3)]
    after = [aftermath(sight_share=sight, outside_share=outside)]
    world = sectors(*specs, width=widths(3.0, 2.0), after=after)
    world.set_duty(0, officers(2 * patrols, 3))
    return world


_worlds = st.tuples(
    st.integers(0, 5), st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.integers(0, 2**32 - 1)
)


@_FEW
@given(_worlds, st.integers(1, 120))
def test_outcomes_do_not_depend_on_the_order_of_rows(
    world: tuple[int, float, float, int], count: int
) -> None:
    patrols, sight, outside, seed = world
    draws = Draws(seed)
    crowd = _crowd(count, 3, draws)
    order = np.argsort(draws.keyed("order", np.arange(count)))
    one, two = _world(patrols, sight, outside), _world(patrols, sight, outside)
    straight = one.encounter(**crowd, hour=10.0)
    shuffled = two.encounter(**{name: column[order] for name, column in crowd.items()}, hour=10.0)
    assert (straight[order] == shuffled).all()
    assert (one.units.busy_until == two.units.busy_until).all()


@_FEW
@given(_worlds, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_no_factor_raises_returns_outside_procedure(
    world: tuple[int, float, float, int], border: float, country: float
) -> None:
    patrols, sight, outside, seed = world
    draws = Draws(seed)
    crowd = _crowd(80, 3, draws)
    plain, lowered = _world(patrols, sight, outside), _world(patrols, sight, outside)
    lowered.aftermath.set_outside_factor(border, border="AAA-BBB")
    lowered.aftermath.set_outside_factor(country, country="AAA")
    before = plain.encounter(**crowd, hour=10.0)
    after = lowered.encounter(**crowd, hour=10.0)
    # Nobody is pushed back who was not before; they are intercepted and registered instead.
    assert (before[after == OUTSIDE] == OUTSIDE).all()
    changed = before != after
    assert (before[changed] == OUTSIDE).all()
    assert (after[changed] == INTERCEPTED).all()


@_FEW
@given(st.floats().filter(lambda x: not 0.0 <= x <= 1.0))
def test_a_factor_beyond_one_or_below_zero_is_refused(factor: float) -> None:
    table = AftermathTable([aftermath(outside_share=0.1)], [sector()], CLOCK)
    with pytest.raises(ValueError, match="raise a harm"):
        table.set_outside_factor(factor, border="AAA-BBB")
    assert table.at(0).outside.tolist() == [0.1]


_detections = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.floats(0.0, 30.0),
        st.integers(1, 4),
        st.floats(0.0, 6.0),
    ),
    min_size=1,
    max_size=40,
)


def _serve(units: Units, rows: list[Any], on_duty: int) -> NDArray[np.bool_]:
    where, at, enough, hours = zip(*rows, strict=True)
    return races_won(units, where, at, np.full(len(rows), on_duty), enough, hours)


@_FEW
@given(_detections, st.integers(0, 4), st.integers(1, 5))
def test_no_unit_serves_two_at_once(rows: list[Any], on_duty: int, calls: int) -> None:
    units = Units(2)
    units.make_room(on_duty)
    served = []
    for part in range(calls):
        mine = rows[part::calls]
        if mine:
            won = _serve(units, mine, on_duty)
            served += [row for row, ok in zip(mine, won, strict=True) if ok]
    for where in (0, 1):
        spans = [(at, at + hours) for s, at, _, hours in served if s == where]
        for at, _ in spans:
            assert sum(begin <= at < end for begin, end in spans) <= on_duty


@_FEW
@given(_detections, st.integers(0, 4))
def test_one_more_unit_loses_nobody(rows: list[Any], on_duty: int) -> None:
    """Detections in time order: who is reached by n units is reached by n + 1 too.

    A win takes one unit and n + 1 units have at most one more busy, so as many are free.
    """
    fewer, more = Units(2), Units(2)
    fewer.make_room(on_duty)
    more.make_room(on_duty + 1)
    half = sorted(rows, key=lambda row: row[1])
    cut = len(half) // 2
    for part in (half[:cut], half[cut:]):
        if part:
            assert not (_serve(fewer, part, on_duty) & ~_serve(more, part, on_duty + 1)).any()


@_FEW
@given(
    st.floats(0.0, 0.999), st.floats(0.0, 0.999), st.floats(0.0, 5.0), st.floats(0.0, 2.0),
    st.floats(0.0, 60.0), st.floats(0.5, 200.0), st.integers(1, 12),
)  # fmt: skip
def test_units_needed_is_the_race(
    near: float, hide: float, cover: float, alert: float, speed: float, length: float, free: int
) -> None:
    draw, covered = until_cover(
        np.log1p(-near), np.log1p(-hide), cover, alert, 2.0 * speed / length
    )
    enough = needed(draw, np.log1p(covered))
    distance = length / 2.0 * (1.0 - (1.0 - near) ** (1.0 / free))
    hidden_in = -cover * np.log1p(-hide)
    margin = speed * (hidden_in - alert) - distance
    if abs(margin) > 1e-6 * length:
        assert (free >= enough) == (margin > 0.0)


@_FEW
@given(st.lists(st.floats(0.0, 6.0), min_size=1, max_size=60), st.floats(0.0, 0.999))
def test_whole_units_keep_the_mean(mean: list[float], carry: float) -> None:
    units, left = whole_units(np.array([mean]), np.array([carry]))
    assert (units >= 0).all()
    total = carry + sum(mean) - units.sum()
    assert total == pytest.approx(left[0, -1], abs=1e-6)
    assert -1e-6 <= total < 1.0 + 1e-6


@_FEW
@given(st.integers(0, 2**32 - 1))
def test_coverage_adds_up_over_a_stay(seed: int) -> None:
    draws = Draws(seed)
    world = _world(3, 0.0, 0.0)
    crowd = _crowd(50, 3, draws)
    where, end, stay = crowd["sector"], crowd["end"], crowd["stay"]
    part = stay * draws.keyed("part", np.arange(50))
    whole = world.coverage_of(where, end, stay)
    assert (whole >= 0).all()
    assert world.coverage_of(where, end, part) + world.coverage_of(
        where, end - part, stay - part
    ) == pytest.approx(whole, abs=1e-9)


def test_no_function_of_the_border_knows_origin_or_profile() -> None:
    for kind in (Sectors, AftermathTable, Units):
        for name, function in inspect.getmembers(kind, inspect.isfunction):
            names = set(inspect.signature(function).parameters)
            assert not names & {"origin", "profile", "nationality", "group"}, name
    assert len(OUTCOMES) == 5
