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
from sim.cooperation.routing import BY_NOBODY
from sim.movement.batch import Batch
from sim.movement.crowd import Crowd, Rows
from sim.randomness import Draws, salts

F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: What is asked after a stop and after a find at a post.
_AFTER_STOPS: Index = np.array([IDENTITY, SMUGGLING_INTELLIGENCE], np.intp)
_AFTER_FINDS: Index = np.array([DOCUMENT, VEHICLE], np.intp)


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
        #: Last identity asked of each party, by row.
        self._identity: NDArray[np.int32] = np.full(len(crowd.key), NOBODY_ASKED, np.int32)
        #: What a request is about: a vehicle's column, or the key of a document.
        self._about: dict[int, int] = {}
        self.released = 0

    # Asking --------------------------------------------------------------------------------

    def on_stops(self, parties: Batch, country: Index, held: F64) -> Mask | None:
        """Ask who the parties are, and of the guided ones what is known of their network."""
        # What was asked at an earlier stop says nothing of this one.
        self._note_identity(parties.rows, np.full(len(parties), NOBODY_ASKED))
        identity, network = self._wanted(_AFTER_STOPS, parties)
        who = identity.nonzero()[0]
        how = (network & (self._crowd.offer[parties.rows] >= 0)).nonzero()[0]
        both = np.concatenate([who, how])
        if not both.size:
            return None
        kind = np.repeat(
            np.array([IDENTITY, SMUGGLING_INTELLIGENCE], np.uint8), (who.size, how.size)
        )
        deadline = np.full(both.size, np.nan)
        deadline[: who.size] = parties.hour[who] + held[who]
        ids = self._ask(kind, parties.take(both), country[both], deadline)
        self._note_identity(parties.rows[who], ids[: who.size])
        self._note_vehicles(parties.take(how), ids[who.size :])
        return None

    def on_finds(self, parties: Batch, country: Index, outcome: NDArray[Any]) -> None:
        """Ask after forged documents and the vehicles in which somebody was found."""
        forged = outcome == REFUSED
        kind = np.where(forged, DOCUMENT, VEHICLE).astype(np.uint8)
        document, vehicle = self._wanted(_AFTER_FINDS, parties)
        wanted = np.where(forged, document, vehicle).nonzero()[0]
        if not wanted.size:
            return
        asked = parties.take(wanted)
        ids = self._ask(kind[wanted], asked, country[wanted], np.full(wanted.size, np.nan))
        paper = forged[wanted].nonzero()[0]
        keys = self._crowd.key[asked.rows[paper]].tolist()
        self._about.update(zip(ids[paper].tolist(), keys, strict=True))
        led = ~forged[wanted] & (self._crowd.offer[asked.rows] >= 0)
        self._note_vehicles(asked.take(led), ids[led])

    def _wanted(self, kinds: Index, parties: Batch) -> Mask:
        """Return whether each kind is asked about each party, shape (kinds, parties)."""
        u = self._draws.uniform(parties.base, self._salts[kinds][:, None])
        return np.asarray(u < self._terms.asked[kinds][:, None])

    def _ask(self, kind: NDArray[np.uint8], parties: Batch, country: Index, deadline: F64) -> Index:
        line, leg = self._line, parties.leg
        return self._requests.ask(
            kind, country, line.other_side(leg, country), parties.hour, parties.base,
            deadline, line.border[leg], line.station[leg],
        )  # fmt: skip

    def _note_identity(self, rows: Rows, ids: Index) -> None:
        short = int(rows.max(initial=0)) + 1 - len(self._identity)
        if short > 0:
            more = np.full(short + len(self._identity) // 8, NOBODY_ASKED, np.int32)
            self._identity = np.concatenate([self._identity, more])
        self._identity[rows] = ids

    def _note_vehicles(self, parties: Batch, ids: Index) -> None:
        if len(ids):
            offer = self._crowd.offer[parties.rows].astype(np.intp)
            vehicle = self._alerts.vehicle(offer, parties.base)
            self._about.update(zip(ids.tolist(), vehicle.tolist(), strict=True))

    # Acting --------------------------------------------------------------------------------

    def on_release(self, parties: Batch, fate: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Release those whose identity was asked and is not settled when holding ends."""
        rows = parties.rows
        known = rows < len(self._identity)
        ids = np.where(known, self._identity[np.where(known, rows, 0)], NOBODY_ASKED)
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
        good = answers.in_time & answers.hit
        for i, request in enumerate(answers.ids.tolist()):
            about = self._about.pop(request, None)
            kind = int(answers.kind[i])
            if about is None or not good[i]:
                continue
            lists = np.array([book.asking[request], book.answering[request]], np.intp)
            until = np.full(2, answers.hour[i] + lifetime[kind])
            if kind == DOCUMENT:
                keys = np.array([about, about], np.uint64)
                self._alerts.place_documents(keys, lists, until, float(answers.hour[i]))
            else:
                self._alerts.place(np.array([about, about], np.intp), lists, until)
            what = "document" if kind == DOCUMENT else "vehicle of a network"
            self._announce(
                float(answers.hour[i]), "alert", f"request:{request}",
                f"{what} on the list for {lifetime[kind] / 24.0:g} days",
            )  # fmt: skip
