"""The recorder: tables kept as chunks of columns until a run folder is written."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.records.columns import Kept, Later, Named, array, codes, joined
from sim.records.tables import TABLES

_DTYPES: dict[str, Any] = {
    "int": np.int64,
    "uint": np.uint64,
    "float": np.float64,
    "bool": np.bool_,
    "text": object,
}


#: Names of each table's columns, in order.
_NAMES = {name: tuple(c.name for c in table.columns) for name, table in TABLES.items()}


class Recorder:
    """Collects chunks of rows by table, in memory; the run folder's writer reads ``columns``.

    Nullable integers are given as float with NaN for "not recorded".
    """

    def __init__(self) -> None:
        self._chunks: dict[str, list[dict[str, Kept]]] = {}

    def add(self, table: str, **columns: Any) -> None:
        """Append rows; every column of the table is given.

        Columns are arrays, columns kept small (``sim.records.columns``), or scalars to be repeated.

        Raises:
            ValueError: A column is missing, unknown, or of another length.
        """
        names = _NAMES[table]
        if columns.keys() != set(names):
            raise ValueError(f"{table}: columns {sorted(set(columns) ^ set(names))} do not match")
        chunk: dict[str, Kept] = {
            name: given if isinstance(given, Named | Later) else np.asarray(given)
            for name, given in ((name, columns[name]) for name in names)
        }
        length = max((len(a) for a in chunk.values() if not _is_scalar(a)), default=1)
        for name, column in chunk.items():
            if _is_scalar(column):
                chunk[name] = np.full(length, np.asarray(column)[()])
            elif len(column) != length:
                raise ValueError(f"{table}.{name}: {len(column)} rows, expected {length}")
        if length:
            self._chunks.setdefault(table, []).append(chunk)

    def columns(self, table: str) -> dict[str, np.ndarray[Any, Any]]:
        """Return all rows of a table as columns (empty columns if nothing was added)."""
        return {c.name: self.column(table, c.name) for c in TABLES[table].columns}

    def column(self, table: str, name: str, rows: slice = slice(None)) -> np.ndarray[Any, Any]:
        """Return some rows of one column, or all (none if nothing was added)."""
        return array(self._kept(table, name), rows)

    def codes(self, table: str, name: str) -> tuple[np.ndarray[Any, Any], list[str]]:
        """Return codes of a column's names in the order met, and these names."""
        return codes(self._kept(table, name))

    def _kept(self, table: str, name: str) -> Kept:
        chunks = self._chunks.get(table, [])
        if not chunks:
            kind = next(c.kind for c in TABLES[table].columns if c.name == name)
            return np.empty(0, _DTYPES[kind])
        if len(chunks) > 1:
            # Column by column, so that only one of them is ever held twice.
            merged = {n: joined([chunk.pop(n) for chunk in chunks]) for n in _NAMES[table]}
            self._chunks[table] = chunks = [merged]
        return chunks[0][name]

    def tables(self) -> tuple[str, ...]:
        """Return the names of the tables that hold rows, sorted."""
        return tuple(sorted(self._chunks))


def _is_scalar(column: Kept) -> bool:
    return isinstance(column, np.ndarray) and column.ndim == 0


class DailyTable:
    """A table with the same rows every day, kept as matrices until the end of the run."""

    def __init__(
        self, recorder: Recorder, table: str, days: int, **fixed: np.ndarray[Any, Any]
    ) -> None:
        """Make room for all days.

        Args:
            recorder: Where the table goes.
            table: Name of a table with a column ``day``.
            days: Days of the run.
            fixed: Columns that are the same every day, shape ``(rows,)`` each.
        """
        self._recorder, self._table, self._fixed = recorder, table, fixed
        self._rows = len(next(iter(fixed.values())))
        self._closed = 0
        self._kept = {
            c.name: np.zeros((days, self._rows), _DTYPES[c.kind])
            for c in TABLES[table].columns
            if c.name != "day" and c.name not in fixed
        }

    def put(self, day: int, columns: dict[str, Any]) -> None:
        """Keep a day's columns, shape ``(rows,)`` each; days come in order."""
        for name, kept in self._kept.items():
            kept[day] = columns[name]
        self._closed = day + 1

    def write(self) -> None:
        """Give the rows of all days to the recorder, day by day."""
        days = self._closed
        self._recorder.add(
            self._table,
            day=np.arange(days).repeat(self._rows),
            **{name: np.tile(values, days) for name, values in self._fixed.items()},
            **{name: kept[:days].ravel() for name, kept in self._kept.items()},
        )
