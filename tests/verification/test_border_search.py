"""Search and race at the green border against theory (MODEL 5a, 6)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.control import race
from sim.control.race import INTERCEPTED, LOST, OUTCOMES, PASSED, race_won_share
from sim.control.sectors import Sectors, mean_relative_speed
from sim.control.solved_officers import solve_officers
from sim.randomness import Draws
from tests.border_rows import CLOCK, aftermath, bases, officers, races_won, sector, sectors, widths
from tests.verification.proof import prove

F64 = NDArray[np.float64]


def _with_coverage(coverage: float, stay: float, party_speed: float = 3.0) -> Sectors:
    """Return one sector with one unit whose coverage of ``stay`` hours is as given."""
    spec = sector()
    area = spec.length.value * spec.width.value
    speed = float(mean_relative_speed(spec.speed.value, party_speed))
    width = coverage * area / (speed * stay)
    world = sectors(spec, width=widths(width, width), party_speed=party_speed, race=False)
    world.set_duty(0, officers(2))
    return world


@pytest.mark.parametrize(
    ("proof", "coverage", "expected"),
    [("6.1", 0.5, 0.3935), ("6.2", 1.0, 0.6321), ("6.3", 2.0, 0.8647)],
)
def test_random_search(proof: str, coverage: float, expected: float) -> None:
    count, stay, draws = 200_000, 4.0, Draws(11)
    world = _with_coverage(coverage, stay)
    end = stay + (24.0 - stay) * draws.keyed("end", np.arange(count))
    outcome = world.encounter(
        np.zeros(count, np.intp), end, np.full(count, stay), np.ones(count, np.uint8),
        bases(count, draws), 0.0,
    )  # fmt: skip
    seen = float((outcome != PASSED).mean())
    # The table of MODEL 6 has four digits.
    assert round(1.0 - math.exp(-coverage), 4) == expected
    prove(proof, seen, 1.0 - math.exp(-coverage), math.sqrt(seen * (1.0 - seen) / count))


def test_a_stay_in_a_quarter_of_the_shift_has_a_quarter_of_the_coverage() -> None:
    world = sectors()
    world.set_duty(0, officers([0] * 6 + [2] * 12 + [0] * 6))
    one = np.zeros(3, np.intp)
    shift, inside, half_out = world.coverage_of(
        one, np.array([18.0, 11.5, 19.5]), np.array([12.0, 3.0, 3.0])
    )
    assert shift > 0
    prove("6.4", float(inside / shift), 0.25, 0.0, absolute=1e-12)
    prove("6.5", float(half_out / shift), 0.125, 0.0, absolute=1e-12)


# An independent simulation: a patrol walks in a strip, step by step -------------------------

_LENGTH, _WIDTH, _SWEEP, _PATROL, _STEP = 10.0, 4.0, 0.4, 4.0, 0.1
_WALKS = 3000


def _on_strip(distance: F64, size: float) -> F64:
    return np.abs((distance + size / 2.0) % size - size / 2.0)


def _uniform(draws: Draws, what: str, step: int = 0) -> F64:
    return draws.keyed(what, np.arange(_WALKS), step)


def _share_seen(pattern: str, coverage: float, party: float, draws: Draws) -> float:
    """Return the share of parties that come within half a sweep width of the patrol."""
    relative = float(mean_relative_speed(_PATROL, party))
    hours = coverage * _LENGTH * _WIDTH / (_SWEEP * relative)
    steps = round(hours * _PATROL / _STEP)
    x, y = _uniform(draws, "party x") * _LENGTH, _uniform(draws, "party y") * _WIDTH
    party_turn = 2.0 * np.pi * _uniform(draws, "party heading")
    a, b = _uniform(draws, "patrol x") * _LENGTH, _uniform(draws, "patrol y") * _WIDTH
    turn = 2.0 * np.pi * _uniform(draws, "patrol heading")
    seen = np.zeros(_WALKS, bool)
    for step in range(steps):
        near = _on_strip(x - a, _LENGTH) ** 2 + _on_strip(y - b, _WIDTH) ** 2
        seen |= near <= (_SWEEP / 2.0) ** 2
        if pattern == "random":
            again = _uniform(draws, "turns", step) < _STEP / 5.0
            turn = np.where(again, 2.0 * np.pi * _uniform(draws, "new heading", step), turn)
            a, b = a + _STEP * np.cos(turn), b + _STEP * np.sin(turn)
        else:
            a = a + _STEP
            if (step + 1) % round(_LENGTH / _STEP) == 0:
                b = b + _SWEEP
        x = x + party / _PATROL * _STEP * np.cos(party_turn)
        y = y + party / _PATROL * _STEP * np.sin(party_turn)
    return float(seen.mean())


@pytest.mark.parametrize(
    ("proof", "pattern", "coverage", "party"),
    [
        ("6.6", "systematic", 0.5, 0.0),
        ("6.7", "systematic", 1.0, 0.0),
        ("6.8", "random", 0.5, 0.0),
        ("6.9", "random", 1.0, 0.0),
        ("6.10", "random", 1.0, 3.0),
    ],
)
def test_a_walking_patrol_finds_between_random_search_and_all_it_sweeps(
    proof: str, pattern: str, coverage: float, party: float
) -> None:
    share = _share_seen(pattern, coverage, party, Draws(5))
    low, high = 1.0 - math.exp(-coverage), min(1.0, coverage)
    error = math.sqrt(max(share * (1.0 - share), 0.01) / _WALKS)
    outside = max(low - share, share - high, 0.0)
    prove(proof, outside, 0.0, error)


# Race -----------------------------------------------------------------------------------------


def _closed_form(units: int, beta: float) -> float:
    """Return integral_0^1 n y^(n-1) exp(-beta (1-y)) dy by its recursion in n."""
    value = math.exp(-beta)
    for n in range(1, units + 1):
        value = n / beta * (1.0 - value)
    return value


@pytest.mark.parametrize(
    ("proof", "identity", "units"),
    [("6.11", "6.18", 1), ("6.12", "6.19", 2), ("6.13", "6.20", 5)],
)
def test_race_against_closed_form(proof: str, identity: str, units: int) -> None:
    spec, count, draws = sector(length="60 km"), 100_000, Draws(3)
    world = sectors(spec, width=widths(8.0, 8.0))
    world.set_duty(0, officers(2 * units))
    outcome = world.encounter(
        np.zeros(count, np.intp), 10.0 + draws.keyed("end", np.arange(count)),
        np.full(count, 8.0), np.ones(count, np.uint8), bases(count, draws), 0.0,
        busy=np.zeros(count),
    )  # fmt: skip
    seen = outcome != PASSED
    won = float((outcome[seen] == INTERCEPTED).mean())
    alert, cover = spec.alert.value, spec.cover.value
    exact = math.exp(-alert / cover) * _closed_form(units, 60.0 / (2.0 * 20.0 * cover))
    prove(proof, won, exact, math.sqrt(won * (1.0 - won) / seen.sum()))
    quadrature = float(race_won_share(units, 60.0, 20.0, alert, cover))
    prove(identity, quadrature, exact, 0.0, absolute=1e-10)


def test_race_is_lost_without_units_cover_time_or_speed() -> None:
    assert race_won_share(np.arange(3), 10.0, 20.0, 0.1, 1.0)[0] == 0.0
    assert race_won_share(3, 10.0, 20.0, 0.1, 0.0) == 0.0
    assert race_won_share(3, 10.0, 0.0, 0.1, 1.0) == 0.0


def test_outcomes_of_encounters_sum_to_one() -> None:
    count, draws = 20_000, Draws(8)
    world = sectors(after=[aftermath(sight_share=0.3, outside_share=0.2)])
    world.set_duty(0, officers(8))
    persons = (np.arange(count) % 7 + 1).astype(np.uint8)
    outcome = world.encounter(
        np.zeros(count, np.intp), 6.0 + 12.0 * draws.keyed("end", np.arange(count)),
        np.full(count, 4.0), persons, bases(count, draws), 0.0,
    )  # fmt: skip
    assert set(np.unique(outcome)) == set(range(5))
    shares = [persons[outcome == code].sum() / persons.sum() for code in range(5)]
    day = world.daily()
    counted = [float(day[name][0]) / persons.sum() for name in OUTCOMES]
    prove("6.14", sum(counted), 1.0, 0.0, absolute=1e-12)
    assert counted == pytest.approx(shares, abs=1e-12)


def test_blocked_share_is_erlang_b() -> None:
    """Twenty sectors are twenty replications: 3 units, load 2, exponential busy time of 1 h."""
    replications, days, draws = 20, 120, Draws(21)
    # Whoever comes is seen at once and reached at once, if a unit is free.
    specs = [
        sector(f"r{i}", length="1 m", speed="1000 km/h", alert="0 h", cover="1000000 h")
        for i in range(replications)
    ]
    world = sectors(*specs, width=widths(8.0, 8.0))
    lost, seen = np.zeros(replications), np.zeros(replications)
    per_day = 110
    row = np.arange(replications * per_day)
    where = row // per_day
    for day in range(days):
        world.set_duty(24 * day, officers(6, replications))
        gap = -np.log1p(-draws.keyed("gap", row, day)).reshape(replications, per_day) / 2.0
        # Memoryless: a day's arrivals start afresh at its first hour.
        at = (24.0 * day + np.cumsum(gap, axis=1)).ravel()
        assert at.reshape(replications, -1)[:, -1].min() > 24.0 * (day + 1)
        here = at < 24.0 * (day + 1) - 0.01
        busy = -np.log1p(-draws.keyed("busy", row, day))
        outcome = world.encounter(
            where[here], at[here] + 0.01, np.full(int(here.sum()), 0.01),
            np.ones(int(here.sum()), np.uint8), bases(row.size, draws, day)[here],
            24.0 * day, busy[here],
        )  # fmt: skip
        assert (outcome != PASSED).all()
        if day:
            lost += np.bincount(where[here], outcome == LOST, replications)
            seen += np.bincount(where[here], minlength=replications)
    blocked = lost / seen
    erlang_b = (2.0**3 / 6.0) / sum(2.0**k / math.factorial(k) for k in range(4))
    assert round(erlang_b, 6) == 0.210526
    error = float(blocked.std(ddof=1)) / math.sqrt(replications)
    prove("5a.11", float(blocked.mean()), erlang_b, error)


# Officers solved from a share -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("proof", "share", "sensors"), [("6.15", 0.3, 0), ("6.16", 0.6, 0), ("6.17", 0.5, 10)]
)
def test_solved_officers_stop_the_share(proof: str, share: float, sensors: int) -> None:
    spec = sector(sensors=sensors, sensor_range="0.5 km", duty_share=0.6, cover="3 h")
    after, width = [aftermath(sight_share=0.4)], widths(1.2, 0.4)
    on_duty = np.repeat([0.14, 0.10, 0.24], 8)

    def roster(books: float) -> F64:
        return books * on_duty

    stay = 3.5
    books = solve_officers(spec, share, stay, roster, width, after, CLOCK, 3.0)
    world = Sectors([spec], width, after, CLOCK, 3.0)
    draws, per_day, stopped = Draws(4), 400, []
    for day in range(0, 364):
        # Whole officers whose mean is the roster's: the day's remainder rotates.
        mean = roster(books)
        whole = np.floor(mean + (day + 0.5) % 100 / 100.0)
        world.set_duty(24 * day, officers(whole))
        if day % 7 == 3:
            u = draws.keyed("end", np.arange(per_day), day)
            outcome = world.encounter(
                np.zeros(per_day, np.intp), 24.0 * (day + u), np.full(per_day, stay),
                np.ones(per_day, np.uint8), bases(per_day, draws, day), 24.0 * day,
                np.zeros(per_day),
            )  # fmt: skip
            stopped.append(float((outcome > LOST).mean()))
    error = float(np.std(stopped, ddof=1)) / math.sqrt(len(stopped))
    prove(proof, float(np.mean(stopped)), share, error)


def test_races_of_one_call_end_as_one_after_another() -> None:
    """Against units in plain lists, that are sent out by the hour of each detection."""
    draws = Draws(7)

    def u(case: int, what: str, count: int) -> NDArray[np.float64]:
        return draws.keyed(what, case, np.arange(count))

    wins = 0
    for case in range(300):
        sectors, units, races = (int(1 + n * u(case, "size", 3)[i]) for i, n in
                                 enumerate((5, 11, 60)))  # fmt: skip
        busy = np.sort(u(case, "busy", sectors * units).reshape(sectors, units) * 8 - 5, axis=1)
        sector = (u(case, "sector", races) * sectors).astype(np.intp)
        at = np.floor(u(case, "at", races) * 40) / 40
        on_duty = (1 + u(case, "duty", races) * units).astype(np.intp)
        needed = (1 + u(case, "needed", races) * 3).astype(np.intp)
        hours = 0.01 + 3 * u(case, "hours", races)
        patrol = race.Units(sectors)
        patrol.busy_until = busy.copy()
        won = races_won(patrol, sector, at, on_duty, needed, hours)
        until = busy.tolist()
        for i in sorted(range(races), key=lambda i: (at[i], i)):
            away = until[sector[i]]
            free = on_duty[i] - sum(hour > at[i] for hour in away)
            assert won[i] == (free >= needed[i])
            if won[i]:
                away[:] = sorted([*sorted(away)[1:], at[i] + hours[i]])
        assert patrol.busy_until.tolist() == until
        wins += int(won.sum())
    assert wins > 1000
