"""Requests between countries: one row a request, answered by desks (MODEL 8).

Who has something to ask writes it in the book (``kernels.requests.put``). What is asked in a
window is sent together in phase 4, and desks answer; in phase 5 the answers go to those who asked
(``sim.cooperation.consequences``). The time an answer takes is worth something only through that.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.kernels import requests as kernels
from sim.kernels.requests import (
    ANSWER,
    CONTRABAND as CONTRABAND,
    DOCUMENT as DOCUMENT,
    IDENTITY as IDENTITY,
    NOBODY_ASKED as NOBODY_ASKED,
    NOWHERE as NOWHERE,
    OTHER as OTHER,
    READMISSION as READMISSION,
    REQUEST,
    SMUGGLING_INTELLIGENCE as SMUGGLING_INTELLIGENCE,
    VEHICLE as VEHICLE,
)
from sim.randomness import U64

F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: Kinds in the order of their codes.
KINDS = (
    "identity", "document", "vehicle", "readmission", "smuggling_intelligence", "contraband",
    "other",
)  # fmt: skip


class Answers(NamedTuple):
    """Answers of one kind that came in, in order of hour.

    Attributes:
        kind: Code of the kind, index into ``KINDS``.
        records: ``kernels.requests.ANSWER``, shape (n,).
    """

    kind: int
    records: NDArray[Any]

    @classmethod
    def of(cls, ids: Index, kind: int, hour: F64, in_time: Mask, hit: Mask) -> Answers:
        """Return answers of a kind by their columns."""
        records = np.empty(len(ids), ANSWER)
        records["request"], records["hour"] = ids, hour
        records["in_time"], records["hit"] = in_time, hit
        return cls(kind, records)

    @property
    def ids(self) -> Index:
        """Request ids, as ``ask`` gave them."""
        return self.records["request"]


class Office(Protocol):
    """Those who answer: where requests are sent (``sim.cooperation.offices``)."""

    @property
    def asked(self) -> F64:
        """Share of occasions on which each kind is asked, shape (kinds,)."""

    def send(self, book: RequestBook, first: int, stop: int) -> None:
        """Send requests on their way; those that nobody can be asked stay unanswered."""

    def other_business(self, hour: int, hours: int) -> dict[str, NDArray[Any]] | None:
        """Return columns of requests to come that have nothing to do with the model."""


#: Hours of a request that are NaN as long as they are not known.
_NOT_YET = ("deadline", "answered", "sender_begun", "sender_done", "receiver_begun",
            "receiver_done")  # fmt: skip


#: A request as bytes.
_WHOLE = np.dtype((np.void, REQUEST.itemsize))


def _blank() -> NDArray[Any]:
    """Return a request of which nothing is known, as bytes, shape (1,)."""
    blank = np.zeros(1, REQUEST)
    for name in _NOT_YET:
        blank[name] = math.nan
    return blank.view(_WHOLE)


_BLANK = _blank()


class RequestBook:
    """All requests ever asked, one record each, and their columns; ``(capacity,)``.

    The number of a record is the id of the request.

    Attributes:
        records: All columns, one record a request; the columns are views of it.
        kind: uint8 code, index into ``KINDS``.
        asking: int16 index of the country that asks.
        answering: int16 index of the country that is asked.
        border: int16 index of the border it concerns, ``NOWHERE`` if none.
        station: int16 post or sector where it arose (as in the rosters), ``NOWHERE`` if none.
        sender: int16 desk of the country that asks, ``NOWHERE`` if none has a part in it.
        receiver: int16 desk of the country asked, ``NOWHERE`` for an officer on the spot.
        route: uint8 code, index into ``routing.ROUTES``.
        key: uint64 key of the event it follows from; its draws hang on it.
        asked: float64 hour.
        urgent: bool; urgent ones go first and have a shorter limit.
        deadline: float64 hour up to which the answer is of use to the one who asked.
        limit: float64 hour up to which it must be answered by the clock of the pair.
        sender_begun: float64 hour the own desk took it up, NaN before; so the next three.
        sender_done: float64 hour it was done with it.
        receiver_begun: float64 hour the desk asked took it up.
        receiver_done: float64 hour it was done with it.
        answered: float64 hour of the answer, NaN before.
        hit: bool; the answer holds (will hold) what was asked for.
        about: uint64 what it is about: a vehicle (a column over all networks), the key of a
            document, or the flow of goods found.
        of_thing: bool; it is about a vehicle of a network or a document and not answered yet.
        in_evidence: bool; its answer is evidence in investigations.
        size: Rows in use.
    """

    records: NDArray[Any]
    kind: NDArray[np.uint8]
    asking: NDArray[np.int16]
    answering: NDArray[np.int16]
    border: NDArray[np.int16]
    station: NDArray[np.int16]
    sender: NDArray[np.int16]
    receiver: NDArray[np.int16]
    route: NDArray[np.uint8]
    key: U64
    asked: F64
    urgent: Mask
    deadline: F64
    limit: F64
    answered: F64
    hit: Mask
    sender_begun: F64
    sender_done: F64
    receiver_begun: F64
    receiver_done: F64
    about: U64
    of_thing: Mask
    in_evidence: Mask

    def __init__(self, capacity: int = 1024) -> None:
        self.size = 0
        self._make(capacity)

    def _make(self, capacity: int) -> None:
        records = np.empty(capacity, REQUEST)
        if self.size:
            records[: self.size] = self.records[: self.size]
        self.records = records
        for name in REQUEST.names or ():
            setattr(self, name, records[name])

    def make_room(self, count: int) -> int:
        """Make sure that requests can be added behind those in use; return the first's number."""
        if self.size + count > len(self.records):
            self._make(2 * (self.size + count))
        return self.size

    def append(self, count: int, **columns: Any) -> Index:
        """Add requests and return their ids; an hour not given is NaN, anything else 0."""
        first, self.size = self.make_room(count), self.size + count
        new = self.records[first : self.size]
        # Whole records, as nothing in numpy is as slow as assigning them field by field.
        new.view(_WHOLE)[:] = _BLANK
        for name, values in columns.items():
            new[name] = values
        return np.arange(first, self.size)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns of the requests in use."""
        return {name: getattr(self, name)[: self.size] for name in REQUEST.names or ()}


class Requests:
    """Takes what is asked, keeps it, and hands out answers once a window.

    Args:
        office: Who answers; None asks nobody.

    Attributes:
        book: All requests.
        open: Whether anybody can be asked at all.
        asked: Share of occasions on which each kind is asked, shape (kinds,): 0 if nobody can be.
    """

    def __init__(self, office: Office | None = None) -> None:
        self.book = RequestBook()
        self.open = office is not None
        self.asked = np.zeros(len(KINDS)) if office is None else office.asked
        self._office = office
        self._sent = 0
        #: Requests answered whose answers nobody has taken, so many of them.
        self._waiting: Index = np.empty(64, np.intp)
        self._untaken = 0
        self._cut: Index = np.zeros(len(KINDS) + 1, np.intp)

    def ask_other_business(self, hour: int, hours: int) -> None:
        """Put the requests of some hours on the desks that have nothing to do with the model."""
        if self._office is not None:
            columns = self._office.other_business(hour, hours)
            if columns is not None:
                self.book.append(len(columns["key"]), **columns)

    def send(self) -> None:
        """Send what was asked since the last time."""
        first, stop = self._sent, self.book.size
        if self._office is not None and first < stop:
            self._sent = stop
            self._office.send(self.book, first, stop)

    def answer(self, requests: Index, hours: F64) -> None:
        """Note answers (called by the desks that give them)."""
        self.book.answered[requests] = hours
        before, self._untaken = self._untaken, self._untaken + len(requests)
        if self._untaken > len(self._waiting):
            self._waiting = np.resize(self._waiting, 2 * self._untaken)
        self._waiting[before : self._untaken] = requests

    def take_answers(self, until: float, kinds: Collection[int] = range(OTHER)) -> list[Answers]:
        """Return the answers that came by ``until`` and were not taken yet, kind by kind.

        Only those of some ``kinds`` are returned, and all are taken; nobody waits for answers to
        other business.
        """
        if not self._untaken:
            return []
        came = np.empty(self._untaken, ANSWER)
        self._untaken = kernels.take_answers(
            until, self._waiting, self._untaken, self.book.records, self._cut, came
        )
        cut = self._cut.tolist()
        return [
            Answers(kind, came[cut[kind] : cut[kind + 1]])
            for kind in kinds
            if cut[kind] < cut[kind + 1]
        ]
