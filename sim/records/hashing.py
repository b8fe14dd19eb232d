"""The hash of a run: equal exactly when two runs are identical (ARCHITECTURE.md).

Hashed are the content of every table (names, kinds, values in the table's order) and the manifest
without times, host, command and versions of other packages. Row groups, compression, order of
rows in a file and the number of workers do not matter.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.records.parquet import connect, identifier, literal
from sim.records.run_reader import REPLICATES, RunFolder
from sim.records.run_writer import VOLATILE, canonical, with_replicate
from sim.records.tables import TABLES, Column, Table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Rows fetched at a time; the hash does not depend on it.
CHUNK = 500_000


def run_hash(run: RunFolder) -> str:
    """Return the SHA-256 of a run folder's content, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    manifest = {k: v for k, v in run.manifest.items() if k not in VOLATILE}
    digest.update(canonical(manifest).encode())
    for name in run.tables():
        digest.update(table_hash(run.path / f"{name}.parquet", TABLES[name]))
    for name in sorted(run.manifest.get("replicated_tables", {})):
        file = run.path / REPLICATES / f"{name}.parquet"
        digest.update(table_hash(file, with_replicate(TABLES[name])))
    return digest.hexdigest()


def table_hash(file: Path, table: Table, chunk: int = CHUNK) -> bytes:
    """Return the SHA-256 of one table's names, kinds and values, rows in the table's order."""
    others = [c.name for c in table.columns if c.name not in table.order]
    order = ", ".join(identifier(key) for key in (*table.order, *others))
    digest = hashlib.sha256(table.name.encode())
    with connect() as connection:
        found = connection.execute(
            f"CREATE TEMP TABLE ordered AS SELECT * FROM read_parquet({literal(file)}) "
            f"ORDER BY {order}"
        ).fetchone()
        rows = int(found[0]) if found else 0
        for column in table.columns:
            digest.update(f"\0{column.name}\0{column.kind}\0".encode())
            digest.update(_column_hash(connection, column, rows, chunk))
    return digest.digest()


def _column_hash(connection: DuckDBPyConnection, column: Column, rows: int, chunk: int) -> bytes:
    values, missing = hashlib.sha256(), hashlib.sha256()
    name = identifier(column.name)
    for begin in range(0, rows, chunk):
        where = f"FROM ordered WHERE rowid >= {begin} AND rowid < {begin + chunk}"
        if column.kind == "text":  # lengths in front of the texts leave no room for ambiguity
            measured = f"coalesce(length({name}) || ':' || {name}, '-')"
            query = f"SELECT string_agg({measured}, '' ORDER BY rowid) {where}"
            answer = connection.execute(query).fetchone()
            values.update(str(answer[0] if answer else "").encode())
            continue
        fetched: Any = connection.execute(f"SELECT {name} {where}").fetchnumpy()[column.name]
        mask = np.ma.getmaskarray(fetched)
        numbers = np.where(mask, 0, np.ma.getdata(fetched))
        if column.kind == "float":
            numbers = numbers + 0.0  # one zero
        missing.update(mask.tobytes())
        values.update(np.ascontiguousarray(numbers).tobytes())
    return values.digest() + missing.digest()
