"""EXP3 against its regret bound and the value of an inspection game (MODEL 5)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.randomness import Draws, arrival_keys, salt
from sim.smuggling.exp3 import Exp3
from tests.verification.proof import prove

F64 = NDArray[np.float64]

_ARMS = 3


def _regret(horizon: int, replications: int, draws: Draws) -> F64:
    """Return regret a round of each replication: best arm in hindsight less what was earned.

    Rewards are the hardest of Auer et al. (2002, theorem 5.1): fair coins but for one arm, better
    by a gap of the order sqrt(K / T), which no learner can tell apart sooner.
    """
    arms = _ARMS
    means = np.full(arms, 0.5)
    means[1] += math.sqrt(arms / horizon)
    group = np.repeat(np.arange(replications), arms)
    learners = Exp3(group, Exp3.exploration_for(arms, horizon))
    learner, total = np.arange(replications), np.zeros(replications * arms)
    earned = np.zeros(replications)
    for t in range(horizon):
        u = draws.keyed("reward", np.arange(group.size), t, horizon)
        reward = (u.reshape(-1, arms) < means).astype(float).ravel()
        played = learners.play(learner, draws.keyed("play", learner, t, horizon))
        plays = np.zeros(group.size)
        plays[played] = 1.0
        learners.learn(plays, reward)
        total += reward
        earned += reward[played]
    best = total.reshape(replications, arms).max(axis=1)
    return np.asarray((best - earned) / horizon)


def test_regret_falls_like_the_root_of_the_horizon() -> None:
    replications, draws = 40, Draws(2)
    horizons = np.array([500, 1000, 2000, 4000, 8000])
    regrets = np.stack([_regret(int(t), replications, draws) for t in horizons])
    bound = 2.63 * np.sqrt(3 * math.log(3) / horizons)
    assert (regrets.mean(axis=1) < bound).all()
    x = np.log(horizons) - np.log(horizons).mean()
    mean = regrets.mean(axis=1)
    slope = float(x @ np.log(mean) / (x @ x))
    # Error of ln(mean) at each horizon, carried through the least-squares weights.
    relative = regrets.std(axis=1, ddof=1) / math.sqrt(replications) / mean
    error = float(math.sqrt(((x * relative) ** 2).sum()) / (x @ x))
    prove("5.1", slope, -0.5, error)


def test_two_learners_come_to_the_value_of_the_inspection_game() -> None:
    """Washburn & Wood 1995: an evader takes one of three arcs, an inspector watches one.

    A constant exploration leaves a bias of its own order in play; it is small enough here to lie
    within the standard error. The first third of the rounds is the way there.
    """
    replications, horizon, way, draws = 16, 60_000, 20_000, Draws(6)
    detection = np.array([0.9, 0.6, 0.3])
    value = float(1.0 / (1.0 / detection).sum())
    inspection = value / detection
    assert round(value, 6) == 0.163636
    assert np.round(inspection, 4).tolist() == [0.1818, 0.2727, 0.5455]
    players = 2 * replications
    arms = np.repeat(np.arange(players), 3)
    both, each, play = Exp3(arms, 0.01), np.arange(players), salt("play")
    keys, at_arc = arrival_keys("players", players), np.tile(detection, players)
    caught, inspected = np.zeros(replications), np.zeros(arms.size)
    plays, reward = np.zeros(arms.size), np.zeros(arms.size)
    for t in range(horizon):
        arm = both.play(each, draws.uniform(draws.event_base(keys, np.full(players, t)), play))
        evader, inspector = arm[:replications], arm[replications:]
        met = np.where(evader + 3 * replications == inspector, at_arc[evader], 0.0)
        plays[:] = 0.0
        plays[arm] = 1.0
        reward[evader], reward[inspector] = 1.0 - met, met
        both.learn(plays, reward)
        if t >= way:
            caught += met
            inspected[inspector] += 1.0
    caught /= horizon - way
    shares = inspected[3 * replications :].reshape(-1, 3) / (horizon - way)
    root = math.sqrt(replications)
    prove("5.2", float(caught.mean()), value, float(caught.std(ddof=1)) / root)
    for k, proof in enumerate(("5.3", "5.4", "5.5")):
        error = float(shares[:, k].std(ddof=1)) / root
        prove(proof, float(shares[:, k].mean()), float(inspection[k]), error)
