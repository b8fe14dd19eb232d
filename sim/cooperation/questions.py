"""What is asked after stops and finds, and what the answers do there (MODEL 8).

An identity settled in time lets the party be handed back as the rule of the border says; one that
is not settled when holding ends is released. A document or a vehicle found, or a network told of,
goes on the list of alerts. Nothing here knows where anybody comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
from sim.kernels.requests import BY_NOBODY
from sim.movement.batch import Batch
from sim.movement.crowd import Crowd
from sim.randomness import U64, Draws, salts

F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: What is asked after a stop, and after a find at a post with no document and with one forged.
_AFTER_STOPS: NDArray[np.uint8] = np.array([IDENTITY, SMUGGLING_INTELLIGENCE], np.uint8)
_AFTER_FINDS: NDArray[np.uint8] = np.array([VEHICLE, DOCUMENT], np.uint8)


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

    def other_side(self, leg: Index, country: Index) -> Index:
        """Return the country across the line from a country, by leg."""
        tail = self.tail_country[leg]
        return np.where(tail == country, self.head_country[leg], tail)


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
        self._salts = salts("asked after a stop", len(KINDS))
        # One row a question that may follow a stop.
        self._salts_stop: U64 = self._salts[_AFTER_STOPS, None]
        self._asked_stop: F64 = terms.asked[_AFTER_STOPS, None]
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
        wanted = self._draws.uniform(parties.base, self._salts_stop) < self._asked_stop
        wanted[1] &= self._crowd.offer[rows] >= 0
        # Whose identity first, then whose network.
        question, whose = wanted.nonzero()
        if not whose.size:
            return None
        asked, who = parties.take(whose), int(question.searchsorted(1))
        deadline = asked.hour + held[whose]
        deadline[who:] = np.nan
        ids = self._ask(_AFTER_STOPS[question], asked, country[whose], deadline)
        self._identity[asked.rows[:who]] = ids[:who]
        if who < whose.size:
            self._note_vehicles(asked.take(slice(who, None)), ids[who:])
        return None

    def on_finds(self, parties: Batch, country: Index, outcome: NDArray[Any]) -> None:
        """Ask after forged documents and the vehicles in which somebody was found."""
        forged = outcome == REFUSED
        kind = _AFTER_FINDS[forged.view(np.uint8)]
        u = self._draws.uniform(parties.base, self._salts[kind])
        wanted = (u < self._terms.asked[kind]).nonzero()[0]
        if not wanted.size:
            return
        asked, forged = parties.take(wanted), forged[wanted]
        ids = self._ask(kind[wanted], asked, country[wanted], None)
        paper = forged.nonzero()[0]
        if paper.size:
            keys = self._crowd.key[asked.rows[paper]].tolist()
            self._about.update(zip(ids[paper].tolist(), keys, strict=True))
        if paper.size < wanted.size:
            led = (~forged & (self._crowd.offer[asked.rows] >= 0)).nonzero()[0]
            if led.size:
                self._note_vehicles(asked.take(led), ids[led])

    def _ask(
        self, kind: NDArray[np.uint8], parties: Batch, country: Index, deadline: F64 | None
    ) -> Index:
        line, leg = self._line, parties.leg
        return self._requests.ask(
            kind, country, line.other_side(leg, country), parties.hour, parties.base,
            deadline, line.border[leg], line.station[leg],
        )  # fmt: skip

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
        book, lifetime = self._requests.book, self._terms.lifetime
        good = (answers.in_time & answers.hit).tolist()
        told = zip(answers.ids.tolist(), answers.kind.tolist(), answers.hour.tolist(), good,
                   strict=True)  # fmt: skip
        for request, kind, hour, useful in told:
            about = self._about.pop(request, None)
            if about is None or not useful:
                continue
            lists = np.array([book.asking[request], book.answering[request]], np.intp)
            until = np.full(2, hour + lifetime[kind])
            if kind == DOCUMENT:
                keys = np.array([about, about], np.uint64)
                self._alerts.place_documents(keys, lists, until, hour)
            else:
                self._alerts.place(np.array([about, about], np.intp), lists, until)
            what = "document" if kind == DOCUMENT else "vehicle of a network"
            self._announce(
                hour, "alert", f"request:{request}",
                f"{what} on the list for {lifetime[kind] / 24.0:g} days",
            )  # fmt: skip
