"""Where to go next: nested recursive logit on beliefs, solved per decision class (MODEL 4).

Costs are in days. A leg served by several services (alone, each network) is a nest:
``I = theta ln sum exp(v_s / theta)``, ``w = A exp(I / mu)``, ``z = solve(I - M, b)``,
``P(leg | place) = w z_head / z_place`` and ``P(stay | place) = b / z_place`` (Fosgerau, Frejinger
& Karlstrom 2013; Mai, Fosgerau & Frejinger 2015). A class is profile x funds band x failures band.

A party's choice is an exponential race between legs, keyed by leg, and then between services,
keyed by leg and service: changing one utility alters the fewest choices possible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import ModelError
from sim.kernels import choice as kernels, choice_tables
from sim.kernels.codes import ALONE, STAY as STAY
from sim.movement.crowd import Crowd, Rows
from sim.randomness import salt
from sim.route_graph import RouteGraph

F64 = NDArray[np.float64]
FUNDS_BANDS = 3
FAILURE_BANDS = 3
MAX_CLASSES = 96

_ROOM = 1024
_SLIVER = 1e-9
_TINY = float(np.finfo(float).tiny)
Form = Literal["recursive_logit", "logit", "shortest_path"]


@dataclass(frozen=True)
class ChoiceParameters:
    """Parameters of the choice; days unless stated (see ``sim.scenario.parameters``).

    Attributes:
        mu: Scale of the choice among legs.
        theta: Scale of the choice among services, at most ``mu``.
        u_stay: Value of staying; None takes the option away (for proofs).
        odds_cap: Bound on believed odds of being stopped.
        lost_time: What a stop costs besides the leg's own cost.
        money_weight: Days for spending all one's funds.
        failure_weight: Days per failures band on a controlled leg.
        hazard_weight: Days per expected death of a person.
        band_funds: EUR per person that stand for each funds band, shape (3,).
    """

    mu: float
    theta: float
    u_stay: float | None
    odds_cap: float
    lost_time: float
    money_weight: float
    failure_weight: float
    hazard_weight: float
    band_funds: tuple[float, float, float]


@dataclass(frozen=True)
class Offers:
    """Services of networks on legs, one entry an offer, shape (offers,).

    Attributes:
        leg: Leg index, intp.
        network: Network ids.
        price: EUR per person.
        quality: Share of the leg's hours saved.
    """

    leg: NDArray[np.intp]
    network: tuple[str, ...]
    price: F64
    quality: F64


@dataclass(frozen=True)
class Terms:
    """What a leg asks and what is believed of it, as the choice sees it.

    Attributes:
        days: Generalised cost without money and risk, days, shape (legs,).
        time_days: Part of ``days`` that a network's quality can save, shape (legs,).
        money: EUR per person going alone, shape (legs,).
        deaths: Expected deaths per person, shape (legs,).
        controlled: bool, shape (legs,).
        available: Awareness of the leg, 0 where it is closed, shape (legs,).
        stopped: Believed chance of being stopped, shape (profiles, legs, 2).
        is_entry: Places one is released from and does not choose to stay at, (places,).
        exit_value: Value of arriving, days, NaN where a place is no exit, (profiles, places).
    """

    days: F64
    time_days: F64
    money: F64
    deaths: F64
    controlled: NDArray[np.bool_]
    available: F64
    stopped: F64
    exit_value: F64
    is_entry: NDArray[np.bool_]


class Choices:
    """What parties choose and by what; and who asks a network. Columns keep their room.

    Attributes:
        class_: Decision class, int16, shape (room,) as all that follows.
        node: Place where the party is, int16.
        funds: EUR per person, float32.
        leg: Leg taken, ``STAY`` where it stays, int16.
        offer: Offer taken on the leg, ``ALONE`` for none or where it stays, int16.
        asking: How many take an offer; what follows is of these.
        who: Their positions, int32.
        asked: The offer, intp.
        persons: Persons in the party, int64.
        key: Event base, uint64.
        rest: Room for the draws of a race.
    """

    __slots__ = (
        "asked", "asking", "class_", "funds", "key", "leg", "node", "offer", "persons", "rest",
        "room", "who",
    )  # fmt: skip

    def __init__(self, room: int, most: int) -> None:
        """Make room for so many parties, each with so many alternatives at most."""
        self.room, self.asking = room, 0
        self.class_, self.node, self.leg, self.offer = (np.empty(room, np.int16) for _ in range(4))
        self.funds = np.empty(room, np.float32)
        self.who, self.asked = np.empty(room, np.int32), np.empty(room, np.intp)
        self.persons, self.key = np.empty(room, np.int64), np.empty(room, np.uint64)
        self.rest = np.empty(room * most)


class RouteChoice:
    """Choice tables of all decision classes and the race that reads them."""

    def __init__(
        self,
        graph: RouteGraph,
        profiles: int,
        parameters: ChoiceParameters,
        offers: Offers,
        form: Form = "recursive_logit",
    ) -> None:
        self._graph = graph
        self.parameters = parameters
        self.form = form
        self.classes = profiles * FUNDS_BANDS * FAILURE_BANDS
        if self.classes > MAX_CLASSES:
            raise ModelError(
                f"{profiles} profiles make {self.classes} decision classes, at most {MAX_CLASSES} "
                f"are allowed; merge profiles"
            )
        self._class_profile = np.repeat(np.arange(profiles), FUNDS_BANDS * FAILURE_BANDS)
        self._class_funds = np.tile(np.repeat(np.arange(FUNDS_BANDS), FAILURE_BANDS), profiles)
        self._class_failures = np.tile(np.arange(FAILURE_BANDS), profiles * FUNDS_BANDS)
        self._lay_out_services(offers)
        self._lay_out_race()
        self._lay_out_system()
        self._most = max(self._out.shape[1], self._services.shape[1])
        self._bits = np.empty(kernels.BLOCK * self._most, np.uint64)
        self._made = Choices(_ROOM, self._most)
        places, width = graph.out_legs.shape
        self._leg_table = np.zeros((self.classes * places, width + 1))
        legs, most = self._services.shape
        self._service_table = np.zeros((self.classes * legs, most))
        # The same as rates of clocks, none of them 0.
        self._leg_rates = self._leg_table
        self._fill_services()
        self.values = np.zeros((self.classes, places))

    def _lay_out_services(self, offers: Offers) -> None:
        legs = len(self._graph.legs)
        self._entry_leg = np.concatenate((np.arange(legs), offers.leg)).astype(np.intp)
        self._entry_offer = np.concatenate(
            (np.full(legs, ALONE), np.arange(len(offers.leg)))
        ).astype(np.intp)
        order = np.lexsort((self._entry_offer, self._entry_leg))
        self._entry_leg, self._entry_offer = self._entry_leg[order], self._entry_offer[order]
        count = np.bincount(self._entry_leg, minlength=legs)
        self._entry_first = np.concatenate(([0], np.cumsum(count)[:-1])).astype(np.intp)
        place = np.arange(len(self._entry_leg)) - self._entry_first[self._entry_leg]
        self._entry_place = place
        self._services = np.full((legs, int(count.max())), ALONE, dtype=np.intp)
        self._services[self._entry_leg, place] = self._entry_offer
        # Legs on which somebody sells, and where each leg is among them; last, staying is not.
        self._sold = np.flatnonzero(count > 1)
        self._sold_at = np.full(legs + 1, -1, np.int16)
        self._sold_at[self._sold] = np.arange(self._sold.size)
        self._sold_services = self._services[self._sold]
        self._offers = offers

    def _lay_out_race(self) -> None:
        graph = self._graph
        # By name: a leg or network that a plan adds leaves the luck of all others alone.
        leg_salts = np.array(
            [*(salt("choice leg", leg) for leg in graph.legs), salt("choice stay")], dtype=np.uint64
        )
        # A place's legs, and staying behind the last of them.
        places, most = graph.out_legs.shape
        self._out = np.full((places, most + 1), STAY, dtype=np.intp)
        self._out[:, :most] = graph.out_legs
        self._out_salts = leg_salts[self._out]
        self._alternatives = (graph.out_degree + 1).astype(np.uint64)
        # A clone of a network must draw its own luck, and a network taken out of a plan changes
        # no other's: services are salted by the names of leg and network.
        network = (*self._offers.network, "alone")
        self._service_salts = np.array(
            [
                [salt("choice service", leg, network[offer]) for offer in row]
                for leg, row in zip(
                    (graph.legs[i] for i in self._sold), self._sold_services, strict=True
                )
            ],
            dtype=np.uint64,
        ).reshape(self._sold_services.shape)

    def _lay_out_system(self) -> None:
        graph, places = self._graph, len(self._graph.places)
        pair = graph.tail * places + graph.head
        self._by_pair = pair.argsort(kind="stable")
        self._pair_first = np.flatnonzero(np.diff(pair[self._by_pair], prepend=-1))
        # Pairs of places that legs join, as positions in a matrix laid flat, and I there.
        self._pair = pair[self._by_pair[self._pair_first]]
        identity = np.eye(places)
        self._alike = identity.ravel()[self._pair]
        # Column by column, as the solver copies it; `_across` are the pairs there.
        self._flat_system = np.tile(identity.ravel(), (self.classes, 1))
        self._across = self._pair % places * places + self._pair // places
        self._system = self._flat_system.reshape(-1, places, places).swapaxes(1, 2)

    def solve(self, terms: Terms, price: F64) -> None:
        """Make the choice tables anew from what is believed now; ``price`` is EUR by offer.

        Raises:
            ModelError: The equations have no solution: the spectral radius is at or above 1, or
                values underflow; the message names the remedy.
        """
        if self.form == "shortest_path":
            self._solve_shortest(terms)
            return
        service = self._service_values(terms, price)
        first = self._entry_first
        best = np.maximum.reduceat(service, first, axis=1)
        theta = self.parameters.theta
        relative = np.exp((service - best[:, self._entry_leg]) / theta)
        inclusive = best + theta * np.log(np.add.reduceat(relative, first, axis=1))
        table = self._service_table.reshape(self.classes, *self._services.shape)
        table[:, self._entry_leg, self._entry_place] = relative
        self._fill_services()
        if self.form == "logit":
            self._solve_logit(terms, inclusive)
        else:
            self._solve_recursive(terms, inclusive)

    def _service_values(self, terms: Terms, price: F64) -> F64:
        p = self.parameters
        alone = self._entry_offer == ALONE
        leg = self._entry_leg
        if len(price):
            money = np.where(alone, terms.money[leg], price[self._entry_offer])
            saved = np.where(alone, 0.0, self._offers.quality[self._entry_offer])
        else:
            money, saved = terms.money[leg], np.zeros(len(leg))
        cost = terms.days[leg] - saved * terms.time_days[leg] + p.hazard_weight * terms.deaths[leg]
        funds = np.asarray(p.band_funds)[self._class_funds]
        cost = cost[None, :] + p.money_weight * money[None, :] / funds[:, None]
        cost += p.failure_weight * np.where(
            terms.controlled[leg][None, :], self._class_failures[:, None], 0
        )
        stopped = np.where(terms.controlled[leg], terms.stopped[:, leg, np.where(alone, 0, 1)], 0.0)
        odds = np.minimum(stopped / np.maximum(1.0 - stopped, 1e-12), p.odds_cap)
        risk = odds[self._class_profile]
        risk *= p.lost_time + cost
        risk += cost
        return np.negative(risk, out=risk)

    def _solve_recursive(self, terms: Terms, inclusive: F64) -> None:
        graph, mu = self._graph, self.parameters.mu
        is_exit = ~np.isnan(terms.exit_value[0])
        w = terms.available * np.exp(inclusive / mu)
        w[:, is_exit[graph.tail]] = 0.0
        # Legs between the same two places add up.
        summed = np.add.reduceat(w[:, self._by_pair], self._pair_first, axis=1)
        # I - M; what no leg joins stays as it was laid out.
        self._flat_system[:, self._across] = self._alike - summed
        b = self._absorbed(terms, is_exit)
        try:
            z = np.asarray(np.linalg.solve(self._system, b[:, :, None])[:, :, 0], np.float64)
        except np.linalg.LinAlgError:
            z = np.full(b.shape, np.nan)
        self._refuse(z, summed, b)
        # b z-scaled tables: shares of the legs and, last, of staying.
        shares = w * z[:, graph.head]
        self._fill_legs(shares, np.where(is_exit, 0.0, b))
        with np.errstate(divide="ignore"):
            self.values = mu * np.log(z)

    def _absorbed(self, terms: Terms, is_exit: NDArray[np.bool_]) -> F64:
        p = self.parameters
        stay = 0.0 if p.u_stay is None else np.exp(p.u_stay / p.mu)
        with np.errstate(over="ignore"):  # infinite values are refused by name
            arrive = np.exp(np.where(is_exit, np.nan_to_num(terms.exit_value), 0.0) / p.mu)
        # A sliver of the stay option is left at entries: b > 0 everywhere is what proves that
        # the solution exists (`_refuse`), and one in 10^9 stays is nobody.
        stays = np.where(terms.is_entry, _SLIVER * stay, stay)
        return np.asarray(np.where(is_exit, arrive, stays)[self._class_profile])

    def _matrix(self, summed: F64) -> F64:
        """Return M of some classes from its entries that legs make, shape (m, places, places)."""
        places = len(self._graph.places)
        matrix = np.zeros((len(summed), places * places))
        matrix[:, self._pair] = summed
        return matrix.reshape(-1, places, places)

    def _refuse(self, z: F64, summed: F64, b: F64) -> None:
        # For a non-negative matrix M and b > 0, z > 0 with (I - M) z = b proves radius(M) < 1.
        # Without a stay option b = 0 and the proof needs the eigenvalue itself; z = 0 then says
        # that a place has no way to an exit. Below `tiny` numbers lose digits: refused too.
        sound = np.isfinite(z) & (z >= _TINY)
        good = sound.all(axis=1)
        if self.parameters.u_stay is None:
            radius = np.abs(np.linalg.eigvals(self._matrix(summed))).max(axis=1)
            sound |= (z == 0) & (b == 0)
            good = sound.all(axis=1) & (radius < 1)
        if good.all():
            return
        worst = int(np.flatnonzero(~good)[0])
        worst_matrix = self._matrix(summed[worst : worst + 1])[0]
        radius_ = float(np.abs(np.linalg.eigvals(worst_matrix)).max())
        names = [self._graph.places[i] for i in np.flatnonzero(~sound[worst])[:5]]
        if radius_ >= 1:
            raise ModelError(
                f"route choice has no solution for mu = {self.parameters.mu:g} d: going round in "
                f"circles costs too little (spectral radius {radius_:.4g} is at or above 1); raise "
                f"leg_fixed_cost or lower mu"
            )
        raise ModelError(
            f"route choice values underflow at {', '.join(names)} for mu = {self.parameters.mu:g} "
            f"d: costs are too large a multiple of mu; raise mu or shorten the legs' costs "
            f"(u_stay and exit values too must stay within 700 mu)"
        )

    def _solve_logit(self, terms: Terms, inclusive: F64) -> None:
        graph, p = self._graph, self.parameters
        is_exit = ~np.isnan(terms.exit_value[0])
        stay = -np.inf if p.u_stay is None else p.u_stay
        floor = np.where(is_exit, np.nan_to_num(terms.exit_value), stay)[self._class_profile]
        value = floor.copy()
        open_ = (terms.available > 0) & ~is_exit[graph.tail]
        which = np.arange(self.classes)[:, None]
        for _ in range(len(graph.places)):
            through = np.where(open_, inclusive + value[:, graph.head], -np.inf)
            better = floor.copy()
            np.maximum.at(better, (which, graph.tail[None, :]), through)
            if np.array_equal(better, value):
                break
            value = better
        through = np.where(open_, inclusive + value[:, graph.head], -np.inf)
        with np.errstate(invalid="ignore"):  # no way to an exit from here: -inf less -inf
            relative = (through - value[:, graph.tail]) / p.mu
        shares = terms.available * np.exp(np.where(np.isfinite(relative), relative, -np.inf))
        staying = np.exp((stay - value) / p.mu) if p.u_stay is not None else np.zeros_like(value)
        self._fill_legs(shares, np.where(is_exit | terms.is_entry, 0.0, staying))
        self.values = value

    def _solve_shortest(self, terms: Terms) -> None:
        graph = self._graph
        exit_value = np.nanmax(terms.exit_value, axis=0, initial=-np.inf)
        is_exit = ~np.isnan(terms.exit_value[0])
        value = np.where(is_exit, exit_value, -np.inf)
        floor = value.copy()
        open_ = (terms.available > 0) & ~is_exit[graph.tail]
        for _ in range(len(graph.places)):
            better = floor.copy()
            np.maximum.at(
                better, graph.tail, np.where(open_, value[graph.head] - terms.days, -np.inf)
            )
            if np.array_equal(better, value):
                break
            value = better
        through = np.where(open_, value[graph.head] - terms.days, -np.inf)
        order = np.lexsort((np.arange(len(through)), -through, graph.tail))
        first = np.concatenate(([True], graph.tail[order][1:] != graph.tail[order][:-1]))
        best = np.zeros(len(through))
        best[order[first]] = 1.0
        best[~np.isfinite(through)] = 0.0
        self._fill_legs(
            np.tile(best, (self.classes, 1)), np.zeros((self.classes, len(graph.places)))
        )
        self._service_table[:] = 0.0
        self._service_table.reshape(self.classes, *self._services.shape)[:, :, 0] = 1.0
        self._fill_services()
        self.values = np.tile(value, (self.classes, 1))

    def _fill_legs(self, shares: F64, stay: F64) -> None:
        table, rates = self._leg_table, np.empty_like(self._leg_table)
        choice_tables.lay_out(shares, stay, self._graph.out_legs, table)
        choice_tables.share_out(table.sum(axis=1), self._graph.out_degree, table, rates)
        self._leg_rates = rates

    def _fill_services(self) -> None:
        """Let shares of services be rates, by class and leg on which somebody sells."""
        table = self._service_table.reshape(self.classes, *self._services.shape)[:, self._sold]
        self._service_rates = np.maximum(table, kernels.NO_RATE).reshape(-1, table.shape[2])

    def let_go(self) -> None:
        """Let go of the room for the choices of many."""
        self._made = Choices(_ROOM, self._most)

    def leg_shares(self, class_: int) -> F64:
        """Return P(leg | place) of a class by leg index, shape (legs,)."""
        places, width = self._graph.out_legs.shape
        table = self._leg_table.reshape(self.classes, places, width + 1)[class_]
        result = np.zeros(len(self._graph.legs))
        valid = self._graph.out_legs >= 0
        result[self._graph.out_legs[valid]] = table[:, :width][valid]
        return result

    def service_shares(self, class_: int, leg: int) -> dict[int, float]:
        """Return P(service | leg) of a class: offer index (``ALONE`` = -1) to share."""
        row = self._service_table[class_ * len(self._graph.legs) + leg]
        n = int(np.count_nonzero(self._entry_leg == leg))
        return {int(self._services[leg, i]): float(row[i] / row[:n].sum()) for i in range(n)}

    def choose(
        self,
        crowd: Crowd,
        rows: Rows,
        base: NDArray[np.uint64],
        low_funds: np.float32,
        high_funds: np.float32,
        price: F64,
    ) -> Choices:
        """Return what parties choose, rows of the crowd with their event bases.

        They are the first ones of its columns, valid until somebody chooses again. A party cannot
        take an offer dearer than its funds. The bounds of the funds bands and ``price``, by
        offer, are EUR per person.
        """
        size, made = rows.size, self._made
        if size > made.room:
            made = self._made = Choices(2 * size, self._most)
        class_, node, leg, offer, rest = made.class_, made.node, made.leg, made.offer, made.rest
        draws = kernels.draw_legs(
            rows, crowd.records, base, low_funds, high_funds, FAILURE_BANDS, self._out_salts,
            self._alternatives, class_, node, made.funds, self._bits, rest,
        )  # fmt: skip
        logs = rest[:draws]
        np.log1p(logs, logs)
        served = kernels.take_legs(
            base, class_, node, self._out, self._alternatives, self._leg_rates, self._sold_at,
            self._service_salts, leg, offer, made.who, self._bits, rest,
        )  # fmt: skip
        made.asking = 0
        if served:
            logs = rest[: served * self._sold_services.shape[1]]
            np.log1p(logs, logs)
            made.asking = kernels.take_services(
                made.who, served, rows, crowd.persons, base, class_, leg, made.funds, price,
                self._sold_at, self._sold_services, self._service_rates, rest, offer, made.asked,
                made.persons, made.key,
            )  # fmt: skip
        return made
