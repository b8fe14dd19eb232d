"""What people believe (MODEL 4): reports that fade, arrive late and are mixed; awareness."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.movement.knowledge import Awareness, Beliefs
from sim.randomness import Draws
from tests.verification.proof import prove

HALF_LIFE, DELAY = 60.0, 14
FADE = 2.0 ** (-1.0 / HALF_LIFE)


def beliefs(
    prior: float = 0.5,
    profiles: int = 1,
    strength: float = 20.0,
    half_life: float = HALF_LIFE,
    delay: int = DELAY,
    mixing: float = 0.0,
    legs: int = 2,
) -> Beliefs:
    return Beliefs(np.full(legs, prior), profiles, strength, half_life, delay, mixing)


def report(known: Beliefs, stops: float, passes: float, profile: int = 0, guided: bool = False,
           leg: int = 0) -> None:  # fmt: skip
    """Report whole persons stopped and passed on a leg."""
    for count, stopped in ((stops, True), (passes, False)):
        if count:
            known.report(
                np.array([profile]), np.array([leg]), np.array([guided]), np.array([count]),
                np.array([stopped]),
            )  # fmt: skip


def test_a_constant_chance_of_being_stopped_is_learnt() -> None:
    # Each day n persons, each stopped with chance p; weights fade by rho a day.
    p, n, days, strength, prior = 0.31, 50, 700, 20.0, 0.7
    known, draws = beliefs(prior, strength=strength), Draws(3)
    for day in range(days):
        u = draws.keyed("stopped", day, np.arange(n))
        zeros = np.zeros(n, np.intp)
        known.report(zeros, zeros, zeros.astype(bool), np.ones(n, np.uint8), u < p)
        known.daily()
    weights = FADE ** np.arange(days - DELAY)
    heard = n * weights.sum()
    expected = (strength * prior + heard * p) / (strength + heard)
    error = math.sqrt(p * (1 - p) * n * (weights**2).sum()) / (strength + heard)
    assert error < 0.01
    prove("4.13", float(known.stopped()[0, 0, 0]), expected, error)
    # The prior's weight left is under 1 %, so that the belief is the truth within its error.
    prove("4.13", float(known.stopped()[0, 0, 0]), p, error, tolerance_in_se=4.0)
    assert known.stopped()[0, 1, 0] == prior


def test_a_step_moves_the_belief_with_the_stated_delay_and_half_life() -> None:
    before, after, n, strength = 0.25, 0.75, 40.0, 1e-6
    known = beliefs(strength=strength)
    for _ in range(4000):
        report(known, n * before, n * (1 - before))
        known.daily()
    prove("4.14", float(known.stopped()[0, 0, 0]), before, 0.0, absolute=1e-9)
    path = []
    for _ in range(DELAY + 2 * int(HALF_LIFE) + 1):
        report(known, n * after, n * (1 - after))
        known.daily()
        path.append(float(known.stopped()[0, 0, 0]))
    # Closing day k lets in the news of day k - delay: nothing moves before.
    assert np.allclose(path[:DELAY], before, atol=1e-12)
    assert path[DELAY] > before + 1e-3
    half, quarter = path[DELAY + int(HALF_LIFE) - 1], path[DELAY + 2 * int(HALF_LIFE) - 1]
    prove("4.15", half, (before + after) / 2, 0.0, absolute=1e-9)
    prove("4.15", quarter, after - (after - before) / 4, 0.0, absolute=1e-9)


@pytest.mark.parametrize("delay", [0, 1, 14])
def test_news_is_late_by_the_stated_days(delay: int) -> None:
    known = beliefs(0.5, delay=delay)
    report(known, 10, 0)
    heard = []
    for _ in range(20):
        known.daily()
        heard.append(float(known.stopped()[0, 0, 0]) > 0.5)
    assert heard.index(True) == delay
    assert all(heard[delay:])


def test_a_leg_nobody_reports_on_drifts_back_to_its_prior() -> None:
    prior, strength = 0.3, 20.0
    known = beliefs(prior, strength=strength, delay=0)
    report(known, 90, 10)
    known.daily()
    prove("4.16", float(known.stopped()[0, 0, 0]), (6 + 90) / (20 + 100), 0.0, absolute=1e-12)
    for _ in range(int(HALF_LIFE)):
        known.daily()
    prove("4.16", float(known.stopped()[0, 0, 0]), (6 + 45) / (20 + 50), 0.0, absolute=1e-9)
    for _ in range(3000):
        known.daily()
    prove("4.16", float(known.stopped()[0, 0, 0]), prior, 0.0, absolute=1e-9)


def test_news_counts_persons() -> None:
    known = beliefs(0.5, strength=10.0, delay=0)
    report(known, 4, 0)
    known.daily()
    prove("4.16", float(known.stopped()[0, 0, 0]), 9 / 14, 0.0, absolute=1e-12)


def test_guided_and_alone_are_reported_apart() -> None:
    known = beliefs(0.5, delay=0)
    report(known, 0, 30, guided=True)
    known.daily()
    assert known.stopped()[0, 0, 0] == 0.5
    assert known.stopped()[0, 0, 1] < 0.5


@pytest.mark.parametrize("mixing", [0.0, 0.3, 1.0])
def test_mixing_is_row_stochastic(mixing: float) -> None:
    profiles, prior, strength = 4, 0.5, 20.0
    shares = np.zeros((profiles, profiles))
    for teller in range(profiles):
        known = beliefs(prior, profiles, strength, delay=0, mixing=mixing)
        report(known, 100, 0, profile=teller)
        known.daily()
        p = known.stopped()[:, 0, 0]
        # (a0 + m) / (S + m) = p with only stops heard, so that m = (p S - a0) / (1 - p).
        shares[:, teller] = (p * strength - prior * strength) / (1 - p) / 100
    prove("4.17", float(np.abs(shares.sum(axis=1) - 1).max()), 0.0, 0.0, absolute=1e-12)
    expected = (1 - mixing) * np.eye(profiles) + mixing / profiles
    prove("4.17", float(np.abs(shares - expected).max()), 0.0, 0.0, absolute=1e-12)


def test_news_of_all_alike_is_heard_alike_whatever_the_mixing() -> None:
    heard = []
    for mixing in (0.0, 0.5):
        known = beliefs(0.5, 3, delay=0, mixing=mixing)
        for profile in range(3):
            report(known, 7, 5, profile=profile)
        known.daily()
        heard.append(known.stopped())
    assert np.allclose(heard[0], heard[1], atol=1e-14)


def test_awareness_by_hand() -> None:
    # A <- A + (1 - A)(1 - exp(-kappa S / N)), S of 14 days ago.
    a0, kappa, pool = 0.001, 3.0, 1000.0
    known = Awareness(np.array([a0]), [[1, 2]], legs=4, kappa=kappa, delay=DELAY)
    passages = np.array([500, 6, 4, 800])
    for _ in range(DELAY):
        known.daily(passages, pool)
        assert known.value[0] == a0
    known.daily(passages, pool)
    once = a0 + (1 - a0) * (1 - math.exp(-0.03))
    prove("4.18", float(known.value[0]), once, 0.0, absolute=1e-12)
    known.daily(np.zeros(4), pool)
    # 1 - A falls by exp(-kappa S / N) a day: after n days of news, (1 - a0) exp(-0.03 n).
    prove("4.18", float(known.value[0]), 1 - (1 - a0) * math.exp(-0.06), 0.0, absolute=1e-12)


def test_awareness_forgets_nothing_and_stays_below_one() -> None:
    known = Awareness(np.array([0.2, 0.0]), [[0], [1]], legs=2, kappa=3.0, delay=0)
    for _ in range(50):
        known.daily(np.array([1000.0, 0.0]), 10.0)
    assert known.value[0] <= 1.0
    assert known.value[0] > 0.999
    assert known.value[1] == 0.0


def test_awareness_of_one_route_is_not_raised_by_another() -> None:
    known = Awareness(np.array([0.1, 0.1]), [[0], [1]], legs=3, kappa=3.0, delay=0)
    known.daily(np.array([0.0, 5.0, 700.0]), 100.0)
    assert known.value[0] == 0.1
    prove("4.18", float(known.value[1]), 1 - 0.9 * math.exp(-0.15), 0.0, absolute=1e-12)


def test_an_empty_pool_counts_as_one_person() -> None:
    known = Awareness(np.array([0.0]), [[0]], legs=1, kappa=1.0, delay=0)
    known.daily(np.array([2.0]), 0.0)
    prove("4.18", float(known.value[0]), 1 - math.exp(-2.0), 0.0, absolute=1e-12)


def test_reports_are_heard_alike_in_any_order() -> None:
    # Whole persons: sums are exact, so that the order of parties in a window does not matter.
    draws, n = Draws(4), 500
    u = draws.keyed("party", np.arange(n))
    leg = (u * 2).astype(np.intp)
    persons = 1 + (draws.keyed("size", np.arange(n)) * 6).astype(np.uint8)
    stopped = draws.keyed("stop", np.arange(n)) < 0.4
    order = np.argsort(draws.keyed("order", np.arange(n)))
    heard = []
    for pick in (np.arange(n), order):
        known = beliefs(delay=0)
        zeros = np.zeros(n, np.intp)
        known.report(zeros, leg[pick], zeros.astype(bool), persons[pick], stopped[pick])
        known.daily()
        heard.append(known.stopped())
    assert (heard[0] == heard[1]).all()
