"""The books of conservation: rows taken out and put back, recounts, and the proof.

Books are int64, shape (4, codes): persons, minors, unaccompanied and parties by any code a state
can have. ``heads``, ``state`` and ``node``, the place of each row, are the crowd's, shape
(capacity,).
``waiting``, int64, shape (places,), are the persons that wait at each place.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import NOT_YET, WAITING
from sim.kernels.compiling import compiled

I16 = NDArray[np.int16]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
Rows = NDArray[np.intp]

#: Rows of a block of the column of states, and words of eight rows in it.
ROWS: Final = 4096
_WORDS = ROWS // 8
_SHIFT = np.uint64(12)
_SEVEN, _THREE = np.uint64(7), np.uint64(3)
_ALL_NOT_YET = np.uint64(NOT_YET * 0x0101010101010101)
#: What a proof finds: nothing wrong, or what does not agree.
SOUND, TOTALS, BY_STATE, IN_USE, AT_PLACES = 0, 1, 2, 3, 4
_CODES = 256
_HALF, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
_ONE_PARTY = np.uint64(1) << _HALF


@compiled
def _count(head: Any, code: Any, row: Any, halves: U64) -> None:
    """Count the party of a row, or of a position among rows, in halves; see ``_add_up``."""
    halves[row & 1, 0, code] += np.uint64(head["persons"]) | np.uint64(head["minors"]) << _HALF
    halves[row & 1, 1, code] += np.uint64(head["unaccompanied"]) | _ONE_PARTY


@compiled
def _add_up(halves: U64, sign: Any, book: I64) -> None:
    """Add to the books what is counted in halves of numbers, or take it out.

    ``halves`` has shape (2, 2, codes): persons and minors, unaccompanied and parties, the second
    of each in the upper half, as counted of even and of odd rows.
    """
    for code in range(_CODES):
        for i in range(2):
            of_persons, of_parties = halves[i, 0, code], halves[i, 1, code]
            book[0, code] += sign * np.int64(of_persons & _LOW)
            book[1, code] += sign * np.int64(of_persons >> _HALF)
            book[2, code] += sign * np.int64(of_parties & _LOW)
            book[3, code] += sign * np.int64(of_parties >> _HALF)


@compiled
def _lane(row: Any, code: Any) -> Any:
    """Return what a row adds to the sum of its block: its state, in the byte where it lies."""
    return np.uint64(code ^ NOT_YET) << ((row & _SEVEN) << _THREE)


@compiled
def take_out(
    rows: Rows, heads: Any, state: U8, node: I16, book: I64, waiting: I64, sums: U64
) -> None:
    """Take rows, shape (n,), out of the books, those that wait out of ``waiting``.

    Their states are taken out of ``sums``, see ``sums_hold``.
    """
    for i in range(rows.size):
        row = np.uint64(rows[i])
        sums[row >> _SHIFT] -= _lane(row, state[row])
    _enter(rows, heads, state, node, -1, book, waiting)


@compiled
def put_back(
    rows: Rows, heads: Any, state: U8, node: I16, book: I64, waiting: I64, sums: U64
) -> None:
    """Enter rows, shape (n,), into the books, ``waiting`` and ``sums``; see ``take_out``."""
    for i in range(rows.size):
        row = np.uint64(rows[i])
        sums[row >> _SHIFT] += _lane(row, state[row])
    _enter(rows, heads, state, node, 1, book, waiting)


@compiled
def _enter(
    rows: Rows, heads: Any, state: U8, node: I16, sign: Any, book: I64, waiting: I64
) -> None:
    """Add rows to the books and to those waiting, or take them out."""
    halves, waits = np.zeros((2, 2, _CODES), np.uint64), np.empty(rows.size + 1, np.intp)
    count = 0
    for i in range(rows.size):
        row = np.uint64(rows[i])
        _count(heads[row], state[row], i, halves)
        waits[count] = row
        count += state[row] == WAITING
    _add_up(halves, sign, book)
    for i in range(count):
        row = np.uint64(waits[i])
        waiting[node[row]] += sign * np.int64(heads[row]["persons"])


@compiled
def _sum_holds(block: Any, words: U64, sums: U64) -> Any:
    """Return whether the states of a block of rows add up to its sum."""
    begin = block * _WORDS
    total = np.uint64(0)
    for i in range(begin, min(begin + _WORDS, words.size)):
        total += words[i] ^ _ALL_NOT_YET
    return total == sums[block]


@compiled
def sums_hold(present: Any, planned: Any, size: Any, words: U64, sums: U64) -> bool:
    """Return whether no row in use has a state that the books do not know.

    ``words`` are the column of states, eight rows a number. ``sums``, one a block of ``ROWS``
    rows, are what these numbers add up to, those not yet there being 0: as kept from the rows
    touched. Looked at are the blocks of rows present, and of those behind the planned.
    """
    hold = True
    for block in range(-(-present // ROWS)):
        hold &= _sum_holds(block, words, sums)
    for block in range(planned // ROWS, -(-size // ROWS)):
        hold &= _sum_holds(block, words, sums)
    return hold


@compiled
def recount(begin: Any, end: Any, heads: Any, state: U8, found: I64) -> None:
    """Add the rows of a stretch, at most 2 ** 24, to ``found``, shaped as the books."""
    halves = np.zeros((2, 2, _CODES), np.uint64)
    for row in range(begin, end):
        _count(heads[row], state[row], row, halves)
    _add_up(halves, 1, found)


@compiled
def recount_waiting(begin: Any, end: Any, heads: Any, state: U8, node: I16, found: I64) -> None:
    """Add the persons of those of a stretch of rows that wait to ``found``, by place."""
    for row in range(begin, end):
        if state[row] == WAITING:
            found[node[row]] += heads[row]["persons"]


@compiled
def enter(rows: Rows, heads: Any, entered: I64) -> None:
    """Add the persons, minors and unaccompanied of rows to ``entered``, shape (3,)."""
    for i in range(rows.size):
        head = heads[rows[i]]
        entered[0] += np.int64(head["persons"])
        entered[1] += np.int64(head["minors"])
        entered[2] += np.int64(head["unaccompanied"])


@compiled
def prove(book: I64, entered: I64, counted: I64, in_use: Any, waiting: I64) -> int:
    """Return ``SOUND``, or the first that does not agree.

    ``TOTALS``: over all states of the model the books hold those ``entered``; ``BY_STATE``: the
    parties ``counted``, by code, are those of the books; ``IN_USE``: they are ``in_use``;
    ``AT_PLACES``: those ``waiting``, by place, are those who wait.
    """
    for kind in range(3):
        total = 0
        for code in range(NOT_YET):
            total += book[kind, code]
        if total != entered[kind]:
            return TOTALS
    parties = 0
    for code in range(NOT_YET):
        if counted[code] != book[3, code]:
            return BY_STATE
        parties += counted[code]
    if parties != in_use:
        return IN_USE
    at_places = 0
    for place in range(waiting.size):
        at_places += waiting[place]
    return SOUND if at_places == book[0, WAITING] else AT_PLACES
