"""Smuggling networks: offers on legs, capacity without favour, prices, losses (MODEL 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.kernels.networks import release, settle, take_in
from sim.randomness import U64, Draws, salt, text_key
from sim.scenario.specs.networks import SmugglingNetwork
from sim.smuggling.exp3 import Exp3

F64 = NDArray[np.float64]
I64 = NDArray[np.intp]
Mask = NDArray[np.bool_]
Mode = Literal["off", "fixed", "adaptive", "best_response"]

_WEEK_DAYS = 7.0
#: Persons by which a load may exceed a quota: an allowance for rounding.
_SLACK = 1e-9


class Networks:
    """All networks; what each sells on a leg is an *offer*, one row over all networks.

    The fee is earned when the leg is passed. A person stopped earns nothing and costs L =
    ``loss_per_person`` (vehicle, fee, guide), which holds the leg's own cost. A load at cost c
    and price q then breaks even at q = c + p L / (1 - p), hence

        price = c + p L / (1 - p) + margin x c

    with p the network's own estimate of being stopped on the leg, p / (1 - p) at most
    ``odds_cap``. Prices close ``price_adjustment`` of the gap a week. p starts where the opening
    price is this price, and moves to each week's own share of losses with half-life
    ``loss_memory``; a leg not worked leaves it as it was.

    A network works in ``crews`` of equal capacity. A crew works one leg a week:
    ``adaptive`` plays EXP3 on the realised profit per person of capacity x, scaled to
    (x + L) / (2 L + m) in [0, 1], m the network's largest opening mark-up over cost: x is at
    least -L, and the expected profit p L + (1 - p) m at a price that follows the risk is never
    above L + m; a week beyond is cut there. ``best_response`` sends crews to the legs by
    expected profit per person where it is positive, as many as last week's demand there, the
    rest to the best leg.
    ``fixed`` keeps equal shares and the opening prices.

    Losses are paid from cash, and profit fills it up to the opening cash; the rest is taken
    out. What cash cannot pay for is not replaced: one person a day of capacity for each L, and
    it comes back with half-life ``recovery``, as does what arrests cost.

    Attributes:
        specs: The networks, none with mode ``off``.
        ids: Network ids.
        network: Network of each offer, shape ``(offers,)``; offers go by network, then in the
            order of its services.
        leg: Leg index of each offer.
        price: EUR per person now.
        cost: The network's own cost, EUR per person.
        scouts: Share of patrol gaps its scouts see.
        quality: Share of hours saved on the leg.
        capacity: Persons a day now.
        share: Share of the network's capacity on the offer.
        quota: Persons that may still be taken now.
        risk: The network's own estimate p.
        cash: EUR, shape ``(networks,)``.
        lost: Persons a day of capacity lost and not yet recovered, shape ``(networks,)``.
    """

    def __init__(
        self,
        specs: Sequence[SmugglingNetwork],
        leg_index: Mapping[str, int],
        parameters: Mapping[str, float],
        mode: Mode,
        frozen_from_hour: int | None = None,
    ) -> None:
        """Open for business.

        Args:
            specs: The networks; with mode ``off`` none of them offers anything.
            leg_index: Position of each leg by id.
            parameters: ``exp3_exploration``, ``price_adjustment``, ``loss_memory``, ``odds_cap``.
            mode: Switch ``smugglers``.
            frozen_from_hour: From this hour on shares and prices stay as they are; losses and
                recovery go on.

        Raises:
            InputError: A service names a leg that does not exist.
        """
        specs = () if mode == "off" else specs
        _check_legs(specs, leg_index)
        self.mode, self._frozen_from, self._now = mode, frozen_from_hour, 0
        self.specs = tuple(specs)
        self.ids = tuple(spec.id for spec in specs)
        services = [(n, service) for n, spec in enumerate(specs) for service in spec.services]
        self.network = np.array([n for n, _ in services], dtype=np.intp)
        self.leg = np.array([leg_index[s.leg] for _, s in services], dtype=np.intp)
        self._leg_id = np.array([s.leg for _, s in services], dtype=object)
        self.price = np.array([s.price.value for _, s in services], dtype=np.float64)
        self.cost = np.array([s.cost.value for _, s in services], dtype=np.float64)
        self._take_columns(specs)
        self._adjustment = parameters["price_adjustment"]
        self._forgotten = 1.0 - 0.5 ** (_WEEK_DAYS / parameters["loss_memory"])
        self._odds_cap = parameters["odds_cap"]
        self._open()
        self._exp3 = Exp3(self.network, parameters["exp3_exploration"])
        self._priority: U64 = np.array(
            [salt("smuggling priority", self.ids[n], s.leg) for n, s in services], dtype=np.uint64
        )

    def _take_columns(self, specs: Sequence[SmugglingNetwork]) -> None:
        def column(name: str) -> F64:
            return np.array([getattr(s, name).value for s in specs], dtype=np.float64)

        self.scouts, self.quality = column("scouts")[self.network], column("quality")[self.network]
        self._loss = column("loss_per_person")[self.network]
        self._margin = column("margin")[self.network]
        self._full, self._opening_cash = column("capacity"), column("cash")
        self.facilitators = column("facilitators")
        self._loss_of_network = column("loss_per_person")
        self._kept_lost = 0.5 ** (_WEEK_DAYS / np.maximum(column("recovery"), 1e-9))
        crews = np.maximum(np.rint(column("crews")), 1).astype(np.intp)
        self._crews = crews.astype(np.float64)
        self._crew_network = np.repeat(np.arange(len(specs)), crews)
        first = np.cumsum(crews) - crews
        self._crew_number = np.arange(crews.sum()) - np.repeat(first, crews)
        keys = np.array([text_key(spec.id) for spec in specs], dtype=np.uint64)
        self._crew_key: U64 = keys[self._crew_network]

    def _open(self) -> None:
        offers, networks = self.network.size, len(self.ids)
        self._legs_of = np.bincount(self.network, minlength=networks).astype(np.float64)
        self.share: F64 = 1.0 / self._legs_of[self.network]
        self._first = np.flatnonzero(np.diff(self.network, prepend=-1))
        markup = self.price - self.cost
        highest = np.maximum.reduceat(markup, self._first) if offers else markup
        self._scale = (2.0 * self._loss_of_network + np.maximum(highest, 0.0))[self.network]
        odds = np.zeros(offers)
        np.divide(markup - self._margin * self.cost, self._loss, out=odds, where=self._loss > 0)
        odds = np.clip(odds, 0.0, self._odds_cap)
        self.risk: F64 = odds / (1.0 + odds)
        self.cash, self.lost = self._opening_cash.copy(), np.zeros(networks)
        self.quota = np.zeros(offers)
        self._demand = np.zeros(offers)
        self._set_capacity()
        self._forget_week()

    def _set_capacity(self) -> None:
        left = np.maximum(self._full - self.lost, 0.0)
        self.capacity: F64 = left[self.network] * self.share
        np.minimum(self.quota, self.capacity, out=self.quota)

    def _forget_week(self) -> None:
        offers = self.network.size
        self._offered, self._revenue = np.zeros(offers), np.zeros(offers)
        self._carried = np.zeros(offers, dtype=np.int64)
        self._stopped = np.zeros(offers, dtype=np.int64)
        self._turned_away = np.zeros(offers, dtype=np.int64)

    # Every window --------------------------------------------------------------------------

    def begin_window(self, hour: int, hours: int) -> None:
        """Release the quota of the coming hours; at most a day's worth piles up."""
        self._now = hour + hours
        release(self.capacity, hours / 24.0, self._offered, self.quota)

    def allocate(self, offer: I64, persons: NDArray[np.int64], base: U64) -> Mask:
        """Return which parties an offer takes: in the order of a keyed priority, while they fit.

        Within an offer parties are taken while their persons add up to its quota or less; one
        that does not fit leaves the room to the next that does. The order of the rows has no
        part in it. A party larger than a day's capacity is never taken.

        Args:
            offer: Offer each party asks for, shape ``(m,)``.
            persons: Persons in the party.
            base: Event base of (party, move).
        """
        won = np.empty(offer.size, np.bool_)
        if offer.size:
            take_in(
                offer, persons, base, self._priority, _SLACK, self.quota, self._turned_away, won
            )
        return won

    def settle(self, offer: I64, persons: NDArray[np.integer[Any]], stopped: Mask) -> None:
        """Book legs that ended: the fee of those that passed, the loss of those stopped.

        Args:
            offer: Offer each party went with.
            persons: Persons in the party.
            stopped: Whether it was stopped: the network loses what it put into the load.
        """
        settle(offer, persons, stopped, self.price, self._carried, self._stopped, self._revenue)

    # Losses that come from elsewhere -------------------------------------------------------

    def arrest(self, network: int, facilitators: float) -> None:
        """Take facilitators out: the network loses their share of its capacity at once."""
        part = min(facilitators / max(self.facilitators[network], 1e-9), 1.0)
        working = max(self._full[network] - self.lost[network], 0.0)
        self.lost[network] += part * working
        self._set_capacity()

    def seize(self, network: int, euros: float) -> None:
        """Take money away; what the cash does not cover is settled at the end of the week."""
        self.cash[network] -= euros

    # Every week ----------------------------------------------------------------------------

    def weekly(self, week: int, draws: Draws) -> dict[str, NDArray[Any]]:
        """Close a week: pay losses, recover, learn, set prices and places of the next.

        Args:
            week: Number of the week that ends; its crews' next places are drawn with it.
            draws: The run's draws.

        Returns:
            The columns of table ``networks`` for the week that ends.
        """
        passed = self._carried - self._stopped
        profit = self._revenue - self.cost * passed - self._loss * self._stopped
        columns: dict[str, NDArray[Any]] = {
            "week": np.full(self.network.size, week, dtype=np.int64),
            "network": np.array(self.ids, dtype=object)[self.network],
            "leg": self._leg_id,
            "capacity": self._offered,
            "carried": self._carried,
            "turned_away": self._turned_away,
            "intercepted": self._stopped,
            "price": self.price.copy(),
            "revenue": self._revenue,
            "profit": profit,
            "share": self.share.copy(),
        }
        self._pay(profit)
        if self._frozen_from is None or self._now < self._frozen_from:
            self._learn(profit)
            self._move(week, draws)
        self._set_capacity()
        self._forget_week()
        return columns

    def _pay(self, profit: F64) -> None:
        self.cash += np.bincount(self.network, profit, len(self.ids))
        unpaid = np.maximum(-self.cash, 0.0)
        gone = np.zeros(len(self.ids))
        np.divide(unpaid, self._loss_of_network, out=gone, where=self._loss_of_network > 0)
        self.lost = np.minimum(self.lost * self._kept_lost + gone, self._full)
        self.cash = np.clip(self.cash, 0.0, self._opening_cash)

    def _learn(self, profit: F64) -> None:
        worked = self._carried > 0
        losses = self._stopped / np.maximum(self._carried, 1)
        self.risk = np.where(worked, self.risk + self._forgotten * (losses - self.risk), self.risk)
        self._demand = (self._carried + self._turned_away) / _WEEK_DAYS
        if self.mode == "adaptive":
            self._exp3.learn(self.share, self._reward(profit))
        if self.mode != "fixed":
            odds = np.minimum(self.risk / np.maximum(1.0 - self.risk, 1e-12), self._odds_cap)
            target = self.cost + odds * self._loss + self._margin * self.cost
            # In place: the choice among services reads this array.
            self.price += self._adjustment * (target - self.price)

    def _reward(self, profit: F64) -> F64:
        """Return the realised profit per person of capacity, scaled to [0, 1]."""
        yielded = np.zeros(profit.shape)
        np.divide(profit, self._offered, out=yielded, where=self._offered > 0)
        reward = np.zeros(profit.shape)
        np.divide(yielded + self._loss, self._scale, out=reward, where=self._scale > 0)
        return np.minimum(np.maximum(reward, 0.0), 1.0)

    def _move(self, week: int, draws: Draws) -> None:
        if self.mode == "fixed" or not self.network.size:
            return
        if self.mode == "adaptive":
            u = draws.keyed("smuggling crew", self._crew_key, week, self._crew_number)
            place = self._exp3.play(self._crew_network, u)
        else:
            place = self._best_places()
        crews = np.bincount(place, minlength=self.network.size)
        self.share = crews / self._crews[self.network]

    def _best_places(self) -> I64:
        """Return the offer of each crew, best first, while last week's demand there lasts."""
        gain = (1.0 - self.risk) * (self.price - self.cost) - self.risk * self._loss
        order = np.lexsort((-gain, self.network))
        wanted = np.where(gain > 0.0, self._demand, 0.0)[order]
        demand = np.cumsum(wanted)
        demand -= (demand - wanted)[self._first][self.network]
        crew = (self._full / self._crews)[self._crew_network]
        middle = crew * (self._crew_number + 0.5)
        # One ascending array over all networks: search every crew's place at once.
        lift = max(float(demand.max()), float(self._full.max())) + 1.0
        place = (demand + self.network * lift).searchsorted(
            middle + self._crew_network * lift, side="right"
        )
        last = np.append(self._first[1:], self.network.size)[self._crew_network]
        best = self._first[self._crew_network]
        return order[np.where(place < last, place, best)]

    def state_of(self, network: int) -> dict[str, float]:
        """Return capacity in persons a day and cash in EUR of a network now."""
        working = max(float(self._full[network] - self.lost[network]), 0.0)
        return {"capacity": working, "cash": float(self.cash[network])}


def _check_legs(specs: Sequence[SmugglingNetwork], leg_index: Mapping[str, int]) -> None:
    problems = [
        Problem(
            "unknown-leg",
            f"network {spec.id} sells passage on a leg that does not exist",
            "Name a leg of the scenario.",
            key=f"networks.{spec.id}.services",
            value=service.leg,
        )
        for spec in specs
        for service in spec.services
        if service.leg not in leg_index
    ]
    if problems:
        raise InputError(problems)
