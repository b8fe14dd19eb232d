"""Reading a run folder: one run, or an ensemble whose first replicate is kept whole.

Layout of a folder::

    manifest.json        what was run, and that it is complete (``run_writer.py`` lists the keys)
    scenario.json        resolved text of the scenario
    TABLE.parquet        a file per table that has rows (``tables.py``)
    replicates/          ensembles: monthly tables of every replicate, column ``replicate`` first
    runs/0001/           ensembles with ``--keep runs``: the other replicates, whole
    report.html          written later, by ``analysis``

A folder that is not whole, or in a schema this version does not know, is refused.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sim.errors import RunFolderError
from sim.records.parquet import connect, identifier, literal
from sim.records.tables import SCHEMA, TABLES

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

REPLICATES = "replicates"

#: Pandas' own integers with a mask, in place of which readers get floats with NaN.
_MASKED = ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")


@dataclass(frozen=True)
class RunFolder:
    """A whole run on disk.

    Attributes:
        path: The folder.
        manifest: Content of ``manifest.json``.
    """

    path: Path
    manifest: dict[str, Any]

    @classmethod
    def open(cls, path: str | Path) -> RunFolder:
        """Open a folder and check that it is whole.

        Raises:
            RunFolderError: The folder, its manifest or one of its tables is missing, or its
                schema is not known.
        """
        folder = Path(path)
        manifest = _manifest(folder)
        run = cls(folder, manifest)
        with connect(threads=1) as connection:
            for file, rows in run._expected_files():
                _check_table(connection, folder, file, rows)
        return run

    @cached_property
    def scenario(self) -> dict[str, Any]:
        """The resolved scenario as plain data (quantities are mappings with ``value``)."""
        return cast("dict[str, Any]", _read_json(self.path / "scenario.json"))

    @property
    def replicates(self) -> int:
        """How many replicates stand in the folder; 1 for a single run."""
        return int(self.manifest.get("replicates", 1))

    def tables(self) -> tuple[str, ...]:
        """Return the names of the tables that hold rows, sorted."""
        return tuple(sorted(self.manifest["tables"]))

    def table(self, name: str, connection: DuckDBPyConnection | None = None) -> pd.DataFrame | None:
        """Return a table of the run (of replicate 0 in an ensemble), or None when absent.

        "Not recorded" is NaN or None. Rows come in the table's order. Who reads many tables
        hands over a connection (``parquet.connect``), which takes longer to open than to use.

        Raises:
            RunFolderError: No table has this name in any run.
        """
        _known(name)
        if name not in self.manifest["tables"]:
            return None
        return self._whole(Path(f"{name}.parquet"), connection)

    def replicated(
        self, name: str, connection: DuckDBPyConnection | None = None
    ) -> pd.DataFrame | None:
        """Return a table of every replicate with the column ``replicate`` first, or None.

        A single run is its own replicate 0. In an ensemble only the monthly tables are kept of
        every replicate; of the others there are the rows of replicate 0.
        """
        _known(name)
        if name in self.manifest.get("replicated_tables", {}):
            return self._whole(Path(REPLICATES, f"{name}.parquet"), connection)
        frame = self.table(name, connection)
        if frame is not None:
            frame.insert(0, "replicate", 0)
        return frame

    def sql(self, query: str) -> pd.DataFrame:
        """Return the answer to a SQL query over the tables.

        Each table is a view under its name; those of an ensemble's replicates stand beside it
        as ``replicated_NAME``. Whole numbers of which some are not recorded come as floats with
        NaN, whatever DuckDB's version makes of them.
        """
        with self._views() as connection:
            return _unmasked(connection.execute(query).df())

    def _whole(self, file: Path, connection: DuckDBPyConnection | None) -> pd.DataFrame:
        if connection is None:
            with connect() as own:
                return self._whole(file, own)
        query = f"SELECT * FROM read_parquet({literal(self.path / file)})"
        return _unmasked(connection.execute(query).df())

    @contextmanager
    def _views(self) -> Iterator[DuckDBPyConnection]:
        with connect() as connection:
            for file, _ in self._expected_files():
                prefix = "replicated_" if file.parent.name == REPLICATES else ""
                connection.execute(
                    f"CREATE VIEW {identifier(prefix + file.stem)} AS "
                    f"SELECT * FROM read_parquet({literal(self.path / file)})"
                )
            yield connection

    def _expected_files(self) -> Iterator[tuple[Path, int]]:
        for name, rows in self.manifest["tables"].items():
            yield Path(f"{name}.parquet"), int(rows)
        for name, rows in self.manifest.get("replicated_tables", {}).items():
            yield Path(REPLICATES, f"{name}.parquet"), int(rows)


def _unmasked(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with whole numbers that may be missing as floats with NaN."""
    masked = [c for c, t in frame.dtypes.items() if str(t) in _MASKED]
    return frame.astype(dict.fromkeys(masked, "float64"))


def _known(name: str) -> None:
    if name in TABLES:
        return
    near = difflib.get_close_matches(name, TABLES, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise RunFolderError(f"no table is called {name!r}{hint} `crossborder tables` lists them")


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunFolderError(f"{file} is missing: {file.parent} is not a whole run") from None
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{file} cannot be read: {error}") from None


def _manifest(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise RunFolderError(f"{folder} is not a run folder: there is no such folder")
    manifest = _read_json(folder / "manifest.json")
    if not isinstance(manifest, dict) or "schema" not in manifest:
        raise RunFolderError(f"{folder / 'manifest.json'} is not the manifest of a run")
    if manifest["schema"] != SCHEMA:
        raise RunFolderError(
            f"{folder} is written in schema {manifest['schema']!r}; this version of crossborder "
            f"reads schema {SCHEMA}: run the scenario again, or read it with the version that "
            f"wrote it ({manifest.get('crossborder', 'not recorded')})"
        )
    if manifest.get("status") != "complete" or not isinstance(manifest.get("tables"), dict):
        raise RunFolderError(f"{folder} is not a whole run: its manifest is not complete")
    return manifest


def _check_table(connection: DuckDBPyConnection, folder: Path, file: Path, rows: int) -> None:
    place = folder / file
    if not place.is_file():
        raise RunFolderError(f"{place} is missing: {folder} is not a whole run")
    import duckdb

    try:
        found = connection.execute(
            "SELECT num_rows, (SELECT any_value(decode(value)) FROM parquet_kv_metadata($1) "
            "WHERE decode(key) = 'schema') FROM parquet_file_metadata($1)",
            [str(place)],
        ).fetchone()
    except duckdb.Error as error:
        raise RunFolderError(f"{place} cannot be read: {str(error).splitlines()[0]}") from None
    if found is None or found[0] != rows:
        raise RunFolderError(f"{place} does not hold the {rows} rows its manifest names")
    if found[1] != str(SCHEMA):
        raise RunFolderError(f"{place} is written in schema {found[1]!r}, not {SCHEMA}")
