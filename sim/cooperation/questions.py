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

from sim.control.inspection import REFUSED
from sim.cooperation.alerts import Alerts
from sim.cooperation.answer_clocks import RequestTerms
from sim.cooperation.followers import StopFollower
from sim.cooperation.requests import DOCUMENT, KINDS, NOBODY_ASKED, Answers, Requests
from sim.kernels import questions as kernel
from sim.kernels.questions import SIDES
from sim.movement.batch import Batch
from sim.movement.crowd import Crowd
from sim.randomness import U64, salts

F64 = NDArray[np.float64]
Index = NDArray[np.intp]


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

    def records(self) -> NDArray[Any]:
        """Return a record a leg, ``SIDES``."""
        sides = np.empty(len(self.border), SIDES)
        sides["tail"], sides["head"] = self.tail_country, self.head_country
        sides["border"], sides["station"] = self.border, self.station
        return sides


class Questions(StopFollower):
    """Asks after stops and finds, and acts on what comes back."""

    def __init__(
        self,
        requests: Requests,
        terms: RequestTerms,
        alerts: Alerts,
        crowd: Crowd,
        line: Line,
        announce: Callable[[F64, Index, str], None],
    ) -> None:
        """Join the parts; ``announce`` is called with hours and requests of alerts, and a text."""
        self._requests = requests
        self._terms = terms
        self._alerts = alerts
        self._crowd = crowd
        self._sides = line.records()
        self._announce = announce
        self._salts: U64 = salts("asked after a stop", len(KINDS))
        self._lifetimes: list[float] = terms.lifetime.tolist()
        whats = ("document" if k == DOCUMENT else "vehicle of a network" for k in range(len(KINDS)))
        self._texts = [
            f"{what} on the list for {hours / 24.0:g} days"
            for what, hours in zip(whats, self._lifetimes, strict=True)
        ]
        self._make_room(0)

    # Asking --------------------------------------------------------------------------------

    def on_stops(self, parties: Batch, country: Index, held: F64, left: Index) -> Index:
        """Ask who the parties are, and of the guided ones what is known of their network."""
        if not self._requests.open:
            # What was asked at an earlier stop says nothing of this one.
            self._crowd.request[parties.rows[left]] = NOBODY_ASKED
            return left
        book = self._requests.book
        first = book.make_room(2 * left.size)
        book.size = kernel.after_stops(
            left, parties.rows, parties.leg, parties.hour, parties.base, country, held, self._salts,
            self._terms.asked, self._sides, self._crowd.records, *self._alerts.fleet, first,
            book.records,
        )  # fmt: skip
        return left

    def on_finds(self, parties: Batch, country: Index, outcome: NDArray[Any]) -> None:
        """Ask after forged documents and the vehicles in which somebody was found."""
        if not self._requests.open:
            return
        book = self._requests.book
        first = book.make_room(len(parties))
        book.size = kernel.after_finds(
            parties.rows, parties.leg, parties.hour, parties.base, country, outcome, REFUSED,
            self._salts, self._terms.asked, self._sides, self._crowd.records, *self._alerts.fleet,
            first, book.records,
        )  # fmt: skip

    # Acting --------------------------------------------------------------------------------

    def on_answers(self, answers: Answers) -> None:
        """Place alerts for hits in time on documents, vehicles or networks; answers of one kind."""
        records, kind = answers.records, answers.kind
        if 2 * records.size > self._about.size:
            self._make_room(4 * records.size)
        ids, hours = np.empty(records.size, np.intp), np.empty(records.size)
        count = kernel.told(
            records, self._lifetimes[kind], self._requests.book.records, ids, hours, self._about,
            self._lists, self._until,
        )  # fmt: skip
        if not count:
            return
        twice = slice(2 * count)
        about, lists, until = self._about[twice], self._lists[twice], self._until[twice]
        if kind == DOCUMENT:
            self._alerts.place_documents(about, lists, until, hours[0])
        else:
            self._alerts.place(about, lists, until)
        self._announce(hours[:count], ids[:count], self._texts[kind])

    def _make_room(self, listed: int) -> None:
        """Have room for what goes on lists: of each what it is, on whose list, and until when."""
        self._about: U64 = np.empty(listed, np.uint64)
        self._lists: Index = np.empty(listed, np.intp)
        self._until: F64 = np.empty(listed)
