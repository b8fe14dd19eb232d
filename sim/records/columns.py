"""Columns kept small until they are read: names as indices, texts not yet spelt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ALL = slice(None)
#: Rows looked through together: a million need little memory beside them.
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """A column of names, kept as an index of each row.

    Attributes:
        names: The names, each once.
        index: Index in ``names``, shape (rows,), of any integer type; -1 is the last one.
    """

    names: tuple[str, ...]
    index: NDArray[Any]

    def __len__(self) -> int:
        return len(self.index)

    def array(self, rows: slice = _ALL) -> NDArray[Any]:
        """Return the names of some rows, or all."""
        return np.asarray(np.array(self.names, dtype=object)[self.index[rows]])

    def codes(self) -> tuple[NDArray[np.int32], list[str]]:
        """Return codes of the names in the order met, and these names."""
        code, met = in_order_met(self.index, len(self.names))
        return code, [self.names[i] for i in met]


@dataclass(frozen=True, slots=True, eq=False)
class Later:
    """A column that is made when it is read.

    Attributes:
        rows: How many rows it has.
        make: Makes some of its rows, the same each time.
    """

    rows: int
    make: Callable[[slice], NDArray[Any]]

    def __len__(self) -> int:
        return self.rows

    def array(self, rows: slice = _ALL) -> NDArray[Any]:
        """Return some rows of the column, or all."""
        return self.make(rows)


Kept = NDArray[Any] | Named | Later


def numbers(rows: int) -> Later:
    """Return a column of numbers from 0 on."""
    return Later(rows, lambda some: np.arange(*some.indices(rows)))


def array(column: Kept, rows: slice = _ALL) -> NDArray[Any]:
    """Return some rows of a kept column as an array, or all."""
    return column[rows] if isinstance(column, np.ndarray) else column.array(rows)


def joined(parts: Sequence[Kept]) -> Kept:
    """Return a column's chunks as one."""
    first = parts[0]
    if isinstance(first, Named) and all(
        isinstance(part, Named) and part.names == first.names for part in parts
    ):
        return Named(first.names, np.concatenate([p.index for p in parts if isinstance(p, Named)]))
    return np.concatenate([array(part) for part in parts])


def in_order_met(index: NDArray[Any], count: int) -> tuple[NDArray[np.int32], list[int]]:
    """Return numbers below ``count`` renumbered in the order met, and the numbers met.

    >>> in_order_met(np.array([3, 1, 3, 1, 0]), 4)
    (array([0, 1, 0, 1, 2], dtype=int32), [3, 1, 0])
    """
    rows = len(index)
    first = np.full(count, rows)
    for begin in range(0, rows, _BLOCK):
        block = index[begin : begin + _BLOCK][::-1]
        here = np.full(count, rows)
        here[block] = np.arange(begin + len(block) - 1, begin - 1, -1)
        np.minimum(first, here, out=first)
    met = first.argsort(kind="stable")[: np.count_nonzero(first < rows)]
    rank = np.zeros(count, np.int32)
    rank[met] = np.arange(len(met))
    return rank[index], met.tolist()


def codes(column: Kept) -> tuple[NDArray[np.int32], list[str]]:
    """Return codes and names of a column, in the order met (a hash, much faster than sorting)."""
    if isinstance(column, Named):
        return column.codes()
    met = array(column).tolist()
    code = {name: i for i, name in enumerate(dict.fromkeys(met))}
    return np.array([code[name] for name in met], dtype=np.int32), [str(name) for name in code]


def numbered(values: Iterable[str]) -> tuple[tuple[str, ...], NDArray[np.int16]]:
    """Return the names among values, each once, and the index of each value."""
    values = list(values)
    index = {name: i for i, name in enumerate(dict.fromkeys(values))}
    return tuple(index), np.array([index[v] for v in values], np.int16)
