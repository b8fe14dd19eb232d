"""The book of cases: one row a request to take somebody back, from stop to end (MODEL 11)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels import cases as kernels
from sim.kernels.case_codes import (
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

RESULTS = ("open", "transferred", "refused", "lapsed", "claimed", "not_requested")

# What events are told by comes first: one cache line.
_CASE = np.dtype([
    ("next", np.float64), ("claim", np.float64), ("deadline", np.float64),
    ("request", np.float64), ("answer", np.float64), ("transfer", np.float64),
    ("base", np.uint64), ("track", np.int16), ("stage", np.uint8), ("result", np.uint8),
    ("agrees", np.bool_), ("persuaded", np.bool_), ("extends", np.bool_), ("silent", np.bool_),
    ("party", np.uint64), ("opened", np.float64), ("held", np.float64), ("work", np.float64),
    ("ended", np.float64), ("number", np.int32), ("enquiry", np.int32),
    ("persons", np.uint8), ("minors", np.uint8), ("wish", np.bool_), ("extended", np.bool_),
    ("evidence", np.bool_), ("moved_on", np.bool_), ("chain", np.bool_), ("goes_on", np.bool_),
], align=True)  # fmt: skip
_FILE = np.dtype([
    ("party", np.uint64), ("opened", np.float64), ("requested_at", np.float64),
    ("answered_at", np.float64), ("deadline", np.float64), ("ended", np.float64),
    ("track", np.int16), ("persons", np.uint8), ("result", np.uint8), ("extended", np.bool_),
    ("evidence", np.bool_), ("silent", np.bool_), ("moved_on", np.bool_), ("chain", np.bool_),
], align=True)  # fmt: skip


class CaseBook:
    """Records of the cases that are open, and what is on file of all there ever were.

    Hours are since start, with minutes; NaN for what has not happened.

    Attributes:
        cases: One record a slot, shape ``(slots,)``; the slot of a closed case is used again.
        files: One record a case, by number in order of opening, shape ``(capacity,)``; written
            when the case is closed, and by ``filed``.
        size: Cases so far.
        by_result: int64 cases by result and track, shape (results, tracks).
        slots: int32 slots not in use, the first ``unused`` of them.
        unused: How many these are.

    Fields of a case:
        number: int32, its number.
        party: uint64 key of the party.
        base: uint64 base of the case's draws.
        track: int16 index of the track.
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
        enquiry: int32 id of the request to a cooperation centre, -1 if none.
        opened: Hour of the stop.
        held: Hours after which a party is let go for which no request is made.
        claim: Hour at which the party claims asylum if still on the track, infinite if never.
        request: Hour of the request; planned before it is made.
        deadline: Hour by which the present stage must end.
        answer: Hour of the answer, or of the tacit consent.
        transfer: Hour of the handover; infinite without a place.
        next: Hour of the next event, infinite once closed.
        ended: Hour of the end.

    Fields on file, where they are not those of the case:
        requested_at: Hour of the request, once it is made.
        answered_at: Hour of the answer, once it is given.
    """

    def __init__(self, tracks: int, slots: int = 1024) -> None:
        """Make an empty book for so many tracks, with room for some cases."""
        self.size = 0
        self.by_result = np.zeros((len(RESULTS), tracks), np.int64)
        self.files: NDArray[Any] = np.empty(slots, _FILE)
        self.cases: NDArray[Any] = np.empty(0, _CASE)
        self.slots, self.unused = np.empty(0, np.int32), 0
        self._add_slots(slots)

    def _add_slots(self, count: int) -> None:
        more, first = np.zeros(count, _CASE), len(self.cases)
        more["stage"] = CLOSED
        slots = np.empty(first + count, np.int32)
        slots[: self.unused] = self.slots[: self.unused]
        # The last is used first.
        slots[self.unused : self.unused + count] = np.arange(first + count - 1, first - 1, -1)
        self.cases, self.slots = np.concatenate([self.cases, more]), slots
        self.unused += count

    def enter(self, count: int) -> tuple[int, int]:
        """Count cases about to be written; return how many slots were unused, and their number.

        They are to be written in the last of these slots, the first of them under this number.
        """
        first, unused = self.size, self.unused
        if count > unused:
            self._add_slots(max(count - unused, len(self.cases) // 2))
            unused = self.unused
        self.size += count
        self.unused -= count
        if self.size > len(self.files):
            files = np.empty(self.size + self.size // 2, _FILE)
            files[:first] = self.files[:first]
            self.files = files
        return unused, first

    def filed(self) -> NDArray[Any]:
        """Return what is on file of all cases, the open ones as they stand, shape ``(size,)``."""
        kernels.file_open(self.cases, self.files)
        return self.files[: self.size]
