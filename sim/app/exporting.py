"""``crossborder export``: a run's places, legs and controls for maps and network tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sim.app.records import Folder
from sim.errors import InputError, Problem

if TYPE_CHECKING:
    from sim.records.run_reader import RunFolder


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(export)


def export(
    run: Folder,
    to: Annotated[Literal["geojson", "graphml"], typer.Option(help="Format.")],
    out: Annotated[
        Path | None, typer.Option(help="File, not there yet [default: RUN's name here].")
    ] = None,
) -> None:
    """Write places, legs with flows, sectors and posts with outcomes to a file; print its path.

    GeoJSON (RFC 7946) opens in map programs, GraphML in network tools.

    Example: crossborder export runs/two_routes-s1-1 --to geojson
    """
    from sim.records.run_reader import RunFolder

    folder = RunFolder.open(run)
    file = out or Path(f"{folder.path.resolve().name}.{to}")
    if file.exists():
        raise InputError([
            Problem("file-exists", "this file is there already", "Name another with --out.",
                    key="--out", value=str(file)[:80])
        ])  # fmt: skip
    text = _geojson(folder) if to == "geojson" else _graphml(folder)
    with file.open("x", encoding="utf-8") as stream:
        stream.write(text)
    print(file)


def _geojson(folder: RunFolder) -> str:
    from sim.experiments.exports import geojson

    return json.dumps(geojson(folder), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _graphml(folder: RunFolder) -> str:
    import networkx as nx

    from sim.experiments.exports import route_graph

    return "\n".join(nx.generate_graphml(route_graph(folder), named_key_ids=True)) + "\n"
