"""Rosters against arithmetic: duty hours, rest, civil time, books (MODEL 5a)."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.clock import Clock
from sim.control.rosters import (
    SERVICES,
    Rosters,
    Station,
)
from sim.errors import ModelError
from sim.scenario.duty import officers_needed, require_coverage, weekly_duty_hours
from sim.scenario.measures import Posting
from sim.scenario.specs.control import ShiftPattern
from tests.verification.proof import prove

ZONE = "Europe/Belgrade"
POLICE, CUSTOMS = SERVICES.index("border_police"), SERVICES.index("customs")


def pattern(name: str, *shifts: str, **changes: object) -> ShiftPattern:
    row = {
        "id": name, "shifts": shifts, "weights": [1] * len(shifts), "presence": 0.79,
        "weekly_hours": 40, **changes,
    }  # fmt: skip
    return ShiftPattern.model_validate(row)


THREE = pattern("three", "06:00-14:00", "14:00-22:00", "22:00-06:00")
TWO = pattern("two", "06:00-18:00", "18:00-06:00")


def base(target: str, officers: float, country: str = "SRB", service: str = "border_police",
         measure: str = "", hours: str | None = None) -> Posting:  # fmt: skip
    return Posting(measure, target, country, service, officers, date.min, None, hours)


def rosters(clock: Clock, *postings: Posting, shifts: ShiftPattern = TWO) -> Rosters:
    stations = [Station(t, "SRB", ZONE, shifts) for t in ("post:bridge", "sector:hills")]
    return Rosters(stations, postings, {"three": THREE, "two": TWO}, clock)


def test_one_position_round_the_clock_needs_five_officers() -> None:
    """168 h over 0.79 x 40 h; the same with two shifts as with three."""
    for shifts in (THREE, TWO):
        assert officers_needed(1, 168, shifts) == pytest.approx(168 / (0.79 * 40))
    prove("5a.2", officers_needed(1, 168, THREE), 5.3165, 0.0, absolute=1e-3)


def test_three_officers_cannot_staff_a_desk_all_week() -> None:
    with pytest.raises(
        ModelError, match=r"3 officers cannot staff 1 position\(s\) 168 hours.*5\.3"
    ):
        require_coverage("post:bridge", 3, 1, 168, THREE)
    require_coverage("post:bridge", 6, 1, 168, THREE)


def test_officers_on_duty_average_exactly_what_the_books_give() -> None:
    """Over a year the whole officers differ from the duty hours by less than a day's shifts."""
    clock = Clock(date(2017, 1, 1), date(2018, 1, 1), ZONE)
    roster = rosters(clock, base("post:bridge", 7.0), shifts=THREE)
    hours = sum(int(roster.plan(24 * d, 24)[0].sum()) for d in range(365))
    expected = 7.0 * 0.79 * 40.0 / 168.0
    prove("5a.3", hours / 8760.0, expected, 0.0, absolute=24.0 / 8760.0)


def test_shifts_never_differ_by_more_than_one_officer_from_day_to_day() -> None:
    clock = Clock(date(2017, 1, 1), date(2017, 3, 1), ZONE)
    roster = rosters(clock, base("post:bridge", 33.0), shifts=THREE)
    duty = roster.plan(0, clock.hours)[0, POLICE]
    assert duty.dtype == np.int64
    assert int(duty.max() - duty.min()) == 1


@pytest.mark.parametrize(
    ("length", "rest", "weekly", "hours"),
    [(8, 11, 40, 40), (8, 11, 60, 56), (12, 11, 60, 60), (12, 13, 60, 42), (24, 11, 100, 84)],
)
def test_rest_bounds_the_week(length: float, rest: float, weekly: float, hours: float) -> None:
    """12 h and 13 h of rest pass a day, so the shift is worked every second day."""
    rule = pattern("one", "00:00-08:00", rest=rest, weekly_hours=weekly)
    assert weekly_duty_hours(rule, length) == pytest.approx(hours)


@pytest.mark.parametrize(
    ("evening", "hours"),
    [(date(2018, 10, 27), 13), (date(2018, 3, 24), 11), (date(2018, 6, 1), 12)],
)
def test_the_night_shift_follows_the_clock_on_the_wall(evening: date, hours: int) -> None:
    """A night shift 18:00-06:00 across the end of summer time has 13 hours, across March 11."""
    clock = Clock(date(2018, 1, 1), date(2019, 1, 1), ZONE)
    night = pattern("night", "18:00-06:00")
    roster = rosters(clock, base("post:bridge", 1000.0), shifts=night)
    begin = clock.hour_of(evening)
    duty = roster.plan(begin + 12, 24)[0, POLICE]
    assert int((duty > 0).sum()) == hours
    prove(
        {13: "5a.4", 11: "5a.5", 12: "5a.6"}[hours], float((duty > 0).sum()), hours, 0.0,
        absolute=1e-9,
    )  # fmt: skip


def test_a_posting_with_hours_serves_only_its_span() -> None:
    clock = Clock(date(2018, 9, 1), date(2018, 10, 1), ZONE)
    roster = rosters(clock)
    roster.begin(base("sector:hills", 84.0, measure="nights", hours="20:00-04:00"))
    duty = roster.plan(0, clock.hours)[1, POLICE]
    on = np.flatnonzero(duty.reshape(-1, 24).sum(axis=0))
    assert on.tolist() == [0, 1, 2, 3, 20, 21, 22, 23]
    # 84 x 0.79 x 40 / 7 shifts of 8 h.
    assert duty[duty > 0].mean() == pytest.approx(84 * 0.79 * 40 / 56, abs=0.05)


def test_officers_are_conserved_when_a_measure_moves_them() -> None:
    clock = Clock(date(2018, 1, 1), date(2018, 2, 1), ZONE)
    roster = rosters(clock, base("post:bridge", 20), base("post:bridge", 5, service="customs"))
    gain = base("sector:hills", 12, measure="patrol")
    loss = base("post:bridge", -12, measure="patrol")
    before = roster.books()
    roster.begin(gain)
    roster.begin(loss)
    roster.verify()
    assert roster.books() == before == {("SRB", "border_police"): 20, ("SRB", "customs"): 5}
    moved = roster.plan(0, clock.hours)
    assert moved[1, POLICE].mean() == pytest.approx(12 * 0.79 * 40 / 168, rel=0.02)
    assert moved[0, CUSTOMS].mean() == pytest.approx(5 * 0.79 * 40 / 168, rel=0.02)
    roster.end(gain)
    with pytest.raises(ModelError, match="SRB, border_police: expected 20 on the books, found 8"):
        roster.verify("SRB")
    roster.verify("MNE")
    roster.end(loss)
    roster.verify()


def test_a_measure_may_add_officers_but_take_none_that_are_not_there() -> None:
    clock = Clock(date(2018, 1, 1), date(2018, 2, 1), ZONE)
    roster = rosters(clock, base("post:bridge", 20))
    roster.begin(base("post:bridge", 10, "AUT", measure="guests"))
    roster.verify()
    assert roster.books()["AUT", "border_police"] == 10
    with pytest.raises(ModelError, match=r"takes 25 border_police officers of SRB.*which has 20"):
        roster.begin(base("post:bridge", -25, measure="away"))
    with pytest.raises(ModelError, match="post:nowhere has no roster"):
        roster.begin(base("post:nowhere", 1, measure="away"))


def test_one_more_station_changes_no_other_roster() -> None:
    clock = Clock(date(2018, 1, 1), date(2018, 3, 1), ZONE)
    alone = Rosters([Station("post:b", "SRB", ZONE, TWO)], [base("post:b", 9)], {}, clock)
    both = Rosters(
        [Station("post:a", "SRB", ZONE, TWO), Station("post:b", "SRB", ZONE, TWO)],
        [base("post:a", 31), base("post:b", 9)], {}, clock,
    )  # fmt: skip
    assert (alone.plan(0, 700)[0] == both.plan(0, 700)[1]).all()


def test_a_shift_off_the_hour_is_refused() -> None:
    clock = Clock(date(2018, 1, 1), date(2018, 1, 3), ZONE)
    with pytest.raises(ModelError, match="shift pattern odd: shifts begin and end on the hour"):
        rosters(clock, shifts=pattern("odd", "06:30-14:30"))
