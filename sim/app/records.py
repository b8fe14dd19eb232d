"""Commands about finished runs: ``tables``, ``hash``, ``report``."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Annotated

import typer

from sim.app.printing import print_json, print_table

Folder = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for a script.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(tables)
    app.command("hash")(hash_)
    app.command()(report)


def tables(
    name: Annotated[str | None, typer.Argument(help="One table [default: all].")] = None,
    as_json: AsJson = False,
) -> None:
    """Print every table and column of a run folder, and of a comparison.

    Example: crossborder tables journeys
    """
    from sim.records.comparison import COMPARISON_TABLES
    from sim.records.tables import SCHEMA, TABLES

    known = {**TABLES, **COMPARISON_TABLES}
    chosen = [t for t in known.values() if name in (None, t.name)]
    if not chosen:
        raise typer.BadParameter(f"no table is called {name!r}; there are {', '.join(known)}")
    if as_json:
        print_json({"schema": SCHEMA, "tables": [dataclasses.asdict(t) for t in chosen]})
        return
    for table in chosen:
        print_table(
            f"{table.name}: {table.meaning}",
            ("column", "kind", "unit", "meaning"),
            (
                (c.name, f"{c.kind}{' or null' if c.nullable else ''}", c.unit, c.meaning)
                for c in table.columns
            ),
        )


def hash_(run: Folder) -> None:
    """Print a hash that is equal for identical runs.

    It covers every table, and the manifest without times, host and command. Compare hashes made
    on one kind of processor: another may round the last digit of a number otherwise, and then
    ``diff`` says whether the runs part.

    Example: crossborder hash runs/two_routes-s1-1
    """
    from sim.records.hashing import run_hash
    from sim.records.run_reader import RunFolder

    print(run_hash(RunFolder.open(run)))


def report(run: Folder) -> None:
    """Write the report of a run again and print its path.

    Example: crossborder report runs/two_routes-s1-1
    """
    from analysis.report import write_report

    print(write_report(run, processes=os.cpu_count() or 1))
