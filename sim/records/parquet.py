"""DuckDB connections and the SQL spellings that writer, reader and hash share."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sim.records.tables import Column

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: SQL type of each kind of column.
SQL_TYPES = {
    "text": "VARCHAR",
    "int": "BIGINT",
    "uint": "UBIGINT",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
}


def connect(threads: int | None = None) -> DuckDBPyConnection:
    """Open an in-memory database that never reaches for the network nor the working folder.

    ``threads`` is for workers that share a machine; None leaves DuckDB's own choice.
    """
    import duckdb  # late: 0.2 s, and commands that only print help do without it

    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "temp_directory": tempfile.gettempdir(),
    }
    if threads is not None:
        config["threads"] = threads
    connection = duckdb.connect(":memory:", config=config)
    connection.execute("SET enable_progress_bar = false")
    return connection


def identifier(name: str) -> str:
    """Return a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | Path) -> str:
    """Return a quoted SQL text."""
    return "'" + str(text).replace("'", "''") + "'"


def typed(column: Column) -> str:
    """Return the select item that casts a column to its kind; NaN in a column becomes NULL."""
    name = identifier(column.name)
    if column.kind == "float" or column.nullable:
        name = f"CASE WHEN isnan({name}::DOUBLE) THEN NULL ELSE {name} END"
    return f"CAST({name} AS {SQL_TYPES[column.kind]}) AS {identifier(column.name)}"
