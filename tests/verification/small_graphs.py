"""Small route graphs and choice terms for proofs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from sim.movement.choice import ChoiceParameters, Choices, Form, Offers, RouteChoice, Terms
from sim.movement.crowd import Crowd
from sim.route_graph import RouteGraph

F64 = NDArray[np.float64]
PARAMETERS = ChoiceParameters(
    mu=1.0,
    theta=0.5,
    u_stay=None,
    odds_cap=30.0,
    lost_time=0.5,
    money_weight=0.0,
    failure_weight=0.0,
    hazard_weight=0.0,
    band_funds=(250.0, 1000.0, 4000.0),
)


def graph_of(legs: Sequence[tuple[str, str, str]]) -> RouteGraph:
    """Return a route graph of legs (tail, head, id)."""
    network: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for tail, head, name in legs:
        network.add_edge(tail, head, key=name)
    return RouteGraph.from_networkx(network)


def terms_of(graph: RouteGraph, days: dict[str, float], exits: dict[str, float]) -> Terms:
    """Return the terms of a graph whose legs cost ``days``, free of money, hazard and control."""
    legs = len(graph.legs)
    value = np.full((1, len(graph.places)), np.nan)
    for place, amount in exits.items():
        value[0, graph.place_index(place)] = amount
    return Terms(
        days=np.array([days[name] for name in graph.legs]),
        time_days=np.zeros(legs),
        money=np.zeros(legs),
        deaths=np.zeros(legs),
        controlled=np.zeros(legs, bool),
        available=np.ones(legs),
        stopped=np.zeros((1, legs, 2)),
        exit_value=value,
        is_entry=np.zeros(len(graph.places), bool),
    )


def offers_of(leg: Sequence[int], quality: Sequence[float] = ()) -> Offers:
    """Return one offer of a network of its own on each of ``leg``."""
    return Offers(
        leg=np.array(leg, dtype=np.intp),
        network=tuple(f"network_{i}" for i in range(len(leg))),
        price=np.zeros(len(leg)),
        quality=np.array(quality or [0.0] * len(leg)),
    )


def solved(
    graph: RouteGraph,
    terms: Terms,
    offers: Offers | None = None,
    form: Form = "recursive_logit",
    **changes: float | None,
) -> RouteChoice:
    """Return a solved choice of one profile with some parameters changed."""
    offers = offers or offers_of([])
    parameters = replace(PARAMETERS, **changes)  # type: ignore[arg-type]
    choice = RouteChoice(graph, 1, parameters, offers, form)
    choice.solve(terms, offers.price)
    return choice


def made_by(
    choice: RouteChoice,
    base: NDArray[np.uint64],
    place: int = 0,
    funds: F64 | float = 0.0,
    price: F64 | None = None,
) -> Choices:
    """Return what parties of the first class at a place choose, given their event bases.

    Columns of their number, which nobody writes over.
    """
    crowd = Crowd.empty(base.size)
    crowd.persons[:], crowd.node[:], crowd.funds[: base.size] = 1, place, funds
    rich = np.float32(np.inf)
    price = np.empty(0) if price is None else price
    return kept(choice.choose(crowd, np.arange(base.size), base, rich, rich, price), base.size)


def kept(made: Choices, parties: int) -> Choices:
    """Return what so many parties have chosen, as columns without more room."""
    copy = Choices(parties, 1)
    copy.asking = made.asking
    for name in ("class_", "node", "funds", "leg", "offer"):
        setattr(copy, name, getattr(made, name)[:parties].copy())
    for name in ("who", "asked", "persons", "key"):
        setattr(copy, name, getattr(made, name)[: made.asking].copy())
    return copy
