"""Centres, contact points and officers abroad as one office that answers requests (MODEL 8)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.clock import Clock
from sim.cooperation.answer_clocks import RequestTerms
from sim.cooperation.desks import Answer, Desks, StageLog
from sim.cooperation.opening import Opening
from sim.cooperation.requests import KINDS, NOWHERE, OTHER, RequestBook
from sim.cooperation.routing import Routing
from sim.cooperation.tactical_desks import TacticalDesks
from sim.kernels import requests as kernels
from sim.kernels.desks import JOB
from sim.kernels.requests import KIND, SEAT
from sim.randomness import U64, Draws, salt, salts
from sim.scenario.specs.centres import Centre, Desk
from sim.scenario.specs.scenario import Scenario

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
Grain = Literal["strategic", "tactical"]

_DAY = 24.0
#: Hours that are drawn of a request.
_HOURS = 4


class Seat(NamedTuple):
    """A desk as tables name it: id, centre, country; guests at a post have no id."""

    id: str
    centre: str
    country: str


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
        """Set the desks up; ``start`` opens them.

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
        self.routing = Routing(centres, desks, countries, borders, middle)
        self._draws, self._run = draws, draws.run
        self._codes, self._desk_station = tuple(countries), desk_station
        self._languages = [set(d.languages) for d in desks]
        self._systems: list[set[str]] = [set(d.systems) for d in desks]
        self.seats = [Seat(d.id, d.centre, d.country) for d in desks]
        self.index = {d.id: i for i, d in enumerate(desks)}
        self._index = {c: i for i, c in enumerate(countries)}
        own = [salt("request urgent"), salt("request hit")]
        self._salts: U64 = np.append(np.array(own, np.uint64), salts("request stage", _HOURS))
        self._desk_country = np.array([self._index[d.country] for d in desks], np.intp)
        self._salt_times = salt("other business, when")
        self._salt_pairs = salt("other business, whose")
        self._kinds = _columns_of(terms)
        #: Hours from and up to which each centre works, measures aside, shape (centres, 2).
        self._dates: F64 = np.array([
            (-math.inf if c.opened is None else clock.hour_of(c.opened),
             math.inf if c.closed is None else clock.hour_of(c.closed))
            for c in centres
        ], np.float64).reshape(len(centres), 2)  # fmt: skip
        self.duty: I64 = np.zeros((len(desks), 0), np.int64)
        self.planned_from = 0
        # What a plan made in mid-day leaves behind it stays as it was.
        self.served: NDArray[np.int16] = np.zeros((len(desks), clock.hours), np.int16)
        self._plan: tuple[int, I64] = (0, self.duty)
        self._guests: dict[tuple[int, int], tuple[int, I64]] = {}
        self._staffed: Mask = np.zeros((len(desks), 0), np.bool_)
        self._seating = np.empty(0, SEAT)
        self._abroad: dict[tuple[int, int], int] = {}
        #: The same by station and country, ``NOWHERE`` for nobody.
        self._at_stations: I64 = np.empty((0, len(countries)), np.int64)
        self.shop: Desks | TacticalDesks | None = None
        #: Room to lay out what is sent in a window.
        self._sent: NDArray[Any] = np.empty(0, JOB)
        self._uniforms: F64 = np.empty((2, 0, _HOURS))
        self._learn_seats()
        # Centres with business of their own: index, desks, requests a day, and key of the draws.
        at = [np.array([j for j, d in enumerate(desks) if d.centre == c.id]) for c in centres]
        self._other = [
            (i, at[i], c.other.value, salt("other business", c.id))
            for i, c in enumerate(centres) if c.other.value > 0 and len(at[i]) > 1
        ]  # fmt: skip

    def start(
        self,
        env: simpy.Environment,
        answer: Answer,
        grain: Grain,
        window: int,
    ) -> None:
        """Open the desks; ``answer`` is called with requests and hours.

        Args:
            env: Clock of the processes of requests, in hours since the start of the run.
            answer: Takes the answers.
            grain: Rows served in batches, or a process a request.
            window: Hours of one pass of the tick order.
        """
        self.shop = (
            Desks(len(self.desks), answer, window)
            if grain == "strategic" else TacticalDesks(env, len(self.desks), answer)
        )  # fmt: skip
        self._publish()

    def serve(self, until: float) -> None:
        """Let the desks work up to an hour."""
        assert self.shop is not None
        self.shop.serve(until)

    @property
    def asked(self) -> F64:
        """Share of occasions on which each kind is asked, shape (kinds,)."""
        return self.terms.asked

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
        come = [who for who in guests if who not in self._abroad]
        if come:
            for who in come:
                self._seat(who)
            self._learn_seats()
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
        self._staffed = whole > 0
        opened = np.array([self.opening.opened(c.id) for c in self.centres], np.bool_)
        exists = np.where(opened[:, None], self._dates, math.inf)
        self._seating["opened"], self._seating["closed"] = exists[self.routing.centre_of].T
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

    def _learn_seats(self) -> None:
        """Lay out who sits abroad, who has a language in common, and who may query what."""
        languages, systems = self._languages, self._systems
        self._common = np.array([[bool(a & b) for b in languages] for a in languages], np.bool_)
        self._common = self._common.reshape(len(languages), len(languages))
        self._seating = np.zeros(len(systems), SEAT)
        self._seating["transit"] = self.routing.transit
        for seat, known in zip(self._seating, systems, strict=True):
            seat["no_query"] = [system not in known for system in self.terms.system]
        stations = 1 + max((station for station, _ in self._abroad), default=-1)
        self._at_stations = np.full((stations, len(self._codes)), NOWHERE, np.int64)
        for who, desk in self._abroad.items():
            self._at_stations[who] = desk

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

    # What is asked -------------------------------------------------------------------------

    def send(self, book: RequestBook, first: int, stop: int) -> None:
        """Send requests on their way; those that nobody can be asked stay unanswered.

        Of each is drawn whether it is urgent and what its answer holds.
        """
        assert self.shop is not None
        laid, routing = 0, self.routing
        factor = self._draw(book, first, stop)
        if len(self._sent) < stop - first:
            self._sent = np.zeros(2 * (stop - first), JOB)
        while True:
            first, laid = kernels.lay_out(
                first, stop, laid, book.records, factor, self._kinds, routing.ways,
                routing.ways_of, self.planned_from, self._staffed, self._seating,
                self._at_stations, self._common, self._sent,
            )  # fmt: skip
            if first == stop:
                break
            routing.lay(*(int(column[first]) for column in (
                book.asking, book.answering, book.kind, book.border,
            )))  # fmt: skip
        self.shop.submit(self._sent[:laid])

    def _draw(self, book: RequestBook, first: int, stop: int) -> F64:
        """Draw what is drawn of requests; return what their hours are of their means, (n, 4)."""
        if self._uniforms.shape[1] < stop - first:
            self._uniforms = np.empty((2, 2 * (stop - first), _HOURS))
        log, cosine = self._uniforms[0, : stop - first], self._uniforms[1, : stop - first]
        kernels.ask(
            first, stop, self._run, book.records, self._salts, self._kinds,
            self.terms.since, self.terms.allowed, log, cosine,
        )  # fmt: skip
        np.log(log, out=log)
        np.cos(cosine, out=cosine)
        kernels.exponents(first, book.records, self._kinds, log, cosine)
        return np.exp(log, out=log)

    def other_business(self, hour: int, hours: int) -> dict[str, NDArray[Any]] | None:
        """Return columns of requests to come that have nothing to do with the model.

        Poisson with the share asked of the centre's rate, in its open hours; between two of its
        desks, any pair alike.
        They take the officers' time as others do, and nothing follows from them.
        """
        busy = [other for other in self._other if self.opening.opened(self.centres[other[0]].id)]
        if not busy:
            return None
        centres, desks, rates, keys = zip(*busy, strict=True)
        seats, size = np.concatenate(desks), np.array([len(d) for d in desks])
        first_seat = np.cumsum(size) - size
        # It arises while the centre is open: time runs over its open hours alone.
        dates = self._dates[list(centres)]
        clock = hour + np.arange(hours)
        open_ = np.logical_or.reduceat(self.opening.open[seats, hour : hour + hours], first_seat)
        open_ &= (clock >= dates[:, :1]) & (clock < dates[:, 1:])
        of_centre, open_hour = open_.nonzero()
        length = np.bincount(of_centre, minlength=len(busy))
        rates = np.array(rates) * self.asked[OTHER]
        expected = np.where(length > 0, rates * hours / _DAY, 0.0)
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


def _columns_of(terms: RequestTerms) -> NDArray[Any]:
    """Return what holds for a request by its kind, ``kernels.requests.KIND``."""
    kinds = np.zeros(len(KINDS), KIND)
    kinds["urgent"], kinds["hit"], kinds["spread"] = terms.urgent, terms.hit, terms.spread
    kinds["half_variance"], kinds["translation"] = terms.spread**2 / 2, terms.translation
    kinds["mean"] = np.stack([terms.own, terms.own, terms.partner, terms.back_office], axis=1)
    return kinds


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
