"""Routes swing when police follow the flow and memories are short (MODEL 4, SHIFT.md).

Two like paths; the chance of being stopped on one rises with its share of last week's flow. In
a loop of gain G with a delay of d days and fading by a half-life H (time constant
tau = H / ln 2), swings grow if G > sqrt(1 + (w tau)^2) with atan(w tau) + w d = pi (a first-order
lag with dead time: the phase margin is spent). The gain is that of the binary logit,
``G = 2 g (h + c) / (4 mu (1 - p)^2)``, g the rise of the chance with the share.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.movement.choice import RouteChoice
from sim.movement.knowledge import Beliefs
from sim.randomness import Draws, arrival_keys, salt
from tests.verification.proof import prove
from tests.verification.small_graphs import PARAMETERS, graph_of, made_by, offers_of, terms_of

COST, LOST, FOLLOW = 5.0, 0.5, 0.5
DELAY, REPOSTED = 14, 7
#: Judged over the last third: while few reports are in, memory is short and all routes swing.
PARTIES, DAYS = 300, 1680


@dataclass(frozen=True)
class Swing:
    """How a route's weekly share moved over the last third of a run."""

    mean: float
    spread: float


def simulate(half_life: float, mu: float, seed: int = 1) -> Swing:
    graph = graph_of([("a", "z", "hill"), ("a", "z", "river")])
    choice = RouteChoice(graph, 1, replace(PARAMETERS, mu=mu, lost_time=LOST), offers_of([]))
    terms = replace(
        terms_of(graph, {"hill": COST, "river": COST}, {"z": 0.0}), controlled=np.ones(2, bool)
    )
    # A first rumour favours one path: what follows is the model's own doing.
    known = Beliefs(np.array([0.45, 0.55]), 1, 20.0, half_life, DELAY, 0.0)
    draws, keys = Draws(seed), arrival_keys("sea", PARTIES * DAYS)
    stopped_share = np.full(2, 0.5)
    flows: NDArray[np.float64] = np.zeros((DAYS, 2))
    zeros = np.zeros(PARTIES, np.intp)
    for day in range(DAYS):
        if day % REPOSTED == 0:
            choice.solve(replace(terms, stopped=known.stopped()), np.empty(0))
            if day:
                week = flows[day - REPOSTED : day].sum(axis=0)
                stopped_share = 0.5 + FOLLOW * (week / week.sum() - 0.5)
        base = draws.event_base(keys[day * PARTIES : (day + 1) * PARTIES], zeros)
        leg = made_by(choice, base).leg
        stopped = draws.uniform(base, salt("stopped")) < stopped_share[leg]
        known.report(zeros, leg, zeros.astype(bool), np.ones(PARTIES, np.uint8), stopped)
        known.daily()
        flows[day] = np.bincount(leg, minlength=2)
    weeks = flows[2 * DAYS // 3 :]
    weeks = weeks[: len(weeks) // 7 * 7].reshape(-1, 7, 2).sum(axis=1)
    share = weeks[:, 0] / weeks.sum(axis=1)
    return Swing(float(share.mean()), float(share.std()))


def loop_gain(mu: float, p: float = 0.5) -> float:
    return 2 * FOLLOW * (LOST + COST) / (4 * mu * (1 - p) ** 2)


def gain_that_swings(half_life: float) -> float:
    """Return the least gain with growing swings; news and postings are held for a week."""
    tau, late = half_life / math.log(2), DELAY + REPOSTED / 2
    low, high = 1e-9, math.pi / late
    for _ in range(80):
        w = (low + high) / 2
        low, high = (w, high) if math.atan(w * tau) + w * late < math.pi else (low, w)
    return math.sqrt(1 + (low * tau) ** 2)


#: Spread of a weekly share by chance alone; a loop short of swinging still amplifies it.
CHANCE = math.sqrt(0.25 / (7 * PARTIES))
#: A steady share spreads at most so many times as much as chance, a swinging one at least so many.
STEADY, SWINGING = 8.0, 25.0
SEEDS = (1, 2, 3, 4)


def spread(half_life: float, mu: float) -> tuple[float, float]:
    """Return the mean spread in units of chance over independent replications, and its error."""
    each = [simulate(half_life, mu, seed).spread / CHANCE for seed in SEEDS]
    return float(np.mean(each)), float(np.std(each, ddof=1) / math.sqrt(len(each)))


def test_theory_puts_the_default_below_and_short_memory_above_the_threshold() -> None:
    assert gain_that_swings(20.0) < loop_gain(1.0) < gain_that_swings(60.0)
    assert loop_gain(3.0) < gain_that_swings(20.0)


def test_half_life_of_60_days_does_not_swing_when_police_follow_the_flow() -> None:
    for half_life in (60.0, 120.0):
        mean, error = spread(half_life, mu=1.0)
        prove("4.19", max(mean - STEADY, 0.0), 0.0, error)


def test_half_life_of_20_days_swings_when_police_follow_the_flow() -> None:
    for half_life in (10.0, 20.0):
        mean, error = spread(half_life, mu=1.0)
        prove("4.20", max(SWINGING - mean, 0.0), 0.0, error)


def test_a_choice_less_sharp_does_not_swing_even_with_short_memory() -> None:
    mean, error = spread(20.0, mu=3.0)
    prove("4.21", max(mean - STEADY, 0.0), 0.0, error)
