"""A day at a sector: who is out when, who is seen, what follows."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from sim.control.aftermath import ASYLUM, BACK, GAVE_UP, RELEASED, AftermathTable
from sim.control.race import ABORTED, INTERCEPTED, LOST, PASSED
from sim.control.sectors import Sectors, mean_relative_speed
from sim.control.solved_officers import solve_officers
from sim.errors import InputError, ModelError
from sim.kernels import stops
from sim.randomness import Draws
from tests.border_rows import CLOCK, aftermath, bases, officers, sector, sectors, widths

ONE = np.zeros(1, np.intp)
NIGHT_SHIFT = [2] * 4 + [0] * 16 + [2] * 4


def _coverage(world: Sectors, end: float, stay: float) -> float:
    return float(world.coverage_of(ONE, np.array([end]), np.array([stay]))[0])


def _rate(world: Sectors, width: float) -> float:
    """Return W v / A of a unit of the plain test sector at 20 km/h."""
    return width * float(mean_relative_speed(20.0, world.party_speed)) / (40.0 * 8.0)


def _pass(
    world: Sectors, end: list[float], stay: float, draws: Draws | None = None, **more: Any
) -> list[int]:
    count = len(end)
    draws = draws or Draws(1)
    outcome = world.encounter(
        np.zeros(count, np.intp), np.array(end), np.full(count, stay),
        np.full(count, 2, np.uint8), bases(count, draws), end[0], **more,
    )  # fmt: skip
    return [int(code) for code in outcome]


def test_nobody_is_seen_while_nobody_is_out() -> None:
    world = sectors(width=widths(8.0, 8.0))
    world.set_duty(0, officers(NIGHT_SHIFT))
    assert _coverage(world, 12.0, 6.0) == 0.0
    assert _pass(world, [12.0] * 50, 6.0) == [PASSED] * 50
    # 02:30 to 05:30: an hour and a half of one unit.
    assert _coverage(world, 5.5, 3.0) == pytest.approx(1.5 * _rate(world, 8.0))


def test_half_units_go_out_every_other_hour() -> None:
    world = sectors(sector(duty_share=0.25))
    world.set_duty(0, officers(4))
    assert world.coverage.planned_units(0)[0].tolist() == [0, 1] * 12
    world.set_duty(24, officers(5))
    assert world.daily(24)["unit_hours"].tolist() == [12.0]
    world.set_duty(48, officers(5))
    assert world.daily(72)["unit_hours"].tolist() == [30.0]


@pytest.mark.parametrize("pattern", [(5,), (5, 6), (3, 4, 4), (1, 0)])
def test_whole_units_have_the_mean_of_the_quotient_over_many_days(pattern: tuple[int, ...]) -> None:
    world = sectors(sector(duty_share=0.35))
    out = expected = 0.0
    for day in range(300):
        on_duty = pattern[day % len(pattern)]
        world.set_duty(24 * day, officers(on_duty))
        out += float(world.daily(24 * (day + 1))["unit_hours"][0])
        expected += 24 * on_duty * 0.35 / 2
    assert abs(out - expected) < 3.0


def test_duty_planned_anew_at_noon_keeps_the_morning() -> None:
    world = sectors()
    world.set_duty(0, officers(4))
    before = _coverage(world, 10.0, 3.0)
    world.set_duty(12, officers(0, hours=12))
    assert _coverage(world, 10.0, 3.0) == before
    assert _coverage(world, 13.0, 3.0) == pytest.approx(2.0 / 3.0 * before)
    world.set_duty(24, officers(4))
    assert _coverage(world, 25.0, 24.0) == pytest.approx(12.0 / 3.0 * before)


def test_a_stay_across_the_start_of_the_run_meets_ordinary_duty() -> None:
    world = sectors()
    world.set_duty(0, officers(4))
    assert _coverage(world, 1.0, 3.0) == pytest.approx(_coverage(world, 4.0, 3.0))


def test_stays_outside_known_duty_are_refused() -> None:
    world = sectors()
    world.set_duty(0, officers(4))
    with pytest.raises(ModelError, match="known duty"):
        _coverage(world, 25.0, 3.0)
    with pytest.raises(ModelError, match="known duty"):
        _coverage(world, 20.0, 200.0)
    with pytest.raises(ModelError, match="gap"):
        world.set_duty(30, officers(4))


def test_light_is_that_of_the_place() -> None:
    world = sectors(sector("south"), sector("north", lat=66.0))
    hours = np.arange(24)
    south, north = world.night(CLOCK.hour_of(date(2018, 6, 21)) + hours)
    assert south.sum() == 8
    assert north.sum() == 0
    south, north = world.night(hours)
    assert south.sum() == 14
    assert north.sum() > south.sum()


def test_equipment_goes_with_as_many_units_as_there_are_pieces() -> None:
    specs = [sector(f"s{k}", equipment={"thermal_camera": k, "dogs": 1}) for k in range(4)]
    world = sectors(*specs, width=widths(0.5, 0.5, thermal_camera=2.0, dogs=1.0))
    world.set_duty(0, officers(6, 4))
    swept = [0.5 * 2 + 1.0, 0.5 + 1.0 + 2.0, 1.0 + 4.0, 6.0]
    for place, width in enumerate(swept):
        got = world.coverage_of(np.array([place]), np.array([20.0]), np.array([1.0]))
        assert got[0] == pytest.approx(_rate(world, width))


def test_equipment_that_sees_less_than_the_eye_is_left_behind() -> None:
    world = sectors(sector(equipment={"dogs": 3}), width=widths(0.5, 0.5, dogs=0.2))
    world.set_duty(0, officers(2))
    assert _coverage(world, 20.0, 1.0) == pytest.approx(_rate(world, 0.5))


def test_cameras_lent_from_noon_to_six() -> None:
    world = sectors(width=widths(0.5, 0.5, thermal_camera=1.0))
    world.set_duty(0, officers(2))
    world.change(0, "equipment.thermal_camera", 1.0, 12)
    world.change(0, "equipment.thermal_camera", 0.0, 18)
    assert world.value(0, "equipment.thermal_camera") == 0.0
    assert _coverage(world, 24.0, 24.0) == pytest.approx(_rate(world, 0.5) * (18 + 2 * 6))


def test_sensors_see_who_walks_by_without_any_patrol() -> None:
    world = sectors(sector(sensors=4, sensor_range="0.5 km"), after=[aftermath(sight_share=1.0)])
    world.set_duty(0, officers(0))
    # A walk straight through passes 4 x 1 km of 40 km.
    assert _coverage(world, 20.0, 8.0 / world.party_speed) == pytest.approx(0.1)
    # Nobody is there to be seen first, and nobody to run.
    assert set(_pass(world, [20.0] * 200, 8.0)) == {PASSED, LOST}


def test_a_sweep_is_no_wider_than_the_zone() -> None:
    world = sectors(width=widths(100.0, 100.0))
    world.set_duty(0, officers(2))
    assert _coverage(world, 20.0, 1.0) == pytest.approx(_rate(world, 8.0))


def test_the_only_unit_brings_the_first_party_in_and_misses_the_second() -> None:
    spec = sector(cover="1000000 h", alert="0 h", speed="1000 km/h")
    world = sectors(spec, width=widths(8.0, 8.0))
    world.set_duty(0, officers(2))
    # Seen within minutes of 08:00, 09:00 and 12:00; three hours and twelve minutes away each.
    ends = [9.0, 10.0, 13.0]
    assert _pass(world, ends, 1.0) == [INTERCEPTED, LOST, INTERCEPTED]
    assert np.count_nonzero(world.units.busy_until[0] > 10.0) == 1
    assert world.state_of(0) == {"units_on_patrol": 1.0, "units_busy": 0.0}
    day = world.daily(24)
    assert (day["tried"][0], day["lost"][0], day["intercepted"][0]) == (6, 2, 4)
    assert day["interceptions"].tolist() == [2]
    assert world.daily(24)["tried"].tolist() == [0]


def test_race_off_detected_is_intercepted_and_nobody_is_busy() -> None:
    spec = sector(cover="0 h")
    lost = sectors(spec, width=widths(8.0, 8.0))
    off = sectors(spec, width=widths(8.0, 8.0), race=False)
    for world in (lost, off):
        world.set_duty(0, officers(2))
    assert set(_pass(lost, [20.0] * 100, 3.0)) == {PASSED, LOST}
    assert set(_pass(off, [20.0] * 100, 3.0)) == {PASSED, INTERCEPTED}
    assert np.count_nonzero(off.units.busy_until[0] > 20.0) == 0


def test_who_sees_the_patrol_first_turns_back() -> None:
    world = sectors(after=[aftermath(sight_share=1.0)])
    world.set_duty(0, officers(8))
    assert set(_pass(world, [20.0] * 100, 3.0)) == {PASSED, ABORTED}


def test_scouts_wait_for_the_gap_in_the_shift() -> None:
    world = sectors()
    world.set_duty(0, officers([2] * 8 + [0] * 4 + [2] * 12))
    at = np.array([2.5, 6.0, 8.0, 10.0, 20.0])
    where, stay = np.zeros(5, np.intp), np.full(5, 3.0)
    assert world.quiet_wait(where, at, stay, 6).tolist() == [6, 2, 0, 0, 0]
    assert world.quiet_wait(where, at, stay, 16).tolist() == [6, 2, 0, 0, 12]
    assert world.quiet_wait(where, at, stay, 0).tolist() == [0] * 5
    # Planned anew at noon, the day is still the same day.
    world.set_duty(12, officers(2, hours=12))
    assert world.quiet_wait(where, at, stay, 16).tolist() == [6, 2, 0, 0, 12]
    # What they pick is never busier than starting at once.
    wait = world.quiet_wait(where[:4], at[:4], stay[:4], 6)
    later = world.coverage_of(where[:4], np.floor(at[:4]) + wait + 3.0, stay[:4])
    assert (later <= world.coverage_of(where[:4], np.floor(at[:4]) + 3.0, stay[:4]) + 1e-9).all()


def test_measures_set_only_what_can_be_set() -> None:
    world = sectors()
    world.set_duty(0, officers(2))
    world.change(0, "barrier", 4.0, 0)
    assert world.value(0, "barrier") == world.barrier[0] == 4.0
    with pytest.raises(KeyError, match="quantity"):
        world.change(0, "length", 4.0, 0)
    with pytest.raises(ValueError, match="cannot be"):
        world.change(0, "sensors", -1.0, 0)


def test_unknown_widths_are_named() -> None:
    with pytest.raises(InputError, match="river by day"):
        sectors(sector(terrain="river"))
    world = sectors()
    with pytest.raises(InputError, match="with drone"):
        world.change(0, "equipment.drone", 1.0, 0)


def test_a_share_that_no_staff_reaches_is_refused() -> None:
    spec = sector(cover="5 min")
    with pytest.raises(InputError, match="share-out-of-reach"):
        solve_officers(
            spec, 0.9, 4.0, lambda n: 0.19 * n, widths(), [aftermath()], CLOCK, 3.0
        )  # fmt: skip
    assert solve_officers(spec, 0.0, 4.0, lambda n: n, widths(), [aftermath()], CLOCK, 3.0) == 0


# What follows a stop --------------------------------------------------------------------------


def test_the_newest_row_in_force_counts() -> None:
    rows = [
        aftermath("always", held="10 h"),
        aftermath("summer", held="20 h", **{"from": "2018-06-01", "until": "2018-09-01"}),
        aftermath("july", held="30 h", **{"from": "2018-07-01", "until": "2018-08-01"}),
    ]
    table = AftermathTable(rows, [sector()], CLOCK)
    held = {
        day: float(table.at(CLOCK.hour_of(day)).held[0])
        for day in (date(2018, 1, 1), date(2018, 6, 1), date(2018, 7, 15), date(2018, 8, 1),
                    date(2018, 9, 1))
    }  # fmt: skip
    assert list(held.values()) == [10.0, 20.0, 30.0, 20.0, 10.0]
    table.set_held("AAA-BBB", 5.0)
    assert table.at(0).held.tolist() == [5.0]
    table.set_held("AAA-BBB", None)
    assert table.at(0).held.tolist() == [10.0]


def test_factors_of_border_and_country_multiply_and_revert() -> None:
    table = AftermathTable([aftermath(outside_share=0.4)], [sector()], CLOCK)
    table.set_outside_factor(0.5, border="AAA-BBB")
    table.set_outside_factor(0.5, country="AAA")
    table.set_outside_factor(0.0, country="BBB")
    assert table.at(0).outside.tolist() == [0.1]
    assert table.outside_factor(border="AAA-BBB") == table.outside_factor(country="AAA") == 0.5
    table.set_outside_factor(1.0, border="AAA-BBB")
    table.set_outside_factor(1.0, country="AAA")
    assert table.at(0).outside.tolist() == [0.4]


def fates(table: AftermathTable, base: np.ndarray) -> np.ndarray:
    """What becomes of parties held at the table's only place."""
    place = np.zeros(len(base), np.intp)
    fate = np.empty(len(base), np.uint8)
    stops.dispose(place, base, table.salts, table.at(0.0).edges, fate)
    return fate


def test_shares_of_what_follows() -> None:
    count, draws = 40_000, Draws(2)
    table = AftermathTable([aftermath()], [sector()], CLOCK)
    fate = fates(table, bases(count, draws))
    counted = np.bincount(fate, minlength=4) / count
    expected = {BACK: 0.6, RELEASED: 0.2, GAVE_UP: 0.1, ASYLUM: 0.1}
    for code, share in expected.items():
        assert abs(counted[code] - share) < 4.0 * np.sqrt(share * (1 - share) / count)
    alone = aftermath(back_share=0.0, released_share=1.0, gave_up_share=0.0, asylum_share=0.0)
    only = AftermathTable([alone], [sector()], CLOCK)
    assert (fates(only, bases(count, draws)) == RELEASED).all()


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([aftermath(country="BBB")], "aftermath-gap"),
        ([aftermath(**{"from": "2018-03-01"})], "aftermath-gap"),
        ([aftermath(until="2018-03-01")], "aftermath-gap"),
        ([aftermath("one"), aftermath("two")], "aftermath-twice"),
        ([aftermath(back_share=0.7)], "shares-sum"),
    ],
)
def test_gaps_and_doubles_are_refused(rows: list[Any], rule: str) -> None:
    with pytest.raises(InputError) as caught:
        AftermathTable(rows, [sector()], CLOCK)
    assert [problem.rule for problem in caught.value.problems] == [rule]
