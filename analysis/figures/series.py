"""Which series of a long table are named, and how monthly lines with bands are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.figures.labels import end_labels
from analysis.figures.style import LOOKS, NAMED, OTHER, REST, Look, look
from analysis.outcomes import bands


def largest(frame: pd.DataFrame, key: str, value: str, limit: int = NAMED) -> list[str]:
    """Return the series with the largest sums, largest first; all if only one would be left."""
    sums = frame.groupby(key)[value].sum()
    order = sorted(sums.index, key=lambda name: (-float(sums[name]), str(name)))
    return [str(n) for n in (order if len(order) <= limit + 1 else order[:limit])]


def ordered(names: Sequence[str], order: Sequence[str]) -> list[str]:
    """Return the names with those of ``order`` first, so that colours agree between figures."""
    return [n for n in order if n in names] + [n for n in names if n not in order]


def looks_of(named: Sequence[str], order: Sequence[str]) -> dict[str, Look]:
    """Return the look of each series: its own place in ``order`` where looks do not run out.

    Then a series has the same colour in every figure that gives the same order, whatever its rank.
    """
    if len(order) <= LOOKS and set(named) <= set(order):
        return {name: look(order.index(name)) for name in named}
    return {name: look(i) for i, name in enumerate(named)}


def collapse(
    frame: pd.DataFrame, key: str, value: str, named: Sequence[str]
) -> tuple[pd.DataFrame, str]:
    """Return the frame with every other series renamed ``other (n)``, and that name or ""."""
    rest = set(frame[key].astype(str)) - set(named)
    if not rest:
        return frame, ""
    other = f"other ({len(rest)})"
    return frame.assign(**{key: frame[key].astype(str).where(~frame[key].isin(rest), other)}), other


def month_position(start: date, days: np.ndarray) -> np.ndarray:
    """Return days since the start as positions on a month axis (first month at 0)."""
    first = np.datetime64(start.replace(day=1), "D")
    moments = np.datetime64(start, "D") + days.astype("timedelta64[D]")
    months = moments.astype("datetime64[M]")
    length = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(float)
    within = (moments - months.astype("datetime64[D]")).astype(float)
    index = (months - first.astype("datetime64[M]")).astype(float)
    # Position i stands for the middle of month i.
    return np.asarray(index + within / length - 0.5, dtype=float)


def draw_summed(
    ax: Axes,
    frame: pd.DataFrame,
    key: str,
    value: str,
    months: Sequence[str],
    names: Mapping[str, str],
    order: Sequence[str] = (),
    *,
    level: bool = False,
) -> list[tuple[float, str, Look]]:
    """Draw monthly counts by series, bands where there are replicates; return the end labels.

    Small series are summed into ``other (n)``. A month without a row is a month with none; with
    ``level`` (persons present) a month in which no series has a row was not recorded: a gap.
    """
    named = ordered(largest(frame, key, value), order)
    unrecorded = np.array([level and m not in set(frame["month"]) for m in months])
    folded, other = collapse(frame, key, value, named)
    summary = bands(folded, ["month", key], value)
    ends = []
    looks = looks_of(named, order)
    for name in [*named, other] if other else named:
        own = summary[summary[key] == name].set_index("month").reindex(list(months))
        style = looks.get(name, OTHER)
        empty = 0.0 if (summary["runs"] > 1).any() else np.nan
        line = np.where(unrecorded, np.nan, own["median"].fillna(0.0).to_numpy(dtype=float))
        edges = {
            e: np.where(unrecorded, np.nan, own[e].fillna(empty).to_numpy(dtype=float))
            for e in ("low", "high", "inner_low", "inner_high")
        }
        draw_line(ax, line, style, edges)
        end = last_value(line)
        ends.append((end if np.isfinite(end) else 0.0, names.get(name, name), style))
    return ends


def draw_line(ax: Axes, line: np.ndarray, style: Look, edges: Mapping[str, np.ndarray]) -> None:
    """Draw one monthly series with its 5-95 % and 25-75 % bands (NaN edges draw none)."""
    x = np.arange(line.size)
    if np.isfinite(edges["low"]).any():
        ax.fill_between(x, edges["low"], edges["high"], color=style.colour, alpha=0.13, linewidth=0)
        ax.fill_between(
            x, edges["inner_low"], edges["inner_high"], color=style.colour, alpha=0.22, linewidth=0
        )
    ax.plot(
        x,
        line,
        color=style.colour,
        linestyle=style.line,
        linewidth=1.8,
        marker=style.marker or None,
        markersize=4,
        markevery=max(line.size // 8, 1),
    )


def draw_apart(
    ax: Axes,
    frame: pd.DataFrame,
    key: str,
    value: str,
    weight: str,
    months: Sequence[str],
    names: Mapping[str, str],
    order: Sequence[str] = (),
) -> list[tuple[float, str, Look]]:
    """Draw monthly means by series, which cannot be summed; return the end labels.

    The series with the most weight are named; the others are thin lines labelled ``other (n)``.
    Months without a value are gaps.
    """
    named = largest(frame, key, weight)
    summary = frame.groupby(["month", key])[value].median().unstack(key).reindex(list(months))
    spread = frame.groupby(["month", key])[value].quantile(np.array([0.05, 0.95])).unstack()
    many = frame["replicate"].nunique() > 1
    x = np.arange(len(months))
    rest = [n for n in summary.columns if str(n) not in named]
    last_rest: list[float] = []
    for name in rest:
        line = summary[name].to_numpy(dtype=float)
        ax.plot(x, line, color=REST, linewidth=0.8, alpha=0.8)
        last_rest.append(last_value(line))
    ends = []
    looks = looks_of(named, order)
    for name in named:
        style = looks[name]
        line = summary[name].to_numpy(dtype=float)
        if many:
            own = spread.xs(name, level=key).reindex(list(months))
            ax.fill_between(
                x,
                own[0.05].to_numpy(dtype=float),
                own[0.95].to_numpy(dtype=float),
                color=style.colour,
                alpha=0.15,
                linewidth=0,
            )
        ax.plot(
            x,
            line,
            color=style.colour,
            linestyle=style.line,
            linewidth=1.8,
            marker=style.marker,
            markersize=4,
            markevery=max(len(months) // 8, 1),
        )
        ends.append((last_value(line), names.get(name, name), style))
    if rest:
        known = [v for v in last_rest if np.isfinite(v)]
        ends.append((float(np.median(known)) if known else 0.0, f"other ({len(rest)})", OTHER))
    return [(y if np.isfinite(y) else 0.0, text, style) for y, text, style in ends]


def last_value(line: np.ndarray) -> float:
    """Return the last finite value of a line, NaN if there is none."""
    known = line[np.isfinite(line)]
    return float(known[-1]) if known.size else float("nan")


def finish(ax: Axes, ends: list[tuple[float, str, Look]], patch: bool = False) -> Axes:
    """Name the series at their ends, once the limits are final, and return the axes."""
    end_labels(ax, ends, patch=patch)
    return ax
