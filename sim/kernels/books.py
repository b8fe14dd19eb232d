"""The books of conservation: rows taken out and put back, recounts, and the proof.

Books are int64, shape (4, codes): persons, minors, unaccompanied and parties by any code a state
can have. Columns are those of the crowd, uint8, shape (capacity,).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import NOT_YET
from sim.kernels.compiling import compiled

I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
Rows = NDArray[np.intp]

#: Words of eight rows that are compared before a difference is looked for among them.
_BLOCK = 512
#: What a proof finds: nothing wrong, or what does not agree.
SOUND, TOTALS, BY_STATE, IN_USE = 0, 1, 2, 3


@compiled
def count_in(
    book: I64, state: U8, persons: U8, minors: U8, unaccompanied: U8, row: Any, sign: Any
) -> None:
    """Add one row to the books, or take it out, under its present state."""
    code = state[row]
    book[0, code] += sign * np.int64(persons[row])
    book[1, code] += sign * np.int64(minors[row])
    book[2, code] += sign * np.int64(unaccompanied[row])
    book[3, code] += sign


@compiled
def take_out(rows: Rows, state: U8, persons: U8, minors: U8, unaccompanied: U8, book: I64) -> None:
    """Take rows, shape (n,), out of the books."""
    for i in range(rows.size):
        count_in(book, state, persons, minors, unaccompanied, rows[i], -1)


@compiled
def put_back(
    rows: Rows,
    state: U8,
    persons: U8,
    minors: U8,
    unaccompanied: U8,
    book: I64,
    seen: U8,
    seen_rows: I64,
) -> None:
    """Enter rows, shape (n,), into the books, and their states into the column seen."""
    for i in range(rows.size):
        row = rows[i]
        count_in(book, state, persons, minors, unaccompanied, row, 1)
        see(row, state, seen, seen_rows)


@compiled
def see(row: Any, state: U8, seen: U8, seen_rows: I64) -> None:
    """Write one row's state into the column seen; ``seen_rows`` are that column's by code."""
    seen_rows[seen[row]] -= 1
    seen_rows[state[row]] += 1
    seen[row] = state[row]


@compiled
def see_all(
    size: Any, state: U8, seen: U8, state_words: U64, seen_words: U64, seen_rows: I64
) -> None:
    """Compare every one of the first ``size`` rows with the column seen; write what differs.

    ``state_words`` and ``seen_words`` are the same columns, eight rows a number.
    """
    words = size // 8
    for begin in range(0, words, _BLOCK):
        end = min(begin + _BLOCK, words)
        differ = 0
        for i in range(begin, end):
            differ += state_words[i] != seen_words[i]
        if differ:
            for row in range(8 * begin, 8 * end):
                if state[row] != seen[row]:
                    see(row, state, seen, seen_rows)
    for row in range(8 * words, size):
        if state[row] != seen[row]:
            see(row, state, seen, seen_rows)


@compiled
def recount(
    begin: Any, end: Any, state: U8, persons: U8, minors: U8, unaccompanied: U8, found: I64
) -> None:
    """Add the rows of a stretch to ``found``, shaped as the books."""
    for row in range(begin, end):
        count_in(found, state, persons, minors, unaccompanied, row, 1)


@compiled
def enter(rows: Rows, persons: U8, minors: U8, unaccompanied: U8, entered: I64) -> None:
    """Add the persons, minors and unaccompanied of rows to ``entered``, shape (3,)."""
    for i in range(rows.size):
        row = rows[i]
        entered[0] += np.int64(persons[row])
        entered[1] += np.int64(minors[row])
        entered[2] += np.int64(unaccompanied[row])


@compiled
def prove(book: I64, entered: I64, counted: I64, in_use: Any) -> int:
    """Return ``SOUND``, or the first that does not agree.

    ``TOTALS``: over all states of the model the books hold those ``entered``; ``BY_STATE``: the
    parties ``counted``, by code, are those of the books; ``IN_USE``: they are ``in_use``.
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
    return SOUND if parties == in_use else IN_USE
