"""Weeks of smuggling networks: quotas, books, prices, moves, losses (MODEL 5)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.errors import InputError
from sim.randomness import Draws
from sim.records.recorder import Recorder
from sim.smuggling.exp3 import Exp3
from sim.smuggling.networks import Mode, Networks
from tests.border_rows import LEGS, PARAMETERS, bases, network

DRAWS = Draws(9)


def _networks(mode: Mode = "adaptive", frozen: int | None = None, **changes: Any) -> Networks:
    return Networks([network(**changes)], LEGS, PARAMETERS, mode, frozen)


def _ask(networks: Networks, offer: int, sizes: list[int], event: int = 0) -> list[bool]:
    row = np.full(len(sizes), offer)
    won = networks.allocate(row, np.array(sizes), bases(len(sizes), DRAWS, event))
    return [bool(taken) for taken in won]


def _week(
    networks: Networks, week: int, stopped: tuple[float, ...] = (0.0, 0.0)
) -> dict[str, np.ndarray[Any, Any]]:
    """Let every offer carry what it can for a week, a share of it stopped."""
    for day in range(7):
        hour = 24 * (7 * week + day)
        networks.begin_window(hour, 24)
        for offer, share in enumerate(stopped):
            persons = int(networks.quota[offer])
            if persons:
                assert all(_ask(networks, offer, [1] * persons, hour))
                lost = round(share * persons)
                networks.settle(
                    np.full(2, offer), np.array([lost, persons - lost]), np.array([True, False])
                )
    return networks.weekly(week, DRAWS)


def test_quota_is_released_by_the_hour_and_does_not_pile_up() -> None:
    networks = _networks()
    assert networks.capacity.tolist() == [12.0, 12.0]
    networks.begin_window(0, 1)
    assert networks.quota.tolist() == [0.5, 0.5]
    assert _ask(networks, 0, [1]) == [False]
    networks.begin_window(1, 1)
    assert _ask(networks, 0, [1]) == [True]
    assert networks.quota.tolist() == [0.0, 1.0]
    for hour in range(2, 100):
        networks.begin_window(hour, 1)
    assert networks.quota.tolist() == [12.0, 12.0]
    assert _ask(networks, 0, [13]) == [False]
    assert _ask(networks, 0, [12]) == [True]


def test_books_of_a_week() -> None:
    networks = _networks()
    columns = _week(networks, 0, (0.25, 0.0))
    assert columns["leg"].tolist() == ["hill", "river"]
    assert columns["capacity"].tolist() == [84.0, 84.0]
    assert columns["carried"].tolist() == [84, 84]
    assert columns["intercepted"].tolist() == [21, 0]
    assert columns["revenue"].tolist() == [6300.0, 8400.0]
    assert columns["profit"].tolist() == [63 * 60.0 - 21 * 60.0, 84 * 60.0]
    assert columns["turned_away"].tolist() == [0, 0]
    assert columns["price"].tolist() == [100.0, 100.0]
    Recorder().add("networks", **columns)
    assert _week(networks, 1)["intercepted"].tolist() == [0, 0]


def test_who_is_turned_away_is_counted() -> None:
    networks = _networks()
    networks.begin_window(0, 24)
    won = _ask(networks, 1, [5] * 4)
    assert sum(won) == 2
    assert networks.weekly(0, DRAWS)["turned_away"].tolist() == [0, 10]


def test_price_follows_the_risk() -> None:
    """Cost 40, margin 0.5 x 40, L = 60: 100 holds at p / (1 - p) = 40 / 60, p = 0.4."""
    networks = _networks()
    assert networks.risk.tolist() == pytest.approx([0.4, 0.4])
    for week in range(60):
        _week(networks, week, (0.5, 0.0))
    # Whole persons are stopped: the share lies near a half, and the price with it.
    carried = networks.risk[0]
    assert carried == pytest.approx(0.5, abs=0.1)
    assert networks.price[0] == pytest.approx(60.0 + 60.0 * carried / (1.0 - carried), rel=0.05)
    assert networks.risk[1] < 0.01
    assert networks.price[1] == pytest.approx(60.0, rel=0.02)


def test_memory_has_its_half_life() -> None:
    networks = _networks()
    for week in range(4):
        _week(networks, week)
        networks.share = np.array([0.5, 0.5])
        networks._set_capacity()
    assert networks.risk.tolist() == pytest.approx([0.2, 0.2])


def test_odds_are_bounded() -> None:
    networks = _networks(services=[{"leg": "hill", "price": 100, "cost": 40}], cash=1e9)
    for week in range(80):
        _week(networks, week, (1.0,))
    assert networks.price[0] == pytest.approx(40 + 30 * 60 + 20)


def test_crews_leave_the_leg_where_all_are_stopped() -> None:
    networks, shares = _networks(cash=1e9, crews=20), []
    for week in range(150):
        _week(networks, week, (1.0, 0.0))
        shares.append(networks.share.copy())
        assert networks.share.sum() == pytest.approx(1.0)
        assert (networks.share * 20 == np.rint(networks.share * 20)).all()
    # What is left there is exploration: 0.2 / 2 of the plays.
    late = np.mean(shares[50:], axis=0)
    assert 0.07 < late[0] < 0.13


def test_best_response_goes_where_it_pays_while_demand_lasts() -> None:
    networks = _networks("best_response", cash=1e9)
    for week in range(20):
        _week(networks, week, (1.0, 0.0))
    assert networks.share.tolist() == [0.0, 1.0]
    # Demand of 10 a day on the good leg feeds two of four crews of 6 (the second by its middle);
    # the rest follow the next best demand, of 60 a day.
    networks.risk[:], networks.price[:] = [0.3, 0.0], 100.0
    networks.begin_window(0, 24)
    _ask(networks, 0, [420])
    _ask(networks, 1, [70])
    networks.weekly(20, DRAWS)
    assert networks.share.tolist() == [0.5, 0.5]


def test_fixed_networks_stay() -> None:
    networks = _networks("fixed", cash=1e9)
    for week in range(10):
        _week(networks, week, (1.0, 0.0))
    assert networks.share.tolist() == [0.5, 0.5]
    assert networks.price.tolist() == [100.0, 100.0]


def test_frozen_networks_neither_move_nor_reprice() -> None:
    learning, frozen = _networks(cash=1e9), _networks(frozen=4 * 168, cash=1e9)
    for week in range(10):
        _week(learning, week, (1.0, 0.0))
        _week(frozen, week, (1.0, 0.0))
        if week < 3:
            assert (learning.share == frozen.share).all()
            assert (learning.price == frozen.price).all()
        if week == 2:
            share, price = frozen.share.copy(), frozen.price.copy()
    assert (frozen.share == share).all()
    assert (frozen.price == price).all()
    assert (learning.price != price).any()


def test_what_cash_cannot_pay_is_capacity_lost_and_comes_back() -> None:
    networks = _networks(cash=600)
    networks.begin_window(0, 24)
    networks.settle(np.array([0]), np.array([20]), np.array([True]))
    networks.weekly(0, DRAWS)
    # 1,200 lost, 600 in cash: ten persons a day are not replaced.
    assert networks.cash.tolist() == [0.0]
    assert networks.lost.tolist() == [10.0]
    assert networks.capacity.sum() == pytest.approx(14.0)
    for week in range(1, 5):
        networks.begin_window(168 * week, 168)
        networks.weekly(week, DRAWS)
    assert networks.lost.tolist() == pytest.approx([5.0])
    assert networks.state_of(0) == {"capacity": pytest.approx(19.0), "cash": 0.0}


def test_arrests_and_seizures() -> None:
    networks = _networks()
    networks.arrest(0, 5)
    assert networks.capacity.sum() == pytest.approx(12.0)
    networks.arrest(0, 5)
    assert networks.capacity.sum() == pytest.approx(6.0)
    networks.arrest(0, 50)
    assert networks.capacity.sum() == 0.0
    rich = _networks()
    rich.seize(0, 4000.0)
    assert rich.cash.tolist() == [6000.0]
    rich.seize(0, 6600.0)
    rich.weekly(0, DRAWS)
    assert rich.lost.tolist() == [10.0]


def test_profit_beyond_the_opening_cash_is_taken_out() -> None:
    networks = _networks()
    _week(networks, 0)
    assert networks.cash.tolist() == [10000.0]


def test_networks_off_sell_nothing() -> None:
    networks = _networks("off")
    assert networks.leg.size == networks.price.size == networks.capacity.size == 0
    assert networks.ids == ()
    networks.begin_window(0, 24)
    assert networks.weekly(0, DRAWS)["leg"].size == 0


def test_an_added_network_moves_no_crew_of_another() -> None:
    alone = _networks(cash=1e9)
    joined = Networks([network("zebra"), network(cash=1e9)], LEGS, PARAMETERS, "adaptive")
    for week in range(5):
        for networks in (alone, joined):
            networks.begin_window(168 * week, 168)
            networks.weekly(week, DRAWS)
        assert (alone.share == joined.share[2:]).all()


def test_unknown_legs_are_named() -> None:
    with pytest.raises(InputError, match="unknown-leg"):
        Networks([network()], {"hill": 0}, PARAMETERS, "fixed")


def test_exp3_refuses_nonsense() -> None:
    with pytest.raises(ValueError, match="explores"):
        Exp3(np.array([0, 0]), 0.0)
    with pytest.raises(ValueError, match="order of their learners"):
        Exp3(np.array([0, 2]), 0.1)
    assert Exp3(np.array([0, 1, 1]), 1.0).probability.tolist() == [1.0, 0.5, 0.5]
