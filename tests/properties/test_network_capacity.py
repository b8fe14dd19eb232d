"""Capacity without favour: who an offer takes, for any parties, quotas and orders (MODEL 5)."""

from __future__ import annotations

import copy

import numpy as np
from hypothesis import given, settings, strategies as st

from sim.randomness import Draws
from sim.smuggling.exp3 import Exp3
from sim.smuggling.networks import Networks
from tests.border_rows import LEGS, PARAMETERS, bases, network

_FEW = settings(max_examples=40, deadline=None)
_asks = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 30)), min_size=1, max_size=60)


def _open(quota: list[float]) -> Networks:
    networks = Networks(
        [network("a", capacity=100), network("b", capacity=100)], LEGS, PARAMETERS, "adaptive"
    )
    networks.begin_window(0, 24)
    networks.quota[:] = quota
    return networks


@_FEW
@given(
    _asks, st.lists(st.floats(0.0, 50.0), min_size=4, max_size=4), st.integers(0, 2**32 - 1)
)  # fmt: skip
def test_capacity_is_kept_whatever_the_order(
    asks: list[tuple[int, int]], quota: list[float], seed: int
) -> None:
    draws = Draws(seed)
    offer, persons = (np.array(column) for column in zip(*asks, strict=True))
    base = bases(len(asks), draws)
    networks, shuffled = _open(quota), _open(quota)
    before = networks.quota.copy()
    won = networks.allocate(offer, persons, base)
    taken = np.bincount(offer[won], persons[won], 4)
    assert (taken <= before + 1e-6).all()
    assert np.allclose(networks.quota, before - taken, atol=1e-6)
    order = np.argsort(draws.keyed("order", np.arange(len(asks))))
    again = shuffled.allocate(offer[order], persons[order], base[order])
    assert (won[order] == again).all()
    # Nobody is left out who would have come before the first that did not fit.
    for k in range(4):
        if not won[offer == k].all():
            assert taken[k] + persons[offer == k].max() > before[k]


@_FEW
@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=5),
    st.floats(0.01, 1.0),
    st.integers(0, 2**32 - 1),
)
def test_exp3_plays_arms_of_its_own_by_their_chances(
    arms: list[int], exploration: float, seed: int
) -> None:
    draws = Draws(seed)
    group = np.repeat(np.arange(len(arms)), arms)
    learners = Exp3(group, exploration)
    each = np.arange(len(arms))
    for t in range(20):
        arm = learners.play(each, draws.keyed("play", each, t))
        assert (group[arm] == each).all()
        plays = np.zeros(group.size)
        plays[arm] = 1.0
        others = copy.deepcopy(learners)
        learners.learn(plays, draws.keyed("reward", np.arange(group.size), t))
        chance = np.bincount(group, learners.probability)
        assert np.allclose(chance, 1.0, atol=1e-9)
        floor = exploration / np.array(arms)[group]
        assert (learners.probability >= floor - 1e-12).all()
        # The reward of an arm that was not played teaches nothing.
        others.learn(plays, plays * draws.keyed("reward", np.arange(group.size), t))
        assert (others.probability == learners.probability).all()
