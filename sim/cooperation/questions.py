"""What is asked after stops and finds, and what the answers do there (MODEL 8).

An identity settled in time lets the party be handed back as the rule of the border says; one that
is not settled when holding ends is released. A document or a vehicle found, or a network told of,
goes on the list of alerts. Nothing here knows where anybody comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.control.aftermath import BACK, RELEASED
from sim.control.inspection import REFUSED
from sim.cooperation.alerts import Alerts
from sim.cooperation.answer_clocks import RequestTerms
from sim.cooperation.followers import StopFollower
from sim.cooperation.requests import (
    DOCUMENT,
    IDENTITY,
    KINDS,
    NOBODY_ASKED,
    SMUGGLING_INTELLIGENCE,
    VEHICLE,
    Answers,
    Requests,
)
from sim.kernels import questions as kernel
from sim.kernels.requests import BY_NOBODY
from sim.movement.batch import Batch
from sim.movement.crowd import Crowd
from sim.randomness import U64, Draws, salts

F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Line:
    """What a follower must know of legs and control, by index.

    Attributes:
        tail_country: Country of a leg's tail, by leg.
        head_country: Country of its head, by leg.
        border: Border, by leg; negative where none is crossed.
        station: Post or sector that controls a leg, as in the rosters; negative for none.
    """

    tail_country: Index
    head_country: Index
    border: Index
    station: Index


class _Listing(NamedTuple):
    """What goes on the lists of those who ask and those asked: what, by which request, how long."""

    about: list[int]
    requests: list[int]
    until: list[float]

    def ends(self) -> F64:
        """Return the hours until which it stays on both lists."""
        return np.array(self.until * 2)


class Questions(StopFollower):
    """Asks after stops and finds, and acts on what comes back."""

    def __init__(
        self,
        requests: Requests,
        terms: RequestTerms,
        alerts: Alerts,
        crowd: Crowd,
        line: Line,
        draws: Draws,
        announce: Callable[[float, str, str, str], None],
    ) -> None:
        """Join the parts; ``announce`` is called with (hour, kind, subject, text)."""
        self._requests = requests
        self._terms = terms
        self._alerts = alerts
        self._crowd = crowd
        self._line = line
        self._draws = draws
        self._announce = announce
        self._salts: U64 = salts("asked after a stop", len(KINDS))
        #: Last identity asked of each party, by row.
        self._identity: NDArray[np.int32] = np.full(len(crowd.key), NOBODY_ASKED, np.int32)
        #: What a request is about: a vehicle's column, or the key of a document.
        self._about: dict[int, int] = {}
        self.released = 0

    # Asking --------------------------------------------------------------------------------

    def on_stops(self, parties: Batch, country: Index, held: F64) -> Mask | None:
        """Ask who the parties are, and of the guided ones what is known of their network."""
        # What was asked at an earlier stop says nothing of this one.
        rows = parties.rows
        self._grow()
        self._identity[rows] = NOBODY_ASKED
        which, kind = np.empty(2 * rows.size, np.intp), np.empty(2 * rows.size, np.uint8)
        who, count = kernel.after_stops(
            rows, parties.base, self._crowd.offer, IDENTITY, SMUGGLING_INTELLIGENCE, self._salts,
            self._terms.asked, which, kind,
        )  # fmt: skip
        if not count:
            return None
        whose = which[:count]
        asked = parties.take(whose)
        deadline = asked.hour + held[whose]
        deadline[who:] = np.nan
        ids = self._ask(kind[:count], asked, country[whose], deadline)
        self._identity[asked.rows[:who]] = ids[:who]
        if who < count:
            self._note_vehicles(asked.take(slice(who, None)), ids[who:])
        return None

    def on_finds(self, parties: Batch, country: Index, outcome: NDArray[Any]) -> None:
        """Ask after forged documents and the vehicles in which somebody was found."""
        which, kind = np.empty(len(parties), np.intp), np.empty(len(parties), np.uint8)
        count = kernel.after_finds(
            parties.base, outcome, REFUSED, DOCUMENT, VEHICLE, self._salts, self._terms.asked,
            which, kind,
        )  # fmt: skip
        if not count:
            return
        wanted, kind = which[:count], kind[:count]
        asked, forged = parties.take(wanted), kind == DOCUMENT
        ids = self._ask(kind, asked, country[wanted], None)
        paper = forged.nonzero()[0]
        if paper.size:
            keys = self._crowd.key[asked.rows[paper]].tolist()
            self._about.update(zip(ids[paper].tolist(), keys, strict=True))
        if paper.size < count:
            led = (~forged & (self._crowd.offer[asked.rows] >= 0)).nonzero()[0]
            if led.size:
                self._note_vehicles(asked.take(led), ids[led])

    def _ask(
        self, kind: NDArray[np.uint8], parties: Batch, country: Index, deadline: F64 | None
    ) -> Index:
        line = self._line
        answering, border, station = np.empty((3, len(parties)), np.intp)
        kernel.concern(
            parties.leg, country, line.tail_country, line.head_country, line.border, line.station,
            answering, border, station,
        )  # fmt: skip
        return self._requests.ask(
            kind, country, answering, parties.hour, parties.base, deadline, border, station
        )

    def _grow(self) -> None:
        """Keep up with parties that have joined the crowd."""
        short = len(self._crowd.key) - len(self._identity)
        if short > 0:
            more = np.full(short, NOBODY_ASKED, np.int32)
            self._identity = np.concatenate([self._identity, more])

    def _note_vehicles(self, parties: Batch, ids: Index) -> None:
        vehicle = self._alerts.vehicle(self._crowd.offer[parties.rows], parties.base)
        self._about.update(zip(ids.tolist(), vehicle.tolist(), strict=True))

    # Acting --------------------------------------------------------------------------------

    def on_release(self, parties: Batch, fate: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Release those whose identity was asked and is not settled when holding ends."""
        rows = parties.rows
        self._grow()
        ids = self._identity[rows]
        asked = (ids != NOBODY_ASKED).nonzero()[0]
        asked = asked[self._requests.book.route[ids[asked]] != BY_NOBODY]
        if not asked.size:
            return fate
        self._identity[rows[asked]] = NOBODY_ASKED
        settled = self._requests.settled(ids[asked], parties.hour[asked])
        open_ = asked[~settled & (fate[asked] == BACK)]
        self.released += len(open_)
        fate = fate.copy()
        fate[open_] = RELEASED
        return fate

    def on_answers(self, answers: Answers) -> None:
        """Place alerts for hits in time on documents, vehicles and networks."""
        lifetime = self._terms.lifetime
        good = (answers.in_time & answers.hit).tolist()
        told = zip(answers.ids.tolist(), answers.kind.tolist(), answers.hour.tolist(), good,
                   strict=True)  # fmt: skip
        documents, vehicles = _Listing([], [], []), _Listing([], [], [])
        for request, kind, hour, useful in told:
            about = self._about.pop(request, None)
            if about is None or not useful:
                continue
            listing = documents if kind == DOCUMENT else vehicles
            listing.about.append(about)
            listing.requests.append(request)
            listing.until.append(hour + lifetime[kind])
            what = "document" if kind == DOCUMENT else "vehicle of a network"
            self._announce(
                hour, "alert", f"request:{request}",
                f"{what} on the list for {lifetime[kind] / 24.0:g} days",
            )  # fmt: skip
        if documents.about:
            keys = np.array(documents.about * 2, np.uint64)
            now = answers.hour[0]
            self._alerts.place_documents(keys, self._lists(documents), documents.ends(), now)
        if vehicles.about:
            columns = np.array(vehicles.about * 2, np.intp)
            self._alerts.place(columns, self._lists(vehicles), vehicles.ends())

    def _lists(self, listing: _Listing) -> Index:
        """Return the countries that ask, then those asked."""
        book, ids = self._requests.book, np.array(listing.requests, np.intp)
        return np.concatenate((book.asking[ids], book.answering[ids]), dtype=np.intp)
