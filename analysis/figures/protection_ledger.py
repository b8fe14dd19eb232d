"""The protection ledger: every item, on one logarithmic scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, SymmetricalLogLocator

from analysis.figures.style import INK, MUTED, number, plain


def protection_ledger(
    ax: Axes, totals: pd.Series[float], names: Mapping[str, str], harms: Sequence[str] = ()
) -> Axes:
    """Draw the total of each item of the ledger; what was not recorded says so.

    Args:
        ax: Axes drawn on; about 0.28 inch of height an item reads well.
        totals: Count by item, NaN = not recorded.
        names: Label by item, with its unit where it is not persons.
        harms: Items that are harms: drawn as diamonds in another colour.
    """
    items = list(totals.index)
    values = totals.to_numpy(dtype=float)
    y = np.arange(len(items))
    top = max(float(np.nanmax(values)) if np.isfinite(values).any() else 1.0, 10.0)
    ax.set_xscale("symlog", linthresh=1.0, linscale=0.5)
    ax.set_xlim(-0.4, top * 25)
    for place, (item, value) in enumerate(zip(items, values.tolist(), strict=True)):
        harm = item in harms
        if np.isnan(value):
            ax.text(
                0.0,
                place,
                "not recorded",
                fontsize=8.5,
                color=MUTED,
                va="center",
                fontstyle="italic",
            )
            continue
        ax.plot(
            [value],
            [place],
            linestyle="",
            marker="D" if harm else "o",
            markersize=6,
            color="#D55E00" if harm else "#0072B2",
        )
        ax.annotate(
            number(value),
            (value, place),
            (8, 0),
            textcoords="offset points",
            fontsize=8.5,
            color=INK,
            va="center",
        )
    plain(
        ax,
        "count in the whole run (persons unless named; logarithmic above 1; M: million)",
        "item (persons unless named)",
        grid="x",
    )
    ax.xaxis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=1.0))
    ax.xaxis.set_minor_locator(SymmetricalLogLocator(base=10, linthresh=1e30))
    ax.xaxis.set_major_formatter(FuncFormatter(_short))
    ax.set_yticks(y, [names.get(str(i), str(i).replace("_", " ")) for i in items])
    ax.set_ylim(len(items) - 0.4, -0.6)
    return ax


def _short(value: float, _: int | None = None) -> str:
    """Return a power of ten as it fits under an axis: 1,000 or 10 M (millions)."""
    return f"{value / 1e6:,.0f} M" if value >= 1e6 else f"{value:,.0f}"
