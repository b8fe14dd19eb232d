"""What makes the shift: recorded runs with one mechanism off at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.drawing import figure_html
from analysis.figures import accounted
from analysis.figures.accounted import AccountedRow, estimate
from analysis.figures.style import new_figure, number, share
from analysis.page import Cell, Section, paragraph, table
from analysis.reading import Reading

TITLE = "What makes the shift"
#: Words of a switch at the setting that the runs were made with.
WORDS = {
    ("", ""): "everything on",
    ("learning", "prior"): "learning off",
    ("smugglers", "fixed"): "networks fixed",
    ("initial_stocks", "off"): "initial stocks off",
}
COLUMNS = {
    "growth": "growth (times)",
    "share_before": "share before",
    "share_after": "share after",
    "change": "change of the share",
    "accounted": "accounted for",
}
Row = Mapping[str, Any]


def ablations(reading: Reading) -> Section | None:
    """Return the section on recorded runs with one mechanism off, None where none were kept."""
    kept: dict[tuple[str, str], dict[str, Row]] = {}
    for row in reading.scenario.get("ablations") or ():
        kept.setdefault((str(row["switch"]), str(row["setting"])), {})[str(row["quantity"])] = row
    if not kept:
        return None
    shown = _table(kept)
    parts = [paragraph(_made(kept)), paragraph(_meaning(kept))]
    if words := history_words(kept):
        parts.append(paragraph(words))
    parts += [shown, _figure(kept, shown)]
    return Section("ablations", TITLE, "".join(parts))


def _made(kept: Mapping[tuple[str, str], Mapping[str, Row]]) -> str:
    rows = [row for own in kept.values() for row in own.values()]

    def of(key: str) -> str:
        return ", ".join(sorted({str(row[key]) for row in rows}))

    fewest, most = (int(f(row["replicates"] for row in rows)) for f in (min, max))
    seeds = str(most) if fewest == most else f"{fewest} to {most}"
    hashes = ", ".join(sorted({str(row["scenario_hash"])[:12] for row in rows}))
    return (
        f"These figures are not of this run: they come from runs recorded on {of('made')} with "
        f"version {of('version')} of crossborder (scenario hash {hashes}, without these rows), "
        f"{seeds} seeds a mechanism, on the scenario as it stood. A plan, a setting or a later "
        f"change of the scenario does not move them. Source: {of('source')}."
    )


def _meaning(kept: Mapping[tuple[str, str], Mapping[str, Row]]) -> str:
    notes = {q: str(row["note"]) for own in kept.values() for q, row in own.items() if row["note"]}
    told = [f"{COLUMNS[q].capitalize()}: {notes[q]}." for q in COLUMNS if q in notes]
    return " ".join([
        "One mechanism is off at a time and nothing is fitted again.", *told,
        "Accounted for: 1 less the change without the mechanism over the change with everything "
        "on, the same seeds in both. The parts need not add up to 100 %, since mechanisms act "
        "together, and a part is below 0 where the shift is larger without the mechanism. "
        "Intervals are 95 %, over seeds.",
    ])  # fmt: skip


def history_words(kept: Mapping[tuple[str, str], Mapping[str, Row]]) -> str:
    """Return whether documented history alone explains the shift; "" where it was not asked."""
    row = kept.get(("history", "off"), {}).get("accounted")
    if row is None:
        return ""
    part = f"without it {share(1 - row['mean'])} of the shift is still there"
    low, high = row["low"], row["high"]
    if low is None or high is None:
        return f"Whether history alone explains the shift is not shown: {part}, with no interval."
    between = f"{part} ({share(1 - high)} to {share(1 - low)})"
    if high < 1:
        return f"History, the dated measures alone, does not explain the shift: {between}."
    if low > 0:
        return f"History, the dated measures, may explain the whole shift: {between}."
    return f"Whether history alone explains the shift is not shown: {between}."


def _table(kept: Mapping[tuple[str, str], Mapping[str, Row]]) -> str:
    rows = [
        [_name(key), *(_cell(own.get(q)) for q in COLUMNS), _seeds(own)]
        for key, own in kept.items()
    ]
    return table(
        "Recorded runs with one mechanism off at a time, mean (95 % interval)",
        ["runs with", *COLUMNS.values(), "seeds"],
        rows,
    )


def _name(key: tuple[str, str]) -> str:
    plain = " ".join(word.replace("_", " ") for word in key)
    return WORDS.get(key, plain)


def _seeds(own: Mapping[str, Row]) -> Cell:
    return Cell(str(min(int(row["replicates"]) for row in own.values())), numeric=True)


def _cell(row: Row | None) -> Cell:
    if row is None:
        return Cell("")
    part = row["unit"] == "share"
    if row["low"] is None or row["high"] is None:
        return Cell(share(row["mean"]) if part else number(row["mean"], 1), numeric=True)
    if part:
        return Cell(estimate(row["mean"], (row["low"], row["high"])), numeric=True)
    low, high = (number(row[key], 1) for key in ("low", "high"))
    return Cell(f"{number(row['mean'], 1)} ({low} to {high})", numeric=True)


def _figure(kept: Mapping[tuple[str, str], Mapping[str, Row]], data: str) -> str:
    rows = [
        AccountedRow(_name(key), row["mean"], _bounds(row))
        for key, own in kept.items() if (row := own.get("accounted")) is not None
    ]  # fmt: skip
    if not rows:
        return ""
    figure, ax = new_figure(9.0, 0.9 + 0.34 * len(rows), left=1.75, right=1.95, above=0.32)
    accounted(ax, rows)
    return figure_html(
        figure,
        "accounted",
        "Part of the shift that each mechanism accounts for",
        "From recorded runs, not from this one. A point at 100 %: without the mechanism there is "
        "no shift; at 0 %: the shift is as large without it. Lines are 95 % intervals over seeds; "
        "an arrow marks one that goes on.",
        data,
    )


def _bounds(row: Row) -> tuple[float, float] | None:
    return None if row["low"] is None or row["high"] is None else (row["low"], row["high"])
