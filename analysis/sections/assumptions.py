"""Every quantity the run stands on, with range, source and status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from analysis.figures.style import number
from analysis.page import Cell, Section, count, details, linked, paragraph, percent, table
from analysis.provenance import STATUSES, Assumption, counts
from analysis.reading import Reading


def assumptions(reading: Reading) -> Section:
    """Return the section with all quantities: counts first, tables on demand, sources numbered."""
    found, numbers = reading.quantities, reading.sources
    tally = counts(found)
    ranged = sum(a.low is not None and a.high is not None for a in found)
    words = (
        f"The run stands on {number(len(found))} quantities: "
        + ", ".join(f"{number(n)} {s}" for s, n in tally.items())
        + f". A range is stated for {number(ranged)} of them; a single run uses central "
        "values. Measured: read in a source. Estimated: derived from such figures. Assumed: "
        "a judgement, to be questioned first."
    )
    parts = [paragraph(words), _by_group(found)]
    for group, own in groupby(found, key=lambda a: a.group):
        rows = list(own)
        body = table(
            f"Quantities of {_plain(group)}",
            ["quantity", "value", "low", "high", "unit", "status", "source"],
            [_row(a, numbers) for a in rows],
        )
        parts.append(
            details(
                f"{_plain(group)}: {number(len(rows))}",
                body,
                "assumptions",
            )
        )
    parts.append(
        details(
            f"Sources ({number(len(numbers))})",
            "<ol>"
            + "".join(f'<li id="source_{i}">{linked(s)}</li>' for s, i in numbers.items())
            + "</ol>",
            "assumptions",
        )
    )
    return Section("assumptions", "Assumptions", "".join(parts))


def _by_group(found: Sequence[Assumption]) -> str:
    rows: list[list[object]] = []
    for group, own in groupby(found, key=lambda a: a.group):
        members = list(own)
        tally = counts(members)
        assumed = tally.get("assumed", 0) / len(members)
        rows.append([_plain(group), *(count(tally.get(s, 0)) for s in STATUSES), percent(assumed)])
    return table(
        "Quantities by table of the scenario and status",
        ["table", *STATUSES, "share assumed"],
        rows,
    )


def _row(a: Assumption, numbers: dict[str, int]) -> list[object]:
    name = " ".join(p for p in (a.row, a.key) if p)
    return [
        name,
        _amount(a.value),
        _amount(a.low),
        _amount(a.high),
        a.unit,
        a.status,
        reference(a.source, numbers),
    ]


def reference(source: str, numbers: Mapping[str, int]) -> Cell:
    """Return a cell that points to a source by its number."""
    i = numbers.get(source)
    return Cell(f'<a href="#source_{i}">[{i}]</a>' if i else "not stated", html=True)


def _amount(value: float | None) -> Cell:
    if value is None:
        return Cell("not stated", numeric=True)
    return Cell(f"{value:,.6g}", numeric=True)


def _plain(group: str) -> str:
    return group.replace("_", " ")
