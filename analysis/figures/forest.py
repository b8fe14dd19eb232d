"""Forest plot: changes of many outcomes with both intervals, better to the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.figures.style import INK, MUTED, OKABE_ITO, plain

Bounds = tuple[float, float]
#: What lies beyond this many times the middle half of all bounds is cut, with an arrow.
_WIDEST = 100.0
_COLOURS = {"plan": OKABE_ITO[0], "officers": OKABE_ITO[4], "cooperation": OKABE_ITO[2]}
_MARKERS = {"plan": "s", "officers": "o", "cooperation": "D"}


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One line of the plot, in per cent of the baseline; better is positive.

    Attributes:
        label: Name of the outcome.
        part: ``plan``, ``officers`` or ``cooperation``.
        value: Mean change.
        chance: Interval of chance only.
        total: Interval of chance and assumptions.
        margin: Largest worsening that is no harm; None where none is judged.
    """

    label: str
    part: str
    value: float
    chance: Bounds | None
    total: Bounds | None
    margin: float | None = None


def forest(ax: Axes, rows: Sequence[ForestRow]) -> Axes:
    """Draw the rows from top to bottom; the axes' limits follow the data, at most +-100 %."""
    edges = [abs(v) for r in rows for pair in (r.total or (r.value, r.value),) for v in pair]
    edges += [r.margin or 0.0 for r in rows]
    reach = min(max([*edges, 1.0]) * 1.08, _WIDEST)
    ax.axvline(0, color=MUTED, linewidth=1.0, zorder=1)
    for place, row in enumerate(rows):
        y, colour = -float(place), _COLOURS[row.part]
        if row.margin is not None:
            ax.barh(y, min(row.margin, reach), left=-min(row.margin, reach), height=0.72,
                    color="#E4E7EB", zorder=0.5)  # fmt: skip
        for bounds, width in ((row.total, 1.3), (row.chance, 4.2)):
            if bounds is not None:
                _bar(ax, y, bounds, width, colour, reach)
        if abs(row.value) <= reach:
            ax.plot(row.value, y, marker=_MARKERS[row.part], markersize=6, color=colour,
                    markeredgecolor="white", zorder=4)  # fmt: skip
    ax.set_yticks([-float(i) for i in range(len(rows))], [r.label for r in rows])
    ax.set_ylim(-len(rows) + 0.3, 0.7)
    ax.set_xlim(-reach, reach)
    plain(
        ax, "change in % of the baseline; to the right is better", "outcome, change in %", grid="x"
    )
    _key(ax, {r.part for r in rows}, any(r.margin is not None for r in rows))
    return ax


def _bar(ax: Axes, y: float, bounds: Bounds, width: float, colour: str, reach: float) -> None:
    low, high = max(bounds[0], -reach), min(bounds[1], reach)
    if low < high or bounds[0] == bounds[1]:
        ax.plot([low, high], [y, y], color=colour, linewidth=width, alpha=0.9, zorder=3,
                solid_capstyle="butt")  # fmt: skip
    for cut, edge, marker in ((bounds[0] < -reach, -reach, "<"), (bounds[1] > reach, reach, ">")):
        if cut:
            ax.plot(edge, y, marker=marker, color=colour, markersize=6, clip_on=False, zorder=4)


def _key(ax: Axes, parts: set[str], margins: bool) -> None:
    names = {"plan": "plan less baseline", "officers": "added officers (null less baseline)",
             "cooperation": "cooperation (plan less null)"}  # fmt: skip
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=_COLOURS[p], marker=_MARKERS[p], markersize=6, linewidth=1.3,
               markeredgecolor="white", label=names[p])
        for p in names if p in parts
    ]  # fmt: skip
    handles.append(Line2D([], [], color=INK, linewidth=4.2, label="chance only, 95 %"))
    handles.append(Line2D([], [], color=INK, linewidth=1.3, label="chance and assumptions, 95 %"))
    if margins:
        handles.append(Patch(color="#E4E7EB", label="within the harm margin"))
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.35, -0.62 / _inches(ax)),
              ncols=3, frameon=False, fontsize=8, labelcolor=INK)  # fmt: skip


def _inches(ax: Axes) -> float:
    figure = ax.get_figure(root=True)
    assert figure is not None
    return float(ax.get_window_extent().height / figure.dpi)
