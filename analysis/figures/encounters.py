"""What became of those who tried the green border, by sector."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from analysis.figures.bars import bars
from analysis.figures.style import INK, MUTED, Look, number, plain, share_axis
from analysis.outcomes import ENCOUNTERS

#: Wording and look of each outcome; returns outside procedure stand out, being a harm.
WORDS = {
    "not_seen": "not seen",
    "lost": "seen, not reached",
    "aborted": "turned back on sight of a patrol",
    "intercepted": "intercepted and registered",
    "outside": "returned outside procedure",
}
LOOKS = {
    "not_seen": Look("#D7DCE1", (0, ()), "", ""),
    "lost": Look("#56B4E9", (0, ()), "", ".."),
    "aborted": Look("#E69F00", (0, ()), "", "////"),
    "intercepted": Look("#0072B2", (0, ()), "", ""),
    "outside": Look("#000000", (0, ()), "", "xxxx"),
}
#: Sectors drawn row by row; beyond that the smallest are summed.
ROWS = 40


def fold_sectors(sectors: pd.DataFrame, rows: int = ROWS) -> pd.DataFrame:
    """Return at most ``rows`` sectors, the largest by persons who tried, and ``other (n)``."""
    if len(sectors) <= rows:
        return sectors
    kept = sectors.iloc[: rows - 1]
    rest = sectors.iloc[rows - 1 :]
    other = {c: rest[c].sum() for c in sectors.columns if c != "sector"}
    row = pd.DataFrame([{"sector": f"other ({len(rest)})", **other}])
    return pd.concat([kept, row], ignore_index=True)


def encounters(ax: Axes, sectors: pd.DataFrame, names: Mapping[str, str]) -> Axes:
    """Draw, a row a sector, how attempts divide over the outcomes; totals stand in the legend.

    Args:
        ax: Axes drawn on; about 0.26 inch of height a sector reads well.
        sectors: Columns sector, tried, not_seen, lost, aborted, intercepted, outside, in persons
            (``outcomes.encounters_by_sector``), largest first.
        names: Label by sector id.
    """
    rows = fold_sectors(sectors)
    tried = rows["tried"].to_numpy(dtype=float)
    y = np.arange(len(rows))
    left = np.zeros(len(rows))
    handles = []
    for outcome in ENCOUNTERS:
        persons = rows[outcome].to_numpy(dtype=float)
        part = np.divide(persons, tried, out=np.zeros(len(rows)), where=tried > 0)
        style = LOOKS[outcome]
        bars(ax, y, left, part, style, width=0.72)
        left = left + part
        text = f"{WORDS[outcome]}\n{number(float(persons.sum()))} persons"
        handles.append(
            Patch(facecolor=style.colour, hatch=style.hatch, edgecolor="white", label=text)
        )
    for row in np.flatnonzero(tried == 0):
        ax.text(0.01, float(row), "nobody tried", fontsize=8.5, color=MUTED, va="center")
    plain(ax, "share of attempts (%)", "sector (persons who tried)", grid="x")
    share_axis(ax, "x")
    ax.set_yticks(
        y,
        [
            f"{names.get(str(s), str(s))} ({number(float(t))})"
            for s, t in zip(rows["sector"], tried, strict=True)
        ],
    )
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(1.02, 1.0),
        frameon=False,
        fontsize=8.5,
        labelcolor=INK,
        handlelength=1.6,
        handleheight=1.2,
        labelspacing=0.7,
        borderaxespad=0.0,
    )
    return ax
