"""The crowd: one row a travelling party, one column a property (MODEL 3).

A row is a position and never leaves this process; a party's identity is its ``key``. Rows of
arrivals are laid out at the start, in order of arrival, and lie in wait as ``NOT_YET`` until
their hour; rows split from a party are added behind them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import ConservationError
from sim.kernels import books, splitting
from sim.kernels.codes import (
    ALONE as ALONE,
    ARRIVED as ARRIVED,
    ASYLUM as ASYLUM,
    CASE as CASE,
    DEAD_OR_MISSING as DEAD_OR_MISSING,
    GAVE_UP as GAVE_UP,
    HELD as HELD,
    MOVING as MOVING,
    NO_LEG as NO_LEG,
    NOT_YET as NOT_YET,
    QUEUED as QUEUED,
    RECEPTION as RECEPTION,
    RETURNED as RETURNED,
    WAITING as WAITING,
)
from sim.kernels.requests import NOBODY_ASKED
from sim.randomness import text_key

Rows = NDArray[np.intp]

STATES = (
    "moving",
    "waiting",
    "queued",
    "held",
    "case",
    "reception",
    "asylum",
    "arrived",
    "returned",
    "gave_up",
    "dead_or_missing",
)
#: States from which the calendar calls nobody.
FINAL = (ARRIVED, RETURNED, GAVE_UP, DEAD_OR_MISSING)
#: Due hour of a party that waits for nothing.
NEVER = np.int32(2**31 - 1)


@dataclass
class Crowd:
    """Columns of all parties; every array has shape ``(capacity,)``.

    Index them with ``column[rows]``; ``take`` would first copy a column that lies in records.

    Attributes:
        records: What a touch needs of a party, one record a row; the columns that lie in it are
            views of its fields.
        heads: What is also scanned of all parties, one record a row: due hour, persons, minors,
            unaccompanied; these columns are views of its fields.
        key: uint64 identity, independent of the plan.
        root: int32 row of the party this one was split from at the root; itself if none.
        splits: uint8 rows split from this one so far.
        profile: uint8 index of the profile; never seen by a control function.
        persons: uint8 persons in the party (1-30).
        minors: uint8 children among them.
        unaccompanied: uint8 children without an adult of their family.
        family: bool; a family is never separated by the engine.
        vulnerable: bool; one person is a hidden victim of trafficking.
        wish: bool; the party wishes to claim asylum if stopped.
        stock: bool; present at the start.
        entry: int16 place where it entered or was at the start.
        node: int16 place where it is, or the tail of its leg.
        leg: int16 leg under way, ``NO_LEG`` if none.
        offer: int16 offer of a network in use, ``ALONE`` if none.
        request: int32 request that asks who it is, of those held; -1 if none.
        state: uint8, one of the states above.
        due: int32 hour at which its leg or wait ends; ``NEVER``.
        begun: int32 hour at which its leg or wait began.
        funds: float32 EUR per person.
        spent: float32 EUR per person spent so far.
        attempts: uint16 controlled legs tried.
        failures: uint8 stops since the last success, capped at 255.
        moves: uint32 legs and waits begun; part of the key of every draw.
        entered: int32 hour of entering the model.
        ended: int32 hour of reaching a final state, -1 before.
        borders: uint64 bits of borders crossed.
        lines: uint8 bits of screenlines crossed.
        registered: uint32 bits of observation rules that counted it.
    """

    records: NDArray[Any]
    heads: NDArray[Any]
    key: NDArray[np.uint64]
    root: NDArray[np.int32]
    splits: NDArray[np.uint8]
    profile: NDArray[np.uint8]
    persons: NDArray[np.uint8]
    minors: NDArray[np.uint8]
    unaccompanied: NDArray[np.uint8]
    family: NDArray[np.bool_]
    vulnerable: NDArray[np.bool_]
    wish: NDArray[np.bool_]
    stock: NDArray[np.bool_]
    entry: NDArray[np.int16]
    node: NDArray[np.int16]
    leg: NDArray[np.int16]
    offer: NDArray[np.int16]
    request: NDArray[np.int32]
    state: NDArray[np.uint8]
    due: NDArray[np.int32]
    begun: NDArray[np.int32]
    funds: NDArray[np.float32]
    spent: NDArray[np.float32]
    attempts: NDArray[np.uint16]
    failures: NDArray[np.uint8]
    moves: NDArray[np.uint32]
    entered: NDArray[np.int32]
    ended: NDArray[np.int32]
    borders: NDArray[np.uint64]
    lines: NDArray[np.uint8]
    registered: NDArray[np.uint32]

    planned: int = 0
    """Rows laid out at the start (stocks and arrivals)."""
    present: int = 0
    """Rows of ``planned`` that have entered; they are the first ones."""
    size: int = 0
    """Rows in use, ``planned`` and split ones."""
    barred: int = 0
    """Rows whose arrival was closed when their hour came; they never enter."""
    before_split: Callable[[], None] = lambda: None
    """Called before parties are split: what is still to be written of them is written now."""

    @classmethod
    def empty(cls, planned: int) -> Crowd:
        """Return a crowd of ``planned`` rows, with room for splits behind them."""
        capacity = _whole_words(planned + max(1024, planned // 32))
        crowd = cls(**_columns(capacity), planned=planned, size=planned)
        crowd.root[:] = np.arange(capacity)
        crowd.leg[:] = NO_LEG
        crowd.offer[:] = ALONE
        crowd.request[:] = NOBODY_ASKED
        crowd.state.fill(NOT_YET)
        crowd.due.fill(NEVER)
        crowd.ended.fill(-1)
        return crowd

    def split(self, parents: Rows, leaving: NDArray[np.int64]) -> Rows:
        """Move persons out of ``parents`` into new rows and return the new rows.

        A new row has its own key, the same profile and history; its parent must keep at least
        one person. Parents must be distinct. ``leaving`` has the shape (3, n): persons, minors,
        unaccompanied.
        """
        self.before_split()
        n = len(parents)
        new = np.arange(self.size, self.size + n, dtype=np.intp)
        if self.size + n > len(self.key):
            self._grow(self.size + n)
        splitting.split(
            parents, leaving, self.size, _SPLIT, self.records, self.heads, self.state, self.root,
            self.ended,
        )  # fmt: skip
        self.size += n
        return new

    def adults_first(self, parents: Rows, number: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return who leaves where a number of persons leave each party; see ``split``."""
        leaving = np.empty((3, parents.size), np.int64)
        splitting.adults_first(parents, number, self.heads, leaving)
        return leaving

    def join(self, other: Crowd, rows: Rows) -> Rows:
        """Add parties of another crowd behind the rows in use; return their rows here.

        They enter in the window in which they are added, or conservation would miss them.
        """
        n = len(rows)
        new = np.arange(self.size, self.size + n, dtype=np.intp)
        if self.size + n > len(self.key):
            self._grow(self.size + n)
        for name in _BLOCKS:
            getattr(self, name)[new] = getattr(other, name)[rows]
        self.root[new] = new
        self.size += n
        return new

    def _grow(self, needed: int) -> None:
        used = len(self.key)
        columns = _columns(_whole_words(max(needed, used + used // 8)))
        for name in _BLOCKS:
            columns[name][:used] = getattr(self, name)
        for name, column in columns.items():
            setattr(self, name, column)
        self.root[self.size :] = np.arange(self.size, len(self.root))
        self.state[used:] = NOT_YET

    def in_use(self) -> tuple[slice, slice]:
        """Return the two stretches of rows that have entered: planned and split ones."""
        return slice(0, self.present), slice(self.planned, self.size)


# What a touch needs lies together, one cache line of 64 bytes a party: at a million parties a
# touch takes the time of fetching its lines. Columns that are scanned as a whole stand apart.
_TOGETHER: dict[str, Any] = {
    "key": np.uint64, "borders": np.uint64, "moves": np.uint32, "begun": np.int32,
    "funds": np.float32, "spent": np.float32, "registered": np.uint32, "entered": np.int32,
    "request": np.int32, "leg": np.int16, "offer": np.int16, "node": np.int16, "entry": np.int16,
    "attempts": np.uint16, "profile": np.uint8, "failures": np.uint8, "splits": np.uint8,
    "lines": np.uint8, "family": np.bool_,
    "vulnerable": np.bool_, "wish": np.bool_, "stock": np.bool_,
}  # fmt: skip
# What is looked at of all rows as well, eight bytes a party.
_HEAD: dict[str, Any] = {
    "due": np.int32, "persons": np.uint8, "minors": np.uint8, "unaccompanied": np.uint8,
}  # fmt: skip
_APART: dict[str, Any] = {"state": np.uint8, "root": np.int32, "ended": np.int32}
_LINE, _HEAD_BYTES, _WORD = 64, 8, 8


def _record(fields: dict[str, Any], size: int) -> np.dtype[Any]:
    """Return a record of fields side by side, which takes a number of bytes."""
    ends = np.cumsum([np.dtype(field).itemsize for field in fields.values()])
    return np.dtype({
        "names": list(fields), "formats": list(fields.values()),
        "offsets": [0, *ends[:-1].tolist()], "itemsize": size,
    })  # fmt: skip


#: Arrays that hold everything of a row, by name.
_BLOCKS: dict[str, Any] = {
    "records": _record(_TOGETHER, _LINE), "heads": _record(_HEAD, _HEAD_BYTES), **_APART,
}  # fmt: skip


def _whole_words(rows: int) -> int:
    """Return a number of rows, or the next higher that fills numbers of eight rows."""
    return -(-rows // _WORD) * _WORD


def _columns(capacity: int) -> dict[str, Any]:
    """Return zeroed columns by name; those of a record are views with a stride of its size.

    All lie in one stretch of memory: a large one has large pages, a column alone may not.
    """
    types = {name: np.dtype(dtype) for name, dtype in _BLOCKS.items()}
    ends = np.cumsum([-(-capacity * t.itemsize // _LINE) * _LINE for t in types.values()])
    raw = np.zeros(ends[-1] + _LINE, np.uint8)
    raw = raw[-raw.ctypes.data % _LINE :]
    columns: dict[str, Any] = {}
    for (name, dtype), begin in zip(types.items(), [0, *ends[:-1].tolist()], strict=True):
        columns[name] = raw[begin : begin + capacity * dtype.itemsize].view(dtype)
        columns |= {field: columns[name][field] for field in dtype.names or ()}
    return columns


_SPLIT = np.uint64(text_key("split"))
_COUNTED = ("persons", "minors", "unaccompanied")


class Books:
    """The books of conservation: persons, minors and unaccompanied by state (MODEL 3).

    Kept from the rows touched in each window, proven against the columns: summed up in every
    window, recounted every day.

    Attributes:
        tally: int64, shape (states, 3): persons, minors, unaccompanied by state.
        rows: int64, shape (states,): parties by state.
        entered: int64, shape (3,): initial and entered so far.
        waiting: int64, shape (places,): persons that wait at each place without a bed.
    """

    def __init__(self, crowd: Crowd, places: int) -> None:
        self.crowd = crowd
        # Persons, minors, unaccompanied, parties: the books by kind, both below are views of it.
        self._books = np.zeros((len(_COUNTED) + 1, books.CODES), np.int64)
        self.tally = self._books[:3, : NOT_YET + 1].T
        self.rows = self._books[3, : NOT_YET + 1]
        self.entered = np.zeros(3, np.int64)
        self.waiting = np.zeros(places, np.int64)
        # The column of states, eight rows a number; heads, each as a number; and the sums of
        # states, block by block of rows: see ``sim.kernels.books.sums_hold``.
        self._state = np.empty(0, np.uint8)
        self._words, self._heads, self._sums = np.empty((3, 0), np.uint64)
        self._meet_rows()

    def _meet_rows(self) -> None:
        """Make room for rows added to the crowd's columns; none of them is in the books yet."""
        state, before = self.crowd.state, self._sums
        if state is not self._state:
            self._state, self._words = state, state.view(np.uint64)
            self._heads = self.crowd.heads.view(np.uint64)
            self._sums = np.zeros(state.size // books.ROWS + 1, np.uint64)
            self._sums[: before.size] = before

    def take_out(self, rows: Rows) -> None:
        """Take rows about to be touched out of the books, under their present state."""
        crowd = self.crowd
        self._meet_rows()
        books.take_out(
            rows, self._heads, crowd.state, crowd.node, self._books, self.waiting, self._sums
        )

    def put_back(self, rows: Rows) -> None:
        """Enter touched and new rows into the books under their present state."""
        crowd = self.crowd
        self._meet_rows()
        books.put_back(
            rows, self._heads, crowd.state, crowd.node, self._books, self.waiting, self._sums
        )

    def enter(self, rows: Rows) -> None:
        """Count rows that enter the model now."""
        self._meet_rows()
        books.enter(rows, self._heads, self.entered)

    def check(self, hour: int, phase: str, full: bool) -> None:
        """Prove the books against the columns.

        Always: persons by state sum to those entered, parties by state to those in use, persons
        waiting by place to those who wait. With ``full`` parties, persons, minors and unaccompanied
        are counted anew by state; without it, the column of states is summed up block by block,
        which shows whether a row has changed that was not touched.

        Raises:
            ConservationError: Names hour, phase and state.
        """
        found = self.recount() if full or not self._sums_hold() else None
        counted = self.rows if found is None else found[len(_COUNTED)]
        wrong = books.prove(self._books, self.entered, counted, self._in_use(), self.waiting)
        if wrong == books.TOTALS:
            total = np.add.reduce(self.tally[:NOT_YET], axis=0)
            raise ConservationError(
                f"hour {hour}, phase {phase}: {total.tolist()} persons, minors, unaccompanied over "
                f"all states, but {self.entered.tolist()} entered"
            )
        if wrong == books.BY_STATE:
            self._complain(hour, phase, "parties", counted, self.rows)
        if wrong == books.IN_USE:
            raise ConservationError(
                f"hour {hour}, phase {phase}: {self._in_use()} parties have entered, but "
                f"{counted[:NOT_YET].sum()} are in a state of the model; the others are not_yet"
            )
        if wrong == books.AT_PLACES:
            raise ConservationError(
                f"hour {hour}, phase {phase}: {self.waiting.sum()} persons wait at places, but "
                f"{self.tally[WAITING, 0]} are waiting"
            )
        if found is not None:
            for i, name in enumerate(_COUNTED):
                self._complain(hour, phase, name, found[i], self.tally[:, i])
            if not full:
                raise ConservationError(
                    f"hour {hour}, phase {phase}: rows that nobody touched have changed their state"
                )

    def check_places(self, hour: int, phase: str) -> None:
        """Prove the persons waiting at each place against the columns.

        Raises:
            ConservationError: Names hour, phase and place.
        """
        crowd, found = self.crowd, np.zeros_like(self.waiting)
        self._meet_rows()
        for part in crowd.in_use():
            books.recount_waiting(
                part.start, part.stop, self._heads, crowd.state, crowd.node, found
            )
        wrong = np.flatnonzero(found != self.waiting)
        if len(wrong):
            place = int(wrong[0])
            raise ConservationError(
                f"hour {hour}, phase {phase}, place {place}: {found[place]} persons wait by the "
                f"columns, {self.waiting[place]} by the books"
            )

    def _sums_hold(self) -> bool:
        """Return whether the column of states adds up to what is kept of it."""
        crowd = self.crowd
        self._meet_rows()
        return books.sums_hold(crowd.present, crowd.planned, crowd.size, self._words, self._sums)

    def _in_use(self) -> int:
        """Return the parties that have entered."""
        crowd = self.crowd
        return crowd.present - crowd.barred + crowd.size - crowd.planned

    def recount(self) -> NDArray[np.int64]:
        """Return persons, minors, unaccompanied and parties by state from the columns.

        Shape (4, codes).
        """
        crowd = self.crowd
        self._meet_rows()
        found = np.zeros_like(self._books)
        for part in crowd.in_use():
            books.recount(
                part.start, part.stop, self._heads, crowd.state, found,
            )  # fmt: skip
        return found

    def _complain(
        self, hour: int, phase: str, what: str, found: NDArray[np.int64], kept: NDArray[np.int64]
    ) -> None:
        wrong = np.flatnonzero(found[:NOT_YET] != kept[:NOT_YET])
        if len(wrong):
            state = int(wrong[0])
            raise ConservationError(
                f"hour {hour}, phase {phase}, state {STATES[state]}: {int(found[state])} {what} in "
                f"the columns, {int(kept[state])} in the books"
            )
