"""The hash of a run: equal exactly when two runs are identical (ARCHITECTURE.md).

Hashed are the content of every table (names, kinds, values in the table's order) and the manifest
without times, host, command and versions of other packages. Row groups, compression, order of
rows in a file and the number of workers do not matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.records.manifest import VOLATILE, canonical
from sim.records.parquet import connect, identifier, literal
from sim.records.run_reader import REPLICATES, RunFolder
from sim.records.tables import TABLES, Column, Table, with_replicate

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Rows fetched at a time; the hash does not depend on it.
CHUNK = 500_000


def run_hash(run: RunFolder) -> str:
    """Return the SHA-256 of a run folder's content, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    manifest = {k: v for k, v in run.manifest.items() if k not in VOLATILE}
    digest.update(canonical(manifest).encode())
    with connect() as connection:
        for name in run.tables():
            file = run.path / f"{name}.parquet"
            digest.update(table_hash(connection, file, TABLES[name]))
        for name in sorted(run.manifest.get("replicated_tables", {})):
            file = run.path / REPLICATES / f"{name}.parquet"
            digest.update(table_hash(connection, file, with_replicate(TABLES[name])))
    return digest.hexdigest()


def table_hash(
    connection: DuckDBPyConnection, file: Path, table: Table, chunk: int = CHUNK
) -> bytes:
    """Return the SHA-256 of one table's names, kinds and values, rows in the table's order."""
    columns = [_ColumnHash(column) for column in table.columns]
    for rows in _rows_in_order(connection, file, table, chunk):
        for column in columns:
            column.update(rows[column.column.name])
    digest = hashlib.sha256(table.name.encode())
    for column in columns:
        digest.update(column.digest())
    return digest.digest()


def _rows_in_order(
    connection: DuckDBPyConnection, file: Path, table: Table, chunk: int
) -> Iterator[dict[str, Any]]:
    """Yield at most ``chunk`` rows at a time as arrays by column, in the table's order."""
    others = [c.name for c in table.columns if c.name not in table.order]
    order = ", ".join(identifier(key) for key in (*table.order, *others))
    whole = f"FROM read_parquet({literal(file)})"
    counted = connection.execute(f"SELECT count(*) {whole}").fetchone()
    rows = int(counted[0]) if counted else 0
    if rows <= chunk:
        yield connection.execute(f"SELECT * {whole} ORDER BY {order}").fetchnumpy()
        return
    connection.execute(f"CREATE OR REPLACE TEMP TABLE ordered AS SELECT * {whole} ORDER BY {order}")
    for begin in range(0, rows, chunk):
        part = f"FROM ordered WHERE rowid >= {begin} AND rowid < {begin + chunk}"
        yield connection.execute(f"SELECT * {part} ORDER BY rowid").fetchnumpy()
    connection.execute("DROP TABLE ordered")


class _ColumnHash:
    """The hash of one column in the making; its rows may come in pieces."""

    def __init__(self, column: Column) -> None:
        self.column = column
        self._values, self._missing = hashlib.sha256(), hashlib.sha256()

    def update(self, fetched: Any) -> None:
        """Add the next rows, an array that is masked where a value is not recorded."""
        if self.column.kind == "text":
            self._values.update(_measured(fetched.tolist()).encode())
            return
        mask = np.ma.getmaskarray(fetched)
        numbers = np.where(mask, 0, np.ma.getdata(fetched))
        if self.column.kind == "float":
            numbers = numbers + 0.0  # one zero
        self._missing.update(mask.tobytes())
        self._values.update(np.ascontiguousarray(numbers).tobytes())

    def digest(self) -> bytes:
        """Return name, kind and the hashes of values and of what is missing."""
        head = f"\0{self.column.name}\0{self.column.kind}\0".encode()
        return head + self._values.digest() + self._missing.digest()


def _measured(texts: list[str | None]) -> str:
    """Return the texts in a row; lengths in front of them leave no room for ambiguity.

    >>> _measured(["post", None, ""])
    '4:post-0:'
    """
    pieces = {t: "-" if t is None else f"{len(t)}:{t}" for t in set(texts)}
    return "".join([pieces[t] for t in texts])
