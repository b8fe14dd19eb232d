"""The books of conservation: rows taken out and put back, recounts, and the proof.

Books are int64, shape (4, codes): persons, minors, unaccompanied and parties by any code a state
is told by. ``heads``, each as a number, ``state`` and ``node``, the place of each row, are the
crowd's, shape (capacity,).
``waiting``, int64, shape (places,), are the persons that wait at each place.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import NOT_YET, WAITING
from sim.kernels.compiling import compiled
from sim.kernels.hashing import odd_numbers

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
#: Odd numbers that tell the words of a block apart.
_WEIGHTS = odd_numbers(_WORDS)
#: What a proof finds: nothing wrong, or what does not agree.
SOUND, TOTALS, BY_STATE, IN_USE, AT_PLACES = 0, 1, 2, 3, 4
#: Codes that the books tell apart; rows that are counted together at most: what is counted of
#: them has room in 16 bits.
CODES: Final = 16
_MOST: Final = 256
_HALF, _BYTE, _QUARTER = np.uint64(32), np.uint64(0xFF), np.uint64(0xFFFF)
_ONE_PARTY = np.uint64(1) << np.uint64(48)


@compiled
def _persons(head: Any) -> Any:
    """Return the persons in a head."""
    return (head >> _HALF) & _BYTE


@compiled
def _counted(head: Any) -> Any:
    """Return persons, minors, unaccompanied and one party, each in 16 bits of a number."""
    minors = (head >> np.uint64(24)) & (_BYTE << np.uint64(16))
    unaccompanied = (head >> np.uint64(16)) & (_BYTE << _HALF)
    return _persons(head) | minors | unaccompanied | _ONE_PARTY


@compiled
def _add_up(counted: U64, sign: Any, book: I64) -> None:
    """Add what is counted by code, shape (codes,), to the books, or take it out; clear it."""
    for code in range(counted.size):
        for kind in range(4):
            book[kind, code] += sign * np.int64((counted[code] >> np.uint64(16 * kind)) & _QUARTER)
        counted[code] = np.uint64(0)


@compiled
def _code(state: Any) -> Any:
    """Return the code of a state to count by: the last stands for any that there is not."""
    return min(np.uint64(state), np.uint64(CODES - 1))


@compiled
def _lane(row: Any, code: Any) -> Any:
    """Return what a row adds to the sum of its block: its state, by the byte where it lies."""
    state = np.uint64(code ^ NOT_YET) << ((row & _SEVEN) << _THREE)
    return state * _WEIGHTS[(row >> _THREE) & np.uint64(_WORDS - 1)]


@compiled
def take_out(
    rows: Rows, heads: U64, state: U8, node: I16, book: I64, waiting: I64, sums: U64
) -> None:
    """Take rows, shape (n,), out of the books, those that wait out of ``waiting``.

    Their states are taken out of ``sums``, see ``sums_hold``.
    """
    _enter(rows, heads, state, node, -1, book, waiting, sums)


@compiled
def put_back(
    rows: Rows, heads: U64, state: U8, node: I16, book: I64, waiting: I64, sums: U64
) -> None:
    """Enter rows, shape (n,), into the books, ``waiting`` and ``sums``; see ``take_out``."""
    _enter(rows, heads, state, node, 1, book, waiting, sums)


@compiled
def _enter(
    rows: Rows,
    heads: U64,
    state: U8,
    node: I16,
    sign: Any,
    book: I64,
    waiting: I64,
    sums: U64,
) -> None:
    """Add rows to the books, to those waiting and to the sums, or take them out."""
    # Of a number without a sign, the least below 0 stands for -1.
    factor = np.uint64(1) if sign > 0 else ~np.uint64(0)
    counted, waits = np.zeros(CODES, np.uint64), np.empty(rows.size + 1, np.intp)
    count = 0
    for begin in range(0, rows.size, _MOST):
        for i in range(begin, min(begin + _MOST, rows.size)):
            row = np.uint64(rows[i])
            code = state[row]
            counted[_code(code)] += _counted(heads[row])
            sums[row >> _SHIFT] += factor * _lane(row, code)
            waits[count] = row
            count += code == WAITING
        _add_up(counted, sign, book)
    for i in range(count):
        row = np.uint64(waits[i])
        waiting[node[row]] += sign * np.int64(_persons(heads[row]))


@compiled
def _sum_holds(block: Any, words: U64, sums: U64) -> Any:
    """Return whether the states of a block of rows add up to its sum."""
    begin, total = np.uint64(block * _WORDS), np.uint64(0)
    if (block + 1) * _WORDS <= words.size:
        for i in range(np.uint64(_WORDS)):
            total += (words[begin + i] ^ _ALL_NOT_YET) * _WEIGHTS[i]
    else:
        for i in range(np.uint64(words.size) - begin):
            total += (words[begin + i] ^ _ALL_NOT_YET) * _WEIGHTS[i]
    return total == sums[block]


@compiled
def sums_hold(present: Any, planned: Any, size: Any, words: U64, sums: U64) -> bool:
    """Return whether no row in use has a state that the books do not know.

    ``words`` are the column of states, eight rows a number. ``sums``, one a block of ``ROWS``
    rows, are what these numbers add up to, each times an odd number of its own, those not yet
    there being 0: as kept from the rows touched. Changes that cancel are as rare as equal hashes
    of 64 bits. Looked at are the blocks of rows present, and of those behind the planned.
    """
    hold = True
    for block in range(-(-present // ROWS)):
        hold &= _sum_holds(block, words, sums)
    for block in range(planned // ROWS, -(-size // ROWS)):
        hold &= _sum_holds(block, words, sums)
    return hold


@compiled
def recount(begin: Any, end: Any, heads: U64, state: U8, found: I64) -> None:
    """Add the rows of a stretch to ``found``, shaped as the books."""
    counted = np.zeros(CODES, np.uint64)
    for first in range(begin, end, _MOST):
        for i in range(first, min(first + _MOST, end)):
            row = np.uint64(i)
            counted[_code(state[row])] += _counted(heads[row])
        _add_up(counted, 1, found)


@compiled
def recount_waiting(begin: Any, end: Any, heads: U64, state: U8, node: I16, found: I64) -> None:
    """Add the persons of those of a stretch of rows that wait to ``found``, by place."""
    for row in range(begin, end):
        if state[row] == WAITING:
            found[node[row]] += np.int64(_persons(heads[row]))


@compiled
def enter(rows: Rows, heads: U64, entered: I64) -> None:
    """Add the persons, minors and unaccompanied of rows to ``entered``, shape (3,)."""
    for i in range(rows.size):
        counted = _counted(heads[np.uint64(rows[i])])
        for kind in range(3):
            entered[kind] += np.int64((counted >> np.uint64(16 * kind)) & _QUARTER)


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
