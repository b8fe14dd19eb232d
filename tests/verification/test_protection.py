"""Hazards and identification against their closed forms (MODEL 14)."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.clock import Clock
from sim.errors import ModelError
from sim.protection.hazards import Hazards, Struck
from sim.protection.screening import ScreeningDesks
from sim.randomness import Draws, arrival_keys
from sim.scenario.specs.control import Hazard, Screening
from sim.scenario.specs.geography import Leg
from tests.screened import screened
from tests.verification.proof import prove

CLOCK = Clock(date(2017, 11, 30), date(2018, 3, 2), "Europe/Belgrade")
JUNE = Clock(date(2018, 6, 1), date(2018, 7, 1), "Europe/Belgrade")
REPLICATIONS = 20
PARTIES = 50_000


def leg(name: str, hazard: str | None) -> Leg:
    return Leg.model_validate(
        {"id": name, "from": "a", "to": "b", "mode": "foot", "distance": 10, "duration": 5,
         "hazard": hazard}
    )  # fmt: skip


def hazard(deaths: float, injuries: float, winter: float = 1.0) -> Hazard:
    return Hazard.model_validate(
        {"id": "hills", "mode": "foot", "winter_factor": winter, "deaths": deaths,
         "injuries": injuries}
    )  # fmt: skip


def events(draws: Draws, count: int) -> np.ndarray:
    return draws.event_base(arrival_keys("proof", count), np.zeros(count, np.int64))


def by_party(struck: Struck, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return deaths and injuries of every party, 0 where nobody is struck."""
    deaths, injuries = np.zeros((2, count), np.int64)
    deaths[struck.which], injuries[struck.which] = struck.deaths, struck.injuries
    return deaths, injuries


def totals(hour: int, clock: Clock, winter: float) -> tuple[np.ndarray, np.ndarray]:
    hazards = Hazards([hazard(200, 800, winter)], [leg("x", "hills")], clock)
    deaths, injuries = np.empty(REPLICATIONS), np.empty(REPLICATIONS)
    for seed in range(REPLICATIONS):
        draws = Draws(seed)
        base = events(draws, PARTIES)
        _, d, i = hazards.strike(
            np.zeros(PARTIES, np.intp), np.full(PARTIES, 10.0), np.full(PARTIES, 4, np.uint8),
            hour, base,
        )  # fmt: skip
        deaths[seed], injuries[seed] = d.sum(), i.sum()
    return deaths, injuries


def test_deaths_are_exposure_times_rate() -> None:
    deaths, _ = totals(0, JUNE, winter=3.0)
    expected = PARTIES * 10.0 * 4 * 200e-6
    prove("14.1", deaths.mean(), expected, deaths.std(ddof=1) / REPLICATIONS**0.5)


def test_injuries_are_exposure_times_rate() -> None:
    _, injuries = totals(0, JUNE, winter=3.0)
    expected = PARTIES * 10.0 * 4 * 800e-6
    prove("14.2", injuries.mean(), expected, injuries.std(ddof=1) / REPLICATIONS**0.5)


def test_the_winter_factor_multiplies_deaths_from_december_to_february() -> None:
    deaths, _ = totals(24, CLOCK, winter=3.0)
    expected = PARTIES * 10.0 * 4 * 200e-6 * 3
    prove("14.3", deaths.mean(), expected, deaths.std(ddof=1) / REPLICATIONS**0.5)


def test_winter_is_three_civil_months() -> None:
    hazards = Hazards([hazard(10, 20, 4.0)], [leg("x", "hills")], CLOCK)
    factors = [hazards.rates(h)[0][0] / 10e-6 for h in range(CLOCK.hours)]
    december = CLOCK.hour_of(date(2017, 12, 1))
    march = CLOCK.hour_of(date(2018, 3, 1))
    expected = np.ones(CLOCK.hours)
    expected[december:march] = 4.0
    assert np.allclose(factors, expected)


def test_events_vary_like_poisson_counts() -> None:
    # Parties of 30 so that the cap of one event a person binds nowhere.
    mean, parties = 30 * 10.0 * (1000 + 3000) * 1e-6, 200_000
    hazards = Hazards([hazard(1000, 3000)], [leg("x", "hills")], JUNE)
    struck = hazards.strike(
        np.zeros(parties, np.intp), np.full(parties, 10.0), np.full(parties, 30, np.uint8), 0,
        events(Draws(5), parties),
    )  # fmt: skip
    counts = sum(by_party(struck, parties))
    # Var of the sample variance of a Poisson: (mu4 - var^2)/n, mu4 = mean + 3 mean^2.
    error = ((mean + 2 * mean**2) / parties) ** 0.5
    prove("14.4", counts.var(), mean, error)
    share = np.mean(counts == 0)
    prove("14.5", share, np.exp(-mean), (np.exp(-mean) * (1 - np.exp(-mean)) / parties) ** 0.5)


def test_nobody_is_struck_twice() -> None:
    hazards = Hazards([hazard(4e5, 4e5)], [leg("x", "hills")], JUNE)
    draws = Draws(1)
    persons = np.tile(np.arange(1, 6, dtype=np.uint8), 200)
    struck = hazards.strike(
        np.zeros(1000, np.intp), np.full(1000, 10.0), persons, 0, events(draws, 1000)
    )
    deaths, injuries = by_party(struck, 1000)
    assert (deaths + injuries <= persons).all()
    assert (deaths + injuries == persons).mean() > 0.8


def test_a_leg_without_a_hazard_row_strikes_nobody() -> None:
    hazards = Hazards([hazard(4e5, 4e5)], [leg("safe", None), leg("x", "hills")], JUNE)
    draws = Draws(1)
    struck = hazards.strike(
        np.zeros(500, np.intp), np.full(500, 1e4), np.full(500, 30, np.uint8), 0,
        events(draws, 500),
    )  # fmt: skip
    assert not struck.which.size
    assert hazards.rates(0)[0][0] == 0


def test_a_lower_rate_adds_no_casualty_to_any_party() -> None:
    draws = Draws(3)
    base = events(draws, 20_000)
    parties = np.zeros(20_000, np.intp), np.full(20_000, 10.0), np.full(20_000, 3, np.uint8)

    def casualties(deaths: float, injuries: float) -> np.ndarray:
        hazards = Hazards([hazard(deaths, injuries)], [leg("x", "hills")], JUNE)
        return sum(by_party(hazards.strike(*parties, 0, base), 20_000))

    high, low = casualties(3000, 6000), casualties(2000, 4000)
    assert (low <= high).all()
    assert low.sum() < high.sum()


def test_an_unknown_hazard_is_refused_by_name() -> None:
    with pytest.raises(ModelError, match="leg 'x' names hazard 'sea'"):
        Hazards([hazard(1, 1)], [leg("x", "sea")], JUNE)


def screening(**changed: float) -> Screening:
    row = {"access_share": 0.7, "registered_share": 0.5, "identify_share": 0.2,
           "false_share": 0.01, "interview": 2, "interviews_per_day": 1e9,
           "referral_share": 0.6, "reflection": 720}  # fmt: skip
    return Screening.model_validate({"id": "aaa", "country": "AAA", **row, **changed})


@pytest.mark.parametrize(
    ("proof", "hours", "field", "expected"),
    [
        ("14.6", 2.0, "identified", 0.2),
        ("14.7", 7.9, "identified", 1 - 0.8**3),
        ("14.8", 7.9, "false_positive", 1 - 0.99**3),
    ],
)
def test_identification_is_one_minus_one_minus_q_to_the_m(
    proof: str, hours: float, field: str, expected: float
) -> None:
    n = 100_000
    desks, draws = ScreeningDesks([screening()], ["AAA"]), Draws(11)
    stopped = screened(
        desks, np.zeros(n, np.intp), np.ones(n, np.int64), np.zeros(n, np.int64),
        np.full(n, field == "identified"), np.zeros(n, np.bool_), np.full(n, hours),
        events(draws, n), 0,
    )  # fmt: skip
    found = getattr(stopped, field)
    prove(proof, found.mean(), expected, (expected * (1 - expected) / n) ** 0.5)


def test_shares_of_claims_and_of_children_referred() -> None:
    n = 100_000
    desks, draws = ScreeningDesks([screening()], ["AAA"]), Draws(12)
    stopped = screened(
        desks, np.zeros(n, np.intp), np.full(n, 2), np.full(n, 2), np.zeros(n, np.bool_),
        np.ones(n, np.bool_), np.zeros(n), events(draws, n), 0,
    )  # fmt: skip
    for proof, share, p in (
        ("14.9", stopped.claim_made.mean(), 0.7),
        ("14.10", stopped.claim_registered.mean(), 0.35),
        ("14.11", stopped.referred.sum() / (2 * n), 0.6),
    ):
        prove(proof, float(share), p, (p * (1 - p) / n) ** 0.5)
