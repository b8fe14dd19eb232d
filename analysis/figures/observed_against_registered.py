"""An observed series beside the registered figures, and their ratio."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from analysis.figures.labels import end_labels
from analysis.figures.series import draw_line, last_value
from analysis.figures.style import GRID, INK, MUTED, Look, count_axis, look, month_axis, plain

_REGISTERED = Look("#000000", (0, (0, 1)), "X", "")
_SHADES = {"held out": "#F3E9D9", "fitted": "#E8F0F7", "compared": "#F1F3F5"}


def observed_against_registered(
    ax: Axes, beside: pd.DataFrame, months: Sequence[str], ratio: bool = True
) -> Axes:
    """Draw one observed series with its band, the registered figures on it, and the ratio below.

    Args:
        ax: Axes drawn on; with ``ratio`` a second panel hangs 0.62 of its height below it.
        beside: Columns month, median, low, high, inner_low, inner_high, registered, period of one
            series (``outcomes.beside_registered``).
        months: Months of the axis, ``YYYY-MM``.
        ratio: Draw observed / registered, for months with at least one person registered.
    """
    own = beside.set_index("month").reindex(list(months))
    line = own["median"].to_numpy(dtype=float)
    registered = own["registered"].to_numpy(dtype=float)
    edges = {e: own[e].to_numpy(dtype=float) for e in ("low", "high", "inner_low", "inner_high")}
    draw_line(ax, line, look(0), edges)
    x = np.arange(len(months))
    ax.plot(x, registered, linestyle="", marker="X", markersize=6.5, color="black", zorder=4)
    plain(ax, "month", "persons registered per month")
    month_axis(ax, months)
    count_axis(ax)
    panels = [ax]
    if ratio:
        panels.append(_ratio(ax, line, registered, months))
    _mark_periods(panels, own["period"].fillna("").astype(str).tolist())
    ends = [(last_value(line), "observed in the model", look(0))]
    if np.isfinite(registered).any():
        ends.append((last_value(registered), "registered by the\nauthorities", _REGISTERED))
    end_labels(ax, [(y if np.isfinite(y) else 0.0, text, style) for y, text, style in ends])
    return ax


def _ratio(ax: Axes, line: np.ndarray, registered: np.ndarray, months: Sequence[str]) -> Axes:
    below = ax.inset_axes((0.0, -0.62, 1.0, 0.38))
    quotient = np.divide(line, registered, out=np.full(line.size, np.nan), where=registered > 0)
    quotient[quotient <= 0] = np.nan
    below.set_yscale("log")
    below.axhline(1.0, color=MUTED, linewidth=1.0)
    below.plot(
        np.arange(line.size),
        quotient,
        color=look(0).colour,
        marker="o",
        markersize=4,
        linewidth=1.2,
    )
    plain(below, "month", "observed /\nregistered (ratio)")
    month_axis(below, months)
    known = quotient[np.isfinite(quotient)]
    reach = max(float(np.max(np.abs(np.log(known)))) if known.size else 0.0, np.log(2.2)) * 1.12
    below.set_ylim(np.exp(-reach), np.exp(reach))
    marks = [m for m in (0.01, 0.1, 0.25, 0.5, 1, 2, 4, 10, 100) if abs(np.log(m)) <= reach]
    if len(marks) > 5:
        marks = [m for m in marks if m not in (0.25, 0.5, 2, 4)]
    below.yaxis.set_major_locator(FixedLocator(marks))
    below.yaxis.set_minor_locator(NullLocator())
    below.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    return below


def _mark_periods(panels: Sequence[Axes], periods: Sequence[str]) -> None:
    for period, shade in _SHADES.items():
        at = [i for i, p in enumerate(periods) if p == period]
        if not at:
            continue
        runs = np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)
        for run in runs:
            for ax in panels:
                ax.axvspan(run[0] - 0.5, run[-1] + 0.5, color=shade, zorder=0, linewidth=0)
                ax.grid(visible=True, axis="y", color=GRID, linewidth=0.7)
        first = runs[0]
        panels[0].text(
            float(first[0] - 0.4),
            1.01,
            period,
            fontsize=8,
            color=INK,
            va="bottom",
            ha="left",
            transform=panels[0].get_xaxis_transform(),
        )
