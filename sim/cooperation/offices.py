"""Centres, contact points and officers abroad as one office that answers requests (MODEL 8)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.clock import Clock
from sim.cooperation.answer_clocks import RequestTerms
from sim.cooperation.desks import Desks, Path, StageLog
from sim.cooperation.opening import Opening
from sim.cooperation.requests import KINDS, NOWHERE, OTHER, RequestBook
from sim.cooperation.routing import BY_CENTRE, BY_NOBODY, ON_THE_SPOT, Route, Routing
from sim.cooperation.tactical_desks import TacticalDesks
from sim.randomness import U64, Draws, salt, salts
from sim.scenario.specs.centres import Centre, Desk
from sim.scenario.specs.scenario import Scenario

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]
Grain = Literal["strategic", "tactical"]

#: Draws of a request: own desk, one between, partner's desk, and what a capital takes.
_OWN, _BETWEEN, _PARTNER, _CAPITAL = range(4)
_DAY = 24.0


class Seat(NamedTuple):
    """A desk as tables name it: id, centre, country; guests at a post have no id."""

    id: str
    centre: str
    country: str


class _Way:
    """A route as requests of one kind go it.

    Attributes:
        code: Index into ``routing.ROUTES``.
        own: Desk of the country that asks, ``NOWHERE`` if none has a part in it.
        partner: Desk of the country asked, ``NOWHERE`` for an officer on the spot.
        capital: Whether the desk asked waits for a system it may not query.
    """

    __slots__ = ("_desks", "_transits", "_translated", "capital", "code", "own", "partner")

    def __init__(
        self,
        code: int,
        desks: tuple[int, ...],
        transits: tuple[float, ...],
        translated: float,
        capital: bool,
    ) -> None:
        """Take the route, transit to each desk, hours of translation, and the capital's part."""
        self.code, self.capital = code, capital
        self.own, self.partner = (desks[0], desks[-1]) if len(desks) > 1 else (NOWHERE, NOWHERE)
        self._desks, self._transits, self._translated = desks, transits, translated

    def path(self, hours: Sequence[float]) -> Path:
        """Return the stages of a request, given what each stage takes it."""
        desks, transits = self._desks, self._transits
        last = hours[_PARTNER] + self._translated
        if len(desks) == 2:
            return (desks[0], transits[0], hours[_OWN]), (desks[1], transits[1], last)
        if len(desks) == 1:
            return ((desks[0], transits[0], last),)
        return (
            (desks[0], transits[0], hours[_OWN]),
            (desks[1], transits[1], hours[_BETWEEN]),
            (desks[2], transits[2], last),
        )


class Offices:
    """Everybody who answers requests.

    Attributes:
        centres: Centres and contact points.
        desks: Their desks, position = desk index; officers abroad follow behind them.
        index: Position of each desk by id.
        opening: When each is open.
        routing: Which desks a request goes to.
        terms: What holds for a request by kind and pair.
        duty: Officers on duty where the desk is open, shape (desks, hours), from ``planned_from``.
        planned_from: First hour of ``duty``.
        served: The same for every hour of the run, as it was planned last, shape (desks, hours).
        seats: Names of desks, those of guests behind the others.
        shop: The desks at work; None before ``start``.
    """

    def __init__(
        self,
        centres: Sequence[Centre],
        desks: Sequence[Desk],
        terms: RequestTerms,
        routing_map: tuple[Sequence[str], Sequence[str], F64],
        opening: Opening,
        clock: Clock,
        draws: Draws,
        desk_station: int = 0,
    ) -> None:
        """Set the desks up; ``start`` puts them on the clock.

        Args:
            centres: Centres and contact points.
            desks: Their desks.
            terms: What holds for a request by kind and pair.
            routing_map: Country codes and borders in the order of the engine's indices, and
                latitude and longitude of the middle of each border, shape (borders, 2).
            opening: When each desk is open.
            clock: The run's clock.
            draws: The run's draws.
            desk_station: Station of the rosters at which the first desk stands; the others
                follow in order, and nothing else stands behind them.
        """
        countries, borders, middle = routing_map
        self.centres, self.desks, self.terms = tuple(centres), tuple(desks), terms
        self.opening = opening
        self.routing = Routing(
            centres, desks, countries, borders, middle, self._is_staffed, self._exists
        )
        self._draws = draws
        self._codes, self._desk_station = tuple(countries), desk_station
        self._languages = [set(d.languages) for d in desks]
        self._systems: list[set[str]] = [set(d.systems) for d in desks]
        self.seats = [Seat(d.id, d.centre, d.country) for d in desks]
        self.index = {d.id: i for i, d in enumerate(desks)}
        self._index = {c: i for i, c in enumerate(countries)}
        self._salts: U64 = salts("request stage", 4)
        self._desk_country = np.array([self._index[d.country] for d in desks], np.intp)
        self._salt_times = salt("other business, when")
        self._salt_pairs = salt("other business, whose")
        self._means = np.stack([terms.own, terms.own, terms.partner, terms.back_office], axis=1)
        self._spread: F64 = terms.spread[:, None]
        self._half_variance: F64 = self._spread**2 / 2
        self._dates = [
            (-math.inf if c.opened is None else float(clock.hour_of(c.opened)),
             math.inf if c.closed is None else float(clock.hour_of(c.closed)))
            for c in centres
        ]  # fmt: skip
        self.duty: I64 = np.zeros((len(desks), 0), np.int64)
        self.planned_from = 0
        # What a plan made in mid-day leaves behind it stays as it was.
        self.served: NDArray[np.int16] = np.zeros((len(desks), clock.hours), np.int16)
        self._plan: tuple[int, I64] = (0, self.duty)
        self._guests: dict[tuple[int, int], tuple[int, I64]] = {}
        self._staffed: list[list[bool]] = [[] for _ in desks]
        self._abroad: dict[tuple[int, int], int] = {}
        self.shop: Desks | TacticalDesks | None = None
        self._answer: Callable[[int, float], None] = _nobody
        self._delay: dict[int, float] = {}
        # What other business meets between two desks: transit, translation, a system not open.
        self._transit: F64 = np.array(self.routing.transit)
        self._translated: F64 = np.array([
            [0.0 if a & b else float(terms.translation[OTHER]) for b in self._languages]
            for a in self._languages
        ]).reshape(len(desks), len(desks))  # fmt: skip
        self._no_query: Mask = np.array(
            [terms.system[OTHER] not in known for known in self._systems], np.bool_
        )
        # Ways known, by route and kind.
        self._known: dict[tuple[Route, int], _Way] = {}
        # Centres with business of their own: index, desks, requests a day, and key of the draws.
        at = [np.array([j for j, d in enumerate(desks) if d.centre == c.id]) for c in centres]
        self._other = [
            (i, at[i], c.other.value, salt("other business", c.id))
            for i, c in enumerate(centres) if c.other.value > 0 and len(at[i]) > 1
        ]  # fmt: skip

    def start(
        self,
        env: simpy.Environment,
        answer: Callable[[int, float], None],
        grain: Grain,
        window: int,
    ) -> None:
        """Put the desks on the clock; ``answer`` is called with (request, hour).

        Args:
            env: Clock, in hours since the start of the run.
            answer: Takes the answers.
            grain: Rows served in batches, or a process a request.
            window: Hours of one pass of the tick order.
        """
        self._answer = answer
        self.shop = (
            Desks(env, len(self.desks), self._done, window)
            if grain == "strategic" else TacticalDesks(env, len(self.desks), self._done)
        )  # fmt: skip
        self._publish()

    def _done(self, request: int, hour: float) -> None:
        self._answer(request, hour + self._delay.pop(request, 0.0))

    @property
    def log(self) -> StageLog:
        """What the desks have worked on since it was last taken."""
        assert self.shop is not None
        return self.shop.log

    # Who is there --------------------------------------------------------------------------

    def set_duty(self, first_hour: int, duty: I64) -> None:
        """Plan who is on duty at the desks from an hour on; guests come with ``set_guests``.

        Args:
            first_hour: First hour of the plan; nobody is on duty beyond its end.
            duty: Officers by the rosters, shape (desks, hours); opening hours are laid over it.
        """
        self._plan = (first_hour, duty)
        self._guests = {}
        self._publish()

    def set_guests(self, first_hour: int, guests: Mapping[tuple[int, int], I64]) -> None:
        """Plan which guests answer for their country from an hour on.

        Args:
            first_hour: First hour of the arrays.
            guests: Officers on duty, shape (hours,), by station of the rosters and index of their
                country: at a post or sector they answer on the spot for their country, at a
                centre they are its desk there.
        """
        if self.shop is None or not (guests or self._guests):
            return
        for who in guests:
            if who not in self._abroad:
                self._seat(who)
        self._guests = {who: (first_hour, officers) for who, officers in guests.items()}
        self._publish()

    def _publish(self) -> None:
        """Tell the desks who is on duty: by the rosters while open, and guests."""
        first_hour, duty = self._plan
        hours = duty.shape[1]
        open_ = self.opening.open[:, first_hour : first_hour + hours]
        whole = np.zeros((len(self.seats), hours), np.int64)
        whole[: len(self.desks)] = duty * open_
        for who, (begin, officers) in self._guests.items():
            at = begin - first_hour
            part = officers[: max(hours - at, 0)]
            host = who[0] - self._desk_station
            if host >= 0:
                part = part * open_[host, at : at + len(part)]
            whole[self._abroad[who], at : at + len(part)] += part
        self.duty, self.planned_from = whole[: len(self.desks)], first_hour
        self.served[:, first_hour : first_hour + hours] = self.duty
        self._staffed = (whole > 0).tolist()
        if self.shop is not None:
            self.shop.set_duty(first_hour, whole)

    def _seat(self, who: tuple[int, int]) -> None:
        """Give the guests of a country at a station a seat: what they know is their country's."""
        assert self.shop is not None
        station, country = who
        host = station - self._desk_station
        centre = self.routing.centre_of[host] if host >= 0 else NOWHERE
        own = [d for d in self.desks if self._index[d.country] == country]
        name = self._codes[country]
        if centre != NOWHERE and (centre, country) in self.routing.at:
            self._abroad[who] = self.routing.at[centre, country]
            return
        self._abroad[who] = desk = self.shop.add()
        self._languages.append({word for d in own for word in d.languages})
        self._systems.append({system for d in own for system in d.systems})
        self.routing.seat(desk, centre, country)
        if centre != NOWHERE:
            self._languages[-1] |= set(self.desks[host].languages)
            at = self.centres[centre].id
            self.seats.append(Seat(f"{at}_guests_{name.lower()}", at, name))
        else:
            self.seats.append(Seat("", "", name))

    def change(self, targets: Sequence[int], quantity: str, value: Any, hour: int) -> None:
        """Set hours or days of desks from an hour on."""
        for desk in targets:
            self.opening.set(desk, quantity, value, hour)
        self._publish()

    def open_centre(self, centre: str, opened: bool, hour: int) -> None:
        """Let a centre work, or shut it, from an hour on; what lies on its desks stays there."""
        self.opening.set_opened(centre, opened, hour)
        self._publish()

    def _is_staffed(self, desk: int, hour: int) -> bool:
        staffed = self._staffed[desk]
        at = hour - self.planned_from
        return 0 <= at < len(staffed) and staffed[at]

    def _exists(self, centre: int, hour: float) -> bool:
        since, until = self._dates[centre]
        return since <= hour < until and self.opening.opened(self.centres[centre].id)

    def state_of(self, desks: Sequence[int]) -> dict[str, float]:
        """Return officers on duty and at work at desks, and requests waiting there, at last."""
        shop = self.shop
        if shop is None or not self.duty.shape[1]:
            return {}
        at = min(max(int(shop.now) - 1 - self.planned_from, 0), self.duty.shape[1] - 1)
        return {
            "officers_on_duty": float(self.duty[list(desks), at].sum()),
            "officers_at_work": float(sum(shop.at_work(d) for d in desks)),
            "requests_waiting": float(sum(shop.waiting(d) for d in desks)),
        }

    def on_the_spot(self, station: int, answering: int, hour: float) -> int:
        """Return the desk of an officer of a country on duty at a station, -1 for nobody."""
        desk = self._abroad.get((station, answering), -1)
        return desk if desk >= 0 and self._is_staffed(desk, int(hour)) else -1

    # What is asked -------------------------------------------------------------------------

    def send(self, book: RequestBook, part: slice) -> None:
        """Send requests on their way; those that nobody can be asked stay unanswered."""
        assert self.shop is not None
        kind, work = book.kind[part], self._work(book, part)
        ids: slice | Index = part
        if np.count_nonzero(kind == OTHER):
            own = (kind == OTHER).nonzero()[0]
            self._send_other(book, part.start + own, work[own])
            rest = (kind != OTHER).nonzero()[0]
            if not rest.size:
                return
            ids, kind, work = part.start + rest, kind[rest], work[rest]
        columns = zip(
            range(part.start, part.stop) if isinstance(ids, slice) else ids.tolist(),
            kind.tolist(), book.asked[ids].tolist(), book.urgent[ids].tolist(),
            book.key[ids].tolist(), book.asking[ids].tolist(), book.answering[ids].tolist(),
            book.border[ids].tolist(), book.station[ids].tolist(), work.tolist(), strict=True,
        )  # fmt: skip
        code, sender, receiver, jobs = [], [], [], []
        for (request, what, hour, urgent, draw, asking, answering, border, station,
             hours) in columns:  # fmt: skip
            way = self._way_of(asking, answering, what, border, station, hour)
            code.append(way.code)
            sender.append(way.own)
            receiver.append(way.partner)
            if way.code == BY_NOBODY:
                continue
            if way.capital:
                delay = hours[_CAPITAL]
                if delay:
                    self._delay[request] = delay
            path = way.path(hours)
            jobs.append((hour + path[0][1], (1 - urgent, hour, draw, request, 0, path)))
        self.shop.submit_all(jobs)
        book.route[ids], book.sender[ids], book.receiver[ids] = code, sender, receiver

    def _send_other(self, book: RequestBook, ids: Index, work: F64) -> None:
        """Send requests that have nothing to do with the model, from desk to desk of a centre."""
        assert self.shop is not None
        book.route[ids] = BY_CENTRE
        sender, receiver = book.sender[ids], book.receiver[ids]
        waits = (self._no_query[receiver] & (work[:, _CAPITAL] > 0.0)).nonzero()[0]
        self._delay.update(zip(ids[waits].tolist(), work[waits, _CAPITAL].tolist(), strict=True))
        last = work[:, _PARTNER] + self._translated[sender, receiver]
        asked = book.asked[ids]
        columns = zip(
            (asked + self._transit[sender]).tolist(), (1 - book.urgent[ids]).tolist(),
            asked.tolist(), book.key[ids].tolist(), ids.tolist(), sender.tolist(),
            self._transit[sender].tolist(), work[:, _OWN].tolist(), receiver.tolist(),
            self._transit[receiver].tolist(), last.tolist(), strict=True,
        )  # fmt: skip
        self.shop.submit_all(
            (at, (rank, hour, draw, request, 0, ((one, there, own), (other, onward, partner))))
            for at, rank, hour, draw, request, one, there, own, other, onward, partner in columns
        )

    def _way_of(
        self, asking: int, answering: int, kind: int, border: int, station: int, hour: float
    ) -> _Way:
        """Return the way of a request: on the spot, if an officer of the country asked is there."""
        if self._abroad:
            desk = self.on_the_spot(station, answering, hour)
            if desk >= 0:
                return self._way(Route(ON_THE_SPOT, (desk,)), kind)
        return self._way(self.routing.route(asking, answering, kind, border, hour), kind)

    def _work(self, book: RequestBook, part: slice) -> F64:
        """Return hours of each request: own desk, one between, partner's desk, a capital."""
        kind = book.kind[part]
        factor = self._draws.normal(book.key[part, None], self._salts)
        factor *= self._spread[kind]
        factor -= self._half_variance[kind]
        np.exp(factor, out=factor)
        factor *= self._means[kind]
        return factor

    def _way(self, route: Route, kind: int) -> _Way:
        """Return a route with what a request of a kind meets on it.

        An officer on the spot asks his own country in his own language.
        """
        way = self._known.get((route, kind))
        if way is not None:
            return way
        desks, translated, capital = route.desks, 0.0, False
        if len(desks) > 1:
            last, before = desks[-1], desks[-2]
            if not self._languages[last] & self._languages[before]:
                translated = float(self.terms.translation[kind])
            capital = self.terms.system[kind] not in self._systems[last]
        way = self._known[route, kind] = _Way(
            route.code, desks, tuple(self.routing.transit[desk] for desk in desks), translated,
            capital,
        )  # fmt: skip
        return way

    def other_business(self, hour: int, hours: int) -> dict[str, NDArray[Any]] | None:
        """Return columns of requests to come that have nothing to do with the model.

        Poisson with the centre's rate, in its open hours; between two of its desks, any pair alike.
        They take the officers' time as others do, and nothing follows from them.
        """
        busy = [other for other in self._other if self.opening.opened(self.centres[other[0]].id)]
        if not busy:
            return None
        centres, desks, rates, keys = zip(*busy, strict=True)
        seats, size = np.concatenate(desks), np.array([len(d) for d in desks])
        first_seat = np.cumsum(size) - size
        # It arises while the centre is open: time runs over its open hours alone.
        dates = np.array([self._dates[centre] for centre in centres])
        clock = hour + np.arange(hours)
        open_ = np.logical_or.reduceat(self.opening.open[seats, hour : hour + hours], first_seat)
        open_ &= (clock >= dates[:, :1]) & (clock < dates[:, 1:])
        of_centre, open_hour = open_.nonzero()
        length = np.bincount(of_centre, minlength=len(busy))
        expected = np.where(length > 0, np.array(rates) * hours / _DAY, 0.0)
        count = (expected + 8 * np.sqrt(expected) + 20).astype(np.intp)
        base = self._draws.event_base(np.array(keys, np.uint64), np.full(len(busy), hour))
        number = np.arange(count.max())
        each = self._draws.event_base(
            np.repeat(base, number.size), np.tile(number, len(busy))
        ).reshape(len(busy), -1)  # fmt: skip
        gaps = -np.log1p(-self._draws.uniform(each, self._salt_times))
        when = np.cumsum(gaps, axis=1) * (length / np.maximum(expected, 1e-9))[:, None]
        mine = (when < length[:, None]) & (number < count[:, None])
        which, when, key = mine.nonzero()[0], when[mine], each[mine]
        asked = open_hour[(np.cumsum(length) - length)[which] + when.astype(np.intp)] + when % 1.0
        others = size[which] - 1
        pair = self._draws.uniform(key, self._salt_pairs) * (size[which] * others)
        one, other = np.divmod(pair.astype(np.intp), others)
        other += other >= one
        senders, receivers = seats[first_seat[which] + one], seats[first_seat[which] + other]
        return {
            "kind": np.full(len(key), OTHER, np.uint8), "asked": hour + asked, "key": key,
            "sender": senders, "receiver": receivers,
            "asking": self._desk_country[senders], "answering": self._desk_country[receivers],
            "border": np.full(len(key), NOWHERE), "station": np.full(len(key), NOWHERE),
        }  # fmt: skip


def build_offices(
    scenario: Scenario,
    borders: Sequence[str],
    middle: F64,
    clock: Clock,
    draws: Draws,
    desk_station: int,
) -> Offices | None:
    """Return everybody who answers requests, None where nobody does.

    Args:
        scenario: Resolved scenario.
        borders: Borders, in the order of the engine's border index.
        middle: Latitude and longitude of the middle of each, shape (borders, 2).
        clock: The run's clock.
        draws: The run's draws.
        desk_station: Station of the rosters at which the first desk stands.
    """
    if not scenario.switches.centres or not scenario.desks or not scenario.request_kinds:
        return None
    countries = tuple(sorted({c.id for c in scenario.countries}))
    systems = {str(row.kind): row.system for row in scenario.request_kinds}
    terms = RequestTerms(
        scenario.request_kinds, scenario.answer_clocks, countries, clock,
        systems_queried(scenario.desks, countries, systems),
    )  # fmt: skip
    opening = Opening(
        scenario.desks, {c.id: c for c in scenario.centres}, scenario.holidays,
        {c.id: c.zone for c in scenario.countries}, clock,
    )  # fmt: skip
    return Offices(
        scenario.centres, scenario.desks, terms, (countries, borders, middle), opening, clock,
        draws, desk_station,
    )  # fmt: skip


def systems_queried(
    desks: Sequence[Desk], countries: Sequence[str], systems: Mapping[str, str]
) -> Mask:
    """Return whether some desk of a country may query a kind's system, (kinds, countries).

    Args:
        desks: The desks.
        countries: Country codes, in the order of the engine's country index.
        systems: System to query by kind.
    """
    direct = np.zeros((len(KINDS), len(countries)), np.bool_)
    index = {c: i for i, c in enumerate(countries)}
    for desk in desks:
        for code, kind in enumerate(KINDS):
            if systems.get(kind) in desk.systems:
                direct[code, index[desk.country]] = True
    return direct


def _nobody(request: int, hour: float) -> None:
    raise AssertionError("the desks are not on the clock")
