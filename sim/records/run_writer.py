"""Writing a run folder: all of it or nothing.

A folder is filled under a temporary name beside its place and renamed when complete. What fails
or is interrupted on the way leaves nothing; what a killed process left behind is removed by the
next run that writes beside it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import itertools
import json
import os
import platform
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import CrossborderError, InputError, Problem, RunFolderError
from sim.records.manifest import canonical
from sim.records.parquet import connect, identifier, literal, typed
from sim.records.tables import SCHEMA, TABLES, Column, Table, with_replicate
from sim.scenario.specs.scenario import Scenario

Columns = Mapping[str, NDArray[Any]]

#: Folder of runs whose place the user does not name.
RUNS = Path("runs")

_PARTIAL = ".partial"
_PACKAGES = ("mesa", "numpy", "networkx", "simpy", "pydantic", "duckdb")


@dataclass
class NewFolder:
    """A run folder in the making.

    Attributes:
        path: Where to write now.
        place: Where the folder stands once complete.
    """

    path: Path
    place: Path


@dataclass(frozen=True)
class Facts:
    """What a manifest says of the making of a run, besides the scenario.

    Attributes:
        seed: Seed of the run.
        grain: ``day`` or ``hour``, the grain of flows.
        plans: Plans as the user named them.
        sets: ``--set`` overrides as the user wrote them.
        command: The command, or the call, that made the run.
        started: When it began.
    """

    seed: int
    grain: str = "day"
    plans: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    command: str = ""
    started: datetime = field(default_factory=lambda: datetime.now(UTC))


@contextmanager
def new_folder(out: str | Path | None, stem: str) -> Iterator[NewFolder]:
    """Make a folder that appears at its place when the block ends well, or not at all.

    Args:
        out: The place; None takes the first free ``runs/STEM-N``.
        stem: Start of the name of an unnamed place.

    Raises:
        InputError: ``out`` is a file or a folder with something in it.
        RunFolderError: Nothing can be written there.
        CrossborderError: The disk is full or went away while writing.
    """
    place = _free_place(stem) if out is None else _usable_place(Path(out))
    made = _make_parents(place.parent)
    new = NewFolder(_partial_name(place), place)
    try:
        new.path.mkdir()
        _remove_stale(place.parent)
        yield new
        new.place = _settle(new.path, place, stem if out is None else None)
    except OSError as error:
        raise CrossborderError(
            f"the run could not be written to {place}: {error.strerror or error}. "
            "Free space or name another place with --out."
        ) from error
    finally:
        shutil.rmtree(new.path, ignore_errors=True)
        for folder in made:  # deepest first; one that holds something stays
            with suppress(OSError):
                folder.rmdir()


def write_tables(
    folder: Path,
    columns: Callable[[str], Columns],
    names: Iterable[str],
    *,
    replicated: bool = False,
    threads: int | None = None,
    tables: Mapping[str, Table] = TABLES,
) -> dict[str, int]:
    """Write tables as Parquet, rows in the table's order; return the number of rows of each.

    Args:
        folder: Where the files go.
        columns: Gives a table's columns, shape ``(rows,)`` each. NaN and None are "not recorded".
        names: Tables to write.
        replicated: Tables carry the column ``replicate``, which comes first in the order.
        threads: Threads for the writer; 1 in a worker.
        tables: What tables there are, by name.

    Raises:
        CrossborderError: The disk refuses, or a value that must be recorded is missing.
    """
    rows = {}
    with connect(threads) as connection:
        for name in sorted(names):
            table = with_replicate(tables[name]) if replicated else tables[name]
            given = columns(name)
            rows[name] = len(next(iter(given.values())))
            source = {c.name: _scannable(table, c, given[c.name]) for c in table.columns}
            order = ", ".join(identifier(key) for key in table.order)
            connection.register("rows", source)
            _copy(
                connection,
                f"COPY (SELECT {', '.join(typed(c) for c in table.columns)} FROM rows "
                f"ORDER BY {order}) TO {literal(folder / f'{name}.parquet')} "
                f"(FORMAT parquet, COMPRESSION zstd, "
                f"KV_METADATA {{schema: '{SCHEMA}'}})",
                folder,
            )
            connection.unregister("rows")
    return rows


def write_manifest(
    folder: Path, scenario: Scenario, facts: Facts, rows: Mapping[str, int], **more: Any
) -> None:
    """Write ``scenario.json`` and, last of all, ``manifest.json``.

    Keys of a manifest: schema, crossborder (version), status, scenario, plan, plans and sets (as
    the user wrote them), scenario_hash, seed, grain, tables (rows of each), command, started,
    finished, seconds, host, python, packages.

    Args:
        folder: Folder of the run.
        scenario: What was run.
        facts: How it was asked for.
        rows: Rows of each table.
        more: Further keys: counts and phase_seconds of the model; of an ensemble, replicates and
            replicated_tables (rows of each).
    """
    text = scenario.as_text()
    finished = datetime.now(UTC)
    manifest = {
        "schema": SCHEMA,
        "crossborder": version_of("crossborder"),
        "status": "complete",
        "scenario": scenario.scenario,
        "plan": scenario.plan,
        "plans": list(facts.plans),
        "sets": list(facts.sets),
        "scenario_hash": scenario_hash(text),
        "seed": facts.seed,
        "grain": facts.grain,
        "tables": dict(sorted(rows.items())),
        **more,
        "command": facts.command,
        "started": facts.started.isoformat(timespec="seconds"),
        "finished": finished.isoformat(timespec="seconds"),
        "seconds": round((finished - facts.started).total_seconds(), 3),
        "host": platform.node(),
        "python": platform.python_version(),
        "packages": {name: version_of(name) for name in _PACKAGES},
    }
    write_json(folder / "scenario.json", text)
    write_json(folder / "manifest.json", manifest)


def scenario_hash(text: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a resolved scenario's text, the same for the same content."""
    return hashlib.sha256(canonical(text).encode()).hexdigest()


def run_name(scenario: Scenario, seed: int) -> str:
    """Return the start of a default folder name, ``SCENARIO[-PLAN]-sSEED``."""
    plan = f"-{scenario.plan.replace('+', '-')}" if scenario.plan else ""
    return f"{scenario.scenario}{plan}-s{seed}"


def write_json(file: Path, data: Any) -> None:
    """Write data as indented JSON."""
    file.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def version_of(package: str) -> str:
    """Return the version of an installed package, in words where there is none."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _copy(connection: Any, statement: str, folder: Path) -> None:
    import duckdb

    try:
        connection.execute(statement)
    except duckdb.IOException as error:
        reason = str(error).splitlines()[0]
        raise CrossborderError(
            f"the run could not be written to {folder.parent}: {reason}. "
            "Free space or name another place with --out."
        ) from error


def _scannable(table: Table, column: Column, values: NDArray[Any]) -> NDArray[Any]:
    if column.kind == "text":
        return values.astype(object, copy=False)
    if not column.nullable and values.dtype.kind == "f" and np.isnan(values).any():
        raise CrossborderError(f"{table.name}.{column.name} holds a value that is not recorded")
    return np.ascontiguousarray(values)


def _free_place(stem: str, taken: int = 0) -> Path:
    n = taken + 1
    while (RUNS / f"{stem}-{n}").exists():
        n += 1
    return RUNS / f"{stem}-{n}"


def _usable_place(place: Path) -> Path:
    try:
        used = place.exists() and (not place.is_dir() or any(place.iterdir()))
    except OSError as error:
        raise RunFolderError(f"{place} cannot be read: {error.strerror}") from None
    if used:
        problem = Problem(
            rule="out-exists",
            message="there is something at this place already",
            remedy="Name an empty or a new folder.",
            key="--out",
            value=str(place)[:80],
        )
        raise InputError([problem])
    return place


def _make_parents(parent: Path) -> Sequence[Path]:
    missing = []
    folder = parent
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFolderError(f"{parent} cannot be made: {error.strerror}") from None
    if not os.access(parent, os.W_OK | os.X_OK):
        raise RunFolderError(f"{parent} cannot be written to: name another place with --out")
    return missing


def _partial_name(place: Path) -> Path:
    start = f".{place.name}.{platform.node()}.{os.getpid()}"
    names = (place.parent / f"{start}.{n}{_PARTIAL}" for n in itertools.count())
    return next(name for name in names if not name.exists())


def _remove_stale(parent: Path) -> None:
    """Remove what processes of this host left when they were killed."""
    for folder in parent.glob(f".*.*.*.*{_PARTIAL}"):
        start, process, _ = folder.name.removesuffix(_PARTIAL).rsplit(".", 2)
        here = start.endswith(f".{platform.node()}")
        if here and process.isdigit() and not _alive(int(process)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(process: int) -> bool:
    if os.name != "posix":
        return True  # there is no harmless way to ask; the leftover stays
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _settle(made: Path, place: Path, stem: str | None) -> Path:
    """Rename to the place; an unnamed one that another run took meanwhile moves on."""
    while True:
        if place.is_dir() and not any(place.iterdir()):
            place.rmdir()
        try:
            return made.rename(place)
        except OSError:
            if stem is None or not place.exists():
                raise
            place = _free_place(stem, int(place.name.rsplit("-", 1)[1]))
