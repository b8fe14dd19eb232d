"""Parties split: who leaves a party, and the row that those who leave become.

``records`` and the columns of one byte or four are the crowd's, indexed by row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled
from sim.kernels.hashing import mixed

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
Rows = NDArray[np.intp]


@compiled
def split_key(parent: Any, number: Any, salt: Any) -> Any:
    """Return the key of the row split from a party as its ``number``-th."""
    return mixed(mixed(parent ^ salt) + np.uint64(number))


@compiled
def adults_first(
    parents: Rows, number: I64, persons: U8, minors: U8, unaccompanied: U8, leaving: Any
) -> None:
    """Write who leaves where a number of persons leave each party, adults first.

    ``leaving`` has the shape (3, n): persons, minors, unaccompanied.
    """
    for i in range(parents.size):
        row = parents[i]
        adults = np.int64(persons[row]) - np.int64(minors[row])
        children = max(number[i] - adults, 0)
        leaving[0, i], leaving[1, i] = number[i], children
        leaving[2, i] = min(children, np.int64(unaccompanied[row]))


@compiled
def split(
    parents: Rows, leaving: Any, first: Any, salt: Any, records: Any, state: U8, persons: U8,
    minors: U8, unaccompanied: U8, due: I32, root: I32, ended: I32,
) -> None:  # fmt: skip
    """Move those ``leaving``, shape (3, n), out of distinct parents into rows from ``first`` on.

    A new row has a key of its own, all else of its parent; a victim stays behind or is found.
    """
    for i in range(parents.size):
        row, new = parents[i], first + i
        parent, child = records[row], records[new]
        records[new] = parent
        child["key"] = split_key(parent["key"], parent["splits"], salt)
        child["splits"], child["vulnerable"] = 0, False
        parent["splits"] += np.uint8(1)
        state[new], due[new], root[new], ended[new] = state[row], due[row], root[row], ended[row]
        persons[new], minors[new] = leaving[0, i], leaving[1, i]
        unaccompanied[new] = leaving[2, i]
        persons[row] -= persons[new]
        minors[row] -= minors[new]
        unaccompanied[row] -= unaccompanied[new]
