"""The book of cases: one row a request to take somebody back, from stop to end (MODEL 11)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.cases import (
    ACCEPTED as ACCEPTED,
    CLAIMED as CLAIMED,
    CLOSED as CLOSED,
    LAPSED as LAPSED,
    NOT_REQUESTED as NOT_REQUESTED,
    OPEN as OPEN,
    PREPARING as PREPARING,
    REFUSED as REFUSED,
    REQUESTED as REQUESTED,
    TRANSFERRED as TRANSFERRED,
)
from sim.randomness import U64

F64 = NDArray[np.float64]
Index = NDArray[np.intp]

RESULTS = ("open", "transferred", "refused", "lapsed", "claimed", "not_requested")

_DTYPES: dict[str, Any] = {
    "party": np.uint64, "base": np.uint64, "track": np.intp, "enquiry": np.int64,
    "work": np.float64, "opened": np.float64, "held": np.float64, "claim": np.float64,
    "request": np.float64, "deadline": np.float64, "answer": np.float64, "transfer": np.float64,
    "next": np.float64, "ended": np.float64, "stage": np.uint8, "result": np.uint8,
    "persons": np.uint8, "minors": np.uint8, "wish": np.bool_, "extended": np.bool_,
    "evidence": np.bool_, "silent": np.bool_, "moved_on": np.bool_, "chain": np.bool_,
    "extends": np.bool_, "agrees": np.bool_, "persuaded": np.bool_, "goes_on": np.bool_,
}  # fmt: skip
_RECORD = np.dtype(list(_DTYPES.items()), align=True)


class CaseBook:
    """Records of all cases and their columns; a row is the number of a case, ``(capacity,)``.

    Hours are since start, with minutes; NaN for what has not happened.

    Attributes:
        records: All columns, one record a case; the columns are views of it.
        party: uint64 key of the party.
        base: uint64 base of the case's draws.
        track: intp index of the track.
        stage: uint8 stage, ``PREPARING`` to ``CLOSED``.
        result: uint8 how it ended, index into ``RESULTS``.
        persons: uint8 persons in the party.
        minors: uint8 children among them.
        wish: bool; the party wished to claim asylum when it was stopped.
        extended: bool; the requested state was given more time.
        evidence: bool; a cooperation centre's answer supported the request.
        silent: bool; the request was not answered in time.
        moved_on: bool; opened by a state that had just taken the party back.
        chain: bool; the party had been handed over to the requesting state within 14 days.
        extends: bool; drawn: more time is asked for if it is needed.
        agrees: bool; drawn: the requested state consents if it answers in time.
        persuaded: bool; drawn: it does with evidence.
        goes_on: bool; drawn: once taken back, the party may be moved on.
        work: Drawn: work on the answer, mean 1, in units of the track's mean.
        enquiry: int64 id of the request to a cooperation centre, -1 if none.
        opened: Hour of the stop.
        held: Hours after which a party is let go for which no request is made.
        claim: Hour at which the party claims asylum if still on the track, infinite if never.
        request: Hour of the request; planned before it is made.
        deadline: Hour by which the present stage must end.
        answer: Hour of the answer, or of the tacit consent.
        transfer: Hour of the handover; infinite without a place.
        next: Hour of the next event, infinite once closed.
        ended: Hour of the end.
        size: Rows in use.
    """

    records: NDArray[Any]
    party: U64
    base: U64
    track: Index
    stage: NDArray[np.uint8]
    result: NDArray[np.uint8]
    persons: NDArray[np.uint8]
    minors: NDArray[np.uint8]
    wish: NDArray[np.bool_]
    extended: NDArray[np.bool_]
    evidence: NDArray[np.bool_]
    silent: NDArray[np.bool_]
    moved_on: NDArray[np.bool_]
    chain: NDArray[np.bool_]
    extends: NDArray[np.bool_]
    agrees: NDArray[np.bool_]
    persuaded: NDArray[np.bool_]
    goes_on: NDArray[np.bool_]
    work: F64
    enquiry: NDArray[np.int64]
    opened: F64
    held: F64
    claim: F64
    request: F64
    deadline: F64
    answer: F64
    transfer: F64
    next: F64
    ended: F64

    def __init__(self, capacity: int = 1024) -> None:
        self.size = 0
        self._make(capacity)

    def _make(self, capacity: int) -> None:
        records = np.zeros(capacity, _RECORD)
        for name, dtype in _DTYPES.items():
            if dtype is np.float64:
                records[name] = np.nan
        if self.size:
            records[: self.size] = self.records[: self.size]
        self.records = records
        for name in _DTYPES:
            setattr(self, name, records[name])

    def reserve(self, count: int) -> int:
        """Make room for cases about to be opened; return the number of the first."""
        if self.size + count > len(self.records):
            self._make(2 * (self.size + count))
        return self.size

    def column(self, name: str) -> NDArray[Any]:
        """Return a column of the rows in use."""
        used: NDArray[Any] = getattr(self, name)[: self.size]
        return used
