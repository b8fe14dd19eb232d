"""Route choice (MODEL 4) against closed forms, enumerated paths and sampled choices."""

from __future__ import annotations

import math
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from numpy.typing import NDArray

from sim.errors import ModelError
from sim.movement.choice import STAY, Form, RouteChoice, Terms
from sim.movement.crowd import ALONE, Crowd
from sim.randomness import Draws, arrival_keys
from sim.route_graph import RouteGraph
from tests.verification.proof import prove
from tests.verification.small_graphs import graph_of, kept, made_by, offers_of, solved, terms_of

N = 2**20
FAN = graph_of([("a", "z", "one"), ("a", "z", "two"), ("a", "z", "three")])
FAN_TERMS = terms_of(FAN, {"one": 1.0, "two": 2.0, "three": 3.0}, {"z": 0.0})


def bases(count: int = N, seed: int = 11) -> NDArray[np.uint64]:
    draws = Draws(seed)
    return draws.event_base(arrival_keys("sea", count), np.zeros(count, np.uint32))


def sampled(choice: RouteChoice, graph: RouteGraph, place: str, count: int = N) -> NDArray[np.intp]:
    return made_by(choice, bases(count), graph.place_index(place)).leg


def only(leg: int) -> NDArray[np.float64]:
    """Return the awareness of the fan's legs where one alone is known."""
    return np.where(np.arange(len(FAN.legs)) == leg, 1.0, 0.0)


def total_variation(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    return float(np.abs(before - after).sum() / 2)


def layered(seed: int) -> tuple[RouteGraph, dict[str, float]]:
    """Return a made-up acyclic graph with parallel legs, and the legs' costs."""
    u = Draws(seed)
    places = [f"p{i}" for i in range(8)]
    legs, days = [], {}
    for i, tail in enumerate(places):
        for j in range(i + 1, len(places)):
            for k in range(2):
                name = f"leg_{i}_{j}_{k}"
                if j == i + 1 or u.scalar("leg exists", i, j, k) < 0.45:
                    legs.append((tail, places[j], name))
                    days[name] = 0.3 + 4.0 * u.scalar("days", i, j, k)
    return graph_of(legs), days


@pytest.mark.parametrize("seed", range(5))
def test_acyclic_graph_equals_multinomial_logit_over_enumerated_paths(seed: int) -> None:
    graph, days = layered(seed)
    mu = 1.3
    choice = solved(graph, terms_of(graph, days, {"p7": 0.0}), mu=mu)
    share = dict(zip(graph.legs, choice.leg_shares(0), strict=True))
    edges: list[list[tuple[str, str, str]]] = list(
        nx.all_simple_edge_paths(graph.network, "p0", "p7")  # type: ignore[arg-type]
    )
    paths = [[name for _, _, name in path] for path in edges]
    assert len(paths) > 50
    weight = np.array([math.exp(-sum(days[leg] for leg in path) / mu) for path in paths])
    by_steps = np.array([math.prod(share[leg] for leg in path) for path in paths])
    worst = float(np.abs(by_steps - weight / weight.sum()).max())
    prove("4.1", worst, 0.0, 0.0, absolute=1e-10)
    # The value at the start is the logsum over all paths.
    value = float(choice.values[0, graph.place_index("p0")])
    prove("4.1", value, mu * math.log(weight.sum()), 0.0, absolute=1e-10)


def test_cyclic_graph_equals_the_sum_over_all_walks() -> None:
    # a <-> b, b -> z: the number of rounds is geometric; P(b -> z) in closed form.
    graph = graph_of([("a", "b", "ab"), ("b", "a", "ba"), ("b", "z", "bz")])
    choice = solved(graph, terms_of(graph, {"ab": 1.0, "ba": 0.5, "bz": 2.0}, {"z": 0.0}))
    walks = math.exp(-3.0) / (1.0 - math.exp(-1.5))
    prove("4.2", float(choice.values[0, 0]), math.log(walks), 0.0, absolute=1e-12)
    share = dict(zip(graph.legs, choice.leg_shares(0), strict=True))
    prove("4.2", share["bz"], 1.0 - math.exp(-1.5), 0.0, absolute=1e-12)


@pytest.mark.parametrize("form", ["recursive_logit", "logit"])
def test_costs_one_two_three(form: Form) -> None:
    share = dict(zip(FAN.legs, solved(FAN, FAN_TERMS, form=form).leg_shares(0), strict=True))
    for leg, expected in (("one", 0.6652), ("two", 0.2447), ("three", 0.0900)):
        prove("4.3", share[leg], expected, 0.0, absolute=5e-5)


def test_shortest_path_takes_the_cheapest() -> None:
    share = dict(zip(FAN.legs, solved(FAN, FAN_TERMS, form="shortest_path").leg_shares(0),
                     strict=True))  # fmt: skip
    assert share == {"one": 1.0, "two": 0.0, "three": 0.0}


def test_staying_is_an_alternative_with_its_own_value() -> None:
    choice = solved(FAN, FAN_TERMS, u_stay=-2.0)
    weights = [math.exp(-1), math.exp(-2), math.exp(-3), math.exp(-2)]
    stays = float((sampled(choice, FAN, "a") == STAY).mean())
    p = weights[3] / sum(weights)
    prove("4.4", stays, p, math.sqrt(p * (1 - p) / N))


def cloned(theta: float, networks: int) -> RouteChoice:
    """Return the choice where ``networks`` equal ones serve leg one, cheaper than going alone."""
    terms = replace(FAN_TERMS, time_days=np.array([0.6, 0.6, 0.6]))
    leg = FAN.leg_index("one")
    return solved(FAN, terms, offers_of([leg] * networks, [0.5] * networks), theta=theta)


def test_cloning_a_network_halves_its_share_and_leaves_the_legs() -> None:
    leg = FAN.leg_index("one")
    theta = 1e-4
    one, two = cloned(theta, 1), cloned(theta, 2)
    alone, clone = one.service_shares(0, leg), two.service_shares(0, leg)
    prove("4.5", clone[0], alone[0] / 2, 0.0, absolute=1e-12)
    prove("4.5", clone[1], alone[0] / 2, 0.0, absolute=1e-12)
    change = float(two.leg_shares(0)[leg] - one.leg_shares(0)[leg])
    # The leg's value rises by theta ln 2, its share by share (1 - share) theta ln 2 / mu.
    share = float(one.leg_shares(0)[leg])
    prove("4.6", change, share * (1 - share) * theta * math.log(2), 0.0, absolute=1e-8)
    prove("4.6", change, 0.0, 0.0, absolute=theta)


def test_the_effect_of_a_clone_on_the_leg_vanishes_with_theta() -> None:
    leg = FAN.leg_index("one")
    gains = [
        float(cloned(theta, 2).leg_shares(0)[leg] - cloned(theta, 1).leg_shares(0)[leg])
        for theta in (0.5, 0.05, 0.005)
    ]
    assert gains[0] > gains[1] > gains[2] > 0
    assert gains[2] < 1e-3


@pytest.mark.parametrize("form", ["recursive_logit", "logit"])
def test_sampled_races_follow_the_shares(form: Form) -> None:
    graph, days = layered(2)
    choice = solved(graph, terms_of(graph, days, {"p7": 0.0}), form=form, u_stay=-9.0)
    shares = choice.leg_shares(0)
    for place in graph.places[:-1]:
        here = np.flatnonzero(graph.tail == graph.place_index(place))
        legs = sampled(choice, graph, place, N // 8)
        for leg in here:
            p = float(shares[leg])
            error = math.sqrt(p * (1 - p) / len(legs))
            prove("4.7", float((legs == leg).mean()), p, error)


def test_a_rare_alternative_is_sampled_right() -> None:
    terms = terms_of(FAN, {"one": 1.0, "two": 1.0 - math.log(1e-5), "three": 2.0}, {"z": 0.0})
    choice = solved(FAN, terms)
    leg = FAN.leg_index("two")
    p = float(choice.leg_shares(0)[leg])
    assert 5e-6 < p < 1e-5
    count = 2**23
    hits = sum(
        int((made_by(choice, bases(seed=seed)).leg == leg).sum()) for seed in range(count // N)
    )
    prove("4.8", hits / count, p, math.sqrt(p * (1 - p) / count))


def test_one_utility_changed_alters_the_fewest_choices_possible() -> None:
    dearer = terms_of(FAN, {"one": 1.3, "two": 2.0, "three": 3.0}, {"z": 0.0})
    before, after = solved(FAN, FAN_TERMS), solved(FAN, dearer)
    altered = float((sampled(before, FAN, "a") != sampled(after, FAN, "a")).mean())
    fewest = total_variation(before.leg_shares(0), after.leg_shares(0))
    assert fewest > 0.05
    prove("4.9", altered, fewest, math.sqrt(fewest * (1 - fewest) / N))


def test_one_price_changed_alters_the_fewest_choices_of_service() -> None:
    leg = FAN.leg_index("one")
    terms = replace(FAN_TERMS, money=np.full(3, 40.0), available=only(leg))
    offers = offers_of([leg] * 3)
    before = solved(FAN, terms, offers, money_weight=2.0)
    after = solved(FAN, terms, offers, money_weight=2.0)
    start = np.array([50.0, 80.0, 120.0])
    before.solve(terms, start)
    after.solve(terms, start + np.array([0.0, 60.0, 0.0]))
    made = [made_by(c, bases(), funds=1000.0, price=start) for c in (before, after)]
    assert all((each.leg == leg).all() for each in made)
    taken = [each.offer for each in made]
    shares = [np.array(list(c.service_shares(0, leg).values())) for c in (before, after)]
    fewest = total_variation(*shares)
    assert fewest > 0.01
    altered = float((taken[0] != taken[1]).mean())
    prove("4.10", altered, fewest, math.sqrt(fewest * (1 - fewest) / N))
    for offer, p in before.service_shares(0, leg).items():
        error = math.sqrt(p * (1 - p) / N)
        prove("4.7", float((taken[0] == offer).mean()), p, error)


def test_an_unrelated_leg_closed_changes_nobody_who_would_not_have_taken_it() -> None:
    before = solved(FAN, FAN_TERMS)
    closed = np.ones(3)
    closed[FAN.leg_index("three")] = 0.0
    after = solved(FAN, replace(FAN_TERMS, available=closed))
    first, then = sampled(before, FAN, "a"), sampled(after, FAN, "a")
    others = first != FAN.leg_index("three")
    assert (first[others] == then[others]).all()
    assert (then != FAN.leg_index("three")).all()


@pytest.mark.parametrize("form", ["recursive_logit", "logit", "shortest_path"])
def test_a_closed_or_unknown_leg_is_never_taken(form: Form) -> None:
    # The cheapest leg by far, of which nobody is aware: no draw may ever pick it.
    cheap = replace(FAN_TERMS, days=np.where(np.array(FAN.legs) == "one", 0.0, 5.0))
    hidden = np.ones(3)
    hidden[FAN.leg_index("one")] = 0.0
    for u_stay in (None, -3.0):
        choice = solved(FAN, replace(cheap, available=hidden), form=form, u_stay=u_stay)
        assert choice.leg_shares(0)[FAN.leg_index("one")] == 0.0
        assert not (sampled(choice, FAN, "a") == FAN.leg_index("one")).any()


def test_awareness_multiplies_the_odds_of_its_leg() -> None:
    aware = np.ones(3)
    aware[FAN.leg_index("one")] = 0.01
    for form in ("recursive_logit", "logit"):
        share = solved(FAN, replace(FAN_TERMS, available=aware), form=form).leg_shares(0)
        odds = share[FAN.leg_index("one")] / share[FAN.leg_index("two")]
        prove("4.11", float(odds), 0.01 * math.e, 0.0, absolute=1e-12)


def test_a_place_with_no_way_on_keeps_its_parties() -> None:
    graph = graph_of([("a", "dead_end", "in"), ("a", "z", "out")])
    terms = terms_of(graph, {"in": 0.1, "out": 1.0}, {"z": 0.0})
    for form in ("recursive_logit", "logit", "shortest_path"):
        choice = solved(graph, terms, form=form)
        assert (sampled(choice, graph, "dead_end", 1000) == STAY).all()
        # Without a stay option nobody walks into it either.
        assert (sampled(choice, graph, "a", 1000) == graph.leg_index("out")).all()


def test_an_exit_keeps_its_parties() -> None:
    graph = graph_of([("a", "z", "out"), ("z", "a", "back")])
    choice = solved(graph, terms_of(graph, {"out": 1.0, "back": 0.5}, {"z": 0.0}), u_stay=-4.0)
    assert choice.leg_shares(0)[graph.leg_index("back")] == 0.0
    assert (sampled(choice, graph, "z", 1000) == STAY).all()


def ring(days: float) -> tuple[RouteGraph, Terms]:
    graph = graph_of([("a", "b", "ab"), ("b", "a", "ba"), ("b", "z", "bz")])
    return graph, terms_of(graph, {"ab": days, "ba": days, "bz": 1.0}, {"z": 0.0})


@pytest.mark.parametrize("u_stay", [None, -5.0])
@pytest.mark.parametrize("days", [0.0, -0.5])
def test_radius_of_one_or_more_is_refused_by_name(days: float, u_stay: float | None) -> None:
    graph, terms = ring(days)
    with pytest.raises(ModelError, match=r"spectral radius .* at or above 1.*leg_fixed_cost"):
        solved(graph, terms, u_stay=u_stay)


def test_radius_just_below_one_is_solved() -> None:
    graph, terms = ring(0.01)
    choice = solved(graph, terms, u_stay=None)
    walks = math.exp(-1.01) / (1.0 - math.exp(-0.02))
    prove("4.2", float(choice.values[0, 0]), math.log(walks), 0.0, absolute=1e-9)


@pytest.mark.parametrize(("u_stay", "exit_value"), [(-800.0, 0.0), (-5.0, 800.0), (-720.0, -9.0)])
def test_underflow_is_refused_by_name(u_stay: float, exit_value: float) -> None:
    days = {"one": 900.0, "two": 900.0, "three": 900.0}
    terms = terms_of(FAN, days, {"z": exit_value})
    with pytest.raises(ModelError, match=r"underflow at .* for mu = 1 d.*raise mu"):
        solved(FAN, terms, u_stay=u_stay)


def test_too_many_profiles_are_refused_by_name() -> None:
    with pytest.raises(ModelError, match="11 profiles make 99 decision classes, at most 96"):
        RouteChoice(FAN, 11, solved(FAN, FAN_TERMS).parameters, offers_of([]))


def test_cost_of_a_controlled_leg_is_bounded_odds_times_time_lost() -> None:
    # v = -(c + odds (h + c)), odds = min(p / (1 - p), cap); SHIFT.md.
    graph = graph_of([("a", "z", "path"), ("a", "z", "road")])
    path = graph.leg_index("path")
    controlled = np.array(graph.legs) == "path"
    base = replace(terms_of(graph, {"path": 1.0, "road": 9.0}, {"z": 0.0}), controlled=controlled)
    for p, odds in ((0.0, 0.0), (0.5, 1.0), (0.75, 3.0), (0.999, 5.0)):
        stopped = np.zeros((1, 2, 2))
        stopped[0, path] = p
        choice = solved(graph, replace(base, stopped=stopped), odds_cap=5.0, lost_time=0.5)
        share = choice.leg_shares(0)
        log_odds = math.log(share[path] / share[1 - path])
        prove("4.12", log_odds, 9.0 - (1.0 + odds * 1.5), 0.0, absolute=1e-9)


def test_classes_differ_by_funds_and_failures_as_stated() -> None:
    graph = graph_of([("a", "z", "path"), ("a", "z", "road")])
    path = graph.leg_index("path")
    base = terms_of(graph, {"path": 1.0, "road": 1.0}, {"z": 0.0})
    terms = replace(
        base,
        controlled=np.array(graph.legs) == "path",
        money=np.where(np.array(graph.legs) == "road", 500.0, 0.0),
    )
    choice = solved(graph, terms, money_weight=1.0, failure_weight=0.2)
    crowd = Crowd.empty(5)
    crowd.funds[:5] = [100, 100, 500, 1999, 2000]
    crowd.failures[:5] = [0, 200, 1, 0, 2]
    crowd.node[:5] = [0, 1, 0, 1, 0]
    made = kept(
        choice.choose(
            crowd, np.arange(5), bases(5), np.float32(500.0), np.float32(2000.0), np.empty(0)
        ), 5,
    )  # fmt: skip
    code = made.class_
    assert made.node.tolist() == [0, 1, 0, 1, 0]
    assert made.funds.tolist() == [100, 100, 500, 1999, 2000]
    assert code.tolist() == [0, 2, 4, 3, 8]
    for class_, (funds, failures) in zip(
        code, ((250, 0), (250, 2), (1000, 1), (1000, 0), (4000, 2)), strict=True
    ):
        share = choice.leg_shares(int(class_))
        expected = 500.0 / funds - 0.2 * failures
        prove("4.12", math.log(share[path] / share[1 - path]), expected, 0.0, absolute=1e-9)


def test_nobody_takes_an_offer_dearer_than_what_is_left() -> None:
    leg = FAN.leg_index("one")
    offers = offers_of([leg, leg], [0.9, 0.9])
    terms = replace(FAN_TERMS, time_days=np.ones(3), available=only(leg))
    choice = solved(FAN, terms, offers)
    funds = np.where(np.arange(4096) % 2, 100.0, 10.0).astype(np.float32)
    price = np.array([50.0, 500.0])
    made = made_by(choice, bases(4096), funds=funds, price=price)
    assert (made.leg == leg).all()
    taken = made.offer
    assert (taken[funds < 50] == ALONE).all()
    assert set(taken[funds > 50].tolist()) == {ALONE, 0}
    # They are those who ask.
    assert made.who.tolist() == np.flatnonzero(taken != ALONE).tolist()
    assert (made.asked == taken[made.who]).all()
    assert (made.persons == 1).all()


def test_choice_is_keyed_by_leg_not_by_its_place_in_the_table() -> None:
    # Four legs in front of all others shift every table; a's choices stay as they were.
    wider = graph_of(
        [("a", "z", "one"), ("a", "z", "two"), ("a", "z", "three"), ("A", "z", "four"),
         ("A", "z", "five"), ("A", "z", "six"), ("A", "z", "seven")]
    )  # fmt: skip
    days = {"one": 1.0, "two": 2.0, "three": 3.0, "four": 1, "five": 1, "six": 1, "seven": 1}
    wide = solved(wider, terms_of(wider, days, {"z": 0.0}))
    assert wider.leg_index("one") > FAN.leg_index("one")
    in_wide = np.array(wider.legs)[sampled(wide, wider, "a", 4096)]
    in_fan = np.array(FAN.legs)[sampled(solved(FAN, FAN_TERMS), FAN, "a", 4096)]
    assert (in_wide == in_fan).all()
