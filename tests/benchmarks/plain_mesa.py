"""The plain Mesa loop: one agent object a traveller, on the tables of `stress`.

The same graph, choice tables (legs and services of 72 classes), chances of being stopped, prices
and durations as the engine begins `stress` with, read once; per leg the same work: choice of a
leg and of a service, a price paid, an encounter drawn, a wait. One mean wait for all keeps the
rhythm at 25 legs a year; who reaches an exit starts again. Beliefs, networks, posts, splits,
protection and records are left out, in Mesa's favour. Written as a careful modeller would:
tables as plain tuples, bisection on cumulative shares, no look-up twice; agents are stepped with
Mesa's own ``agents.do`` or, by the second variant, called from a calendar only when due.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from math import log
from typing import Any

import mesa

from sim.model import BorderModel
from sim.scenario.specs.scenario import Scenario

LEGS_A_YEAR = 25.0
CLASSES = 72


@dataclass(frozen=True)
class Tables:
    """What a traveller reads; tuples by class and place, or by class and leg."""

    places: int
    legs_of: tuple[tuple[int, ...], ...]
    leg_edges: tuple[tuple[float, ...], ...]
    offers_of: tuple[tuple[int, ...], ...]
    offer_edges: tuple[tuple[float, ...] | None, ...]
    head: tuple[int, ...]
    hours: tuple[int, ...]
    stopped: tuple[float, ...]
    money: tuple[float, ...]
    price: tuple[float, ...]
    leaves: tuple[bool, ...]
    entries: tuple[int, ...]
    mean_wait: float

    @classmethod
    def of(cls, scenario: Scenario) -> Tables:
        """Read the tables the engine begins the scenario with."""
        world = BorderModel(scenario, 1).world
        world.plan_duty(0)
        world.values.solve(0)
        choice, graph = world.choice, world.graph
        out = [[int(leg) for leg in row if leg >= 0] for row in graph.out_legs]
        leg_edges, offers_of, offer_edges = [], [], []
        for class_ in range(CLASSES):
            shares = choice.leg_shares(class_)
            for legs in out:
                leg_edges.append(_edges([float(shares[leg]) for leg in legs]))
            for leg in range(len(graph.legs)):
                services = choice.service_shares(class_, leg)
                offers_of.append(tuple(services))
                many = len(services) > 1
                offer_edges.append(_edges(list(services.values())) if many else None)
        hours = [max(1, round(float(h))) for h in world.legs.duration]
        return cls(
            places=len(graph.places),
            legs_of=tuple(tuple(legs) for legs in out),
            leg_edges=tuple(leg_edges),
            offers_of=tuple(offers_of),
            offer_edges=tuple(offer_edges),
            head=tuple(graph.head.tolist()),
            hours=tuple(hours),
            stopped=tuple(world.values.true_stopped(0).tolist()),
            money=tuple(world.legs.money.tolist()),
            price=tuple(world.networks.price.tolist()),
            leaves=tuple(world.is_exit.tolist()),
            entries=tuple(
                i for i, place in enumerate(world.places) if place.kind == "entry"
            ),
            mean_wait=8760.0 / LEGS_A_YEAR - sum(hours) / len(hours),
        )  # fmt: skip


def _edges(shares: list[float]) -> tuple[float, ...]:
    """Return the cumulative shares but the last, so that bisection finds a position."""
    total, edges = sum(shares), []
    running = 0.0
    for share in shares[:-1]:
        running += share / total if total > 0 else 1.0 / len(shares)
        edges.append(running)
    return tuple(edges)


class Traveller(mesa.Agent):  # type: ignore[misc]
    """One travelling party: waits, chooses, travels, is stopped or arrives."""

    def __init__(self, model: TravelModel, node: int, class_: int, due: int) -> None:
        super().__init__(model)
        self.node = node
        self.class_ = class_
        self.due = due
        self.leg = -1
        self.funds = 2000.0
        self.failures = 0

    def step(self) -> None:
        """Do nothing until due."""
        if self.due <= self.model.hour:
            self.act()

    def act(self) -> None:
        """End a leg, or a wait."""
        model = self.model
        tables, uniform = model.tables, model.uniform
        leg = self.leg
        if leg >= 0:
            self.leg = -1
            if uniform() < tables.stopped[leg]:
                self.failures += 1
            else:
                self.failures = 0
                node = tables.head[leg]
                if tables.leaves[node]:
                    node = tables.entries[int(uniform() * len(tables.entries))]
                    self.funds = 2000.0
                self.node = node
            self.due = model.hour + 1 + int(-log(1.0 - uniform()) * tables.mean_wait)
            return
        place, class_ = self.node, self.class_
        edges = tables.leg_edges[class_ * tables.places + place]
        leg = tables.legs_of[place][bisect_right(edges, uniform())]
        served = class_ * len(tables.head) + leg
        offer_edges = tables.offer_edges[served]
        fee = tables.money[leg]
        if offer_edges is not None:
            offer = tables.offers_of[served][bisect_right(offer_edges, uniform())]
            if offer >= 0 and tables.price[offer] <= self.funds:
                fee = tables.price[offer]
        self.funds = max(self.funds - fee, 0.0)
        self.leg = leg
        self.due = model.hour + tables.hours[leg]
        model.legs += 1


class TravelModel(mesa.Model):  # type: ignore[misc]
    """Steps every traveller every hour."""

    def __init__(self, tables: Tables, parties: int) -> None:
        super().__init__(seed=1)
        self.tables = tables
        self.uniform = self.random.random
        self.hour = 0
        self.legs = 0
        for i in range(parties):
            wait = int(-log(1.0 - self.uniform()) * tables.mean_wait)
            node = tables.entries[i % len(tables.entries)]
            Traveller(self, node, int(self.uniform() * CLASSES), wait)

    def step(self) -> None:
        """Run one hour."""
        self.agents.do("step")
        self.hour += 1


class CalendarModel(TravelModel):
    """Calls a traveller only when due, from a list an hour."""

    def __init__(self, tables: Tables, parties: int, hours: int) -> None:
        super().__init__(tables, parties)
        self.calendar: list[list[Traveller]] = [[] for _ in range(hours)]
        for agent in self.agents:
            if agent.due < hours:
                self.calendar[agent.due].append(agent)

    def step(self) -> None:
        """Run one hour."""
        calendar, hours = self.calendar, len(self.calendar)
        for agent in calendar[self.hour]:
            agent.act()
            if agent.due < hours:
                calendar[agent.due].append(agent)
        calendar[self.hour] = []
        self.hour += 1


def run(tables: Tables, parties: int, days: int, when_due: bool) -> dict[str, Any]:
    """Run ``days`` and return the legs begun."""
    hours = 24 * days
    model = CalendarModel(tables, parties, hours) if when_due else TravelModel(tables, parties)
    for _ in range(hours):
        model.step()
    return {"legs": model.legs}
