"""The recorder: tables kept as chunks of columns until a run folder is written."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.records.tables import TABLES

_DTYPES: dict[str, Any] = {
    "int": np.int64,
    "uint": np.uint64,
    "float": np.float64,
    "bool": np.bool_,
    "text": object,
}


class Recorder:
    """Collects chunks of rows by table, in memory; the run folder's writer reads ``columns``.

    Nullable integers are given as float with NaN for "not recorded".
    """

    def __init__(self) -> None:
        self._chunks: dict[str, list[dict[str, np.ndarray[Any, Any]]]] = {}

    def add(self, table: str, **columns: Any) -> None:
        """Append rows; every column of the table is given, arrays or scalars to be repeated.

        Raises:
            ValueError: A column is missing, unknown, or of another length.
        """
        spec = TABLES[table]
        names = [c.name for c in spec.columns]
        if set(columns) != set(names):
            raise ValueError(f"{table}: columns {sorted(set(columns) ^ set(names))} do not match")
        arrays = {k: np.asarray(v) for k, v in columns.items()}
        length = max((a.shape[0] for a in arrays.values() if a.ndim), default=1)
        chunk = {}
        for name in names:
            array = arrays[name]
            if array.ndim == 0:
                array = np.full(length, array[()])
            if array.shape[0] != length:
                raise ValueError(f"{table}.{name}: {array.shape[0]} rows, expected {length}")
            chunk[name] = array
        if length:
            self._chunks.setdefault(table, []).append(chunk)

    def columns(self, table: str) -> dict[str, np.ndarray[Any, Any]]:
        """Return all rows of a table as columns (empty columns if nothing was added)."""
        spec = TABLES[table]
        chunks = self._chunks.get(table, [])
        if not chunks:
            return {c.name: np.empty(0, _DTYPES[c.kind]) for c in spec.columns}
        if len(chunks) > 1:
            # Column by column, so that only one of them is ever held twice.
            merged = {
                c.name: np.concatenate([chunk.pop(c.name) for chunk in chunks])
                for c in spec.columns
            }
            self._chunks[table] = chunks = [merged]
        return dict(chunks[0])

    def tables(self) -> tuple[str, ...]:
        """Return the names of the tables that hold rows, sorted."""
        return tuple(sorted(self._chunks))
