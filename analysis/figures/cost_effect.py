"""Cost against effect: what each plan takes, and what it brings, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from analysis.figures.labels import LabelPlacer
from analysis.figures.style import INK, MUTED, count_axis, look, plain

Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class CostPoint:
    """A plan: officer hours added and a primary outcome gained, with second intervals."""

    name: str
    cost: float
    costs: Bounds | None
    gain: float
    gains: Bounds | None


def cost_effect(ax: Axes, points: Sequence[CostPoint], unit: str, outcome: str) -> Axes:
    """Draw a cross a plan: officer hours added against the improvement of an outcome."""
    ax.axhline(0, color=MUTED, linewidth=1.0, zorder=1)
    ax.axvline(0, color=MUTED, linewidth=1.0, zorder=1)
    for i, point in enumerate(points):
        colour, marker = look(i).colour, look(i).marker
        for bounds, horizontal in ((point.costs, True), (point.gains, False)):
            if bounds is not None:
                xs = bounds if horizontal else (point.cost, point.cost)
                ys = (point.gain, point.gain) if horizontal else bounds
                ax.plot(xs, ys, color=colour, linewidth=1.3, zorder=2)
        ax.plot(point.cost, point.gain, marker=marker, markersize=7, color=colour,
                markeredgecolor="white", linestyle="", zorder=3)  # fmt: skip
    ax.margins(0.12)
    plain(ax, "officer hours added, h", f"improvement of {outcome}, {unit}", grid="both")
    for axis in ("x", "y"):
        count_axis(ax, axis, from_zero=False)
    ax.set_xlim(ax.get_xlim())
    ax.set_ylim(ax.get_ylim())
    placer = LabelPlacer(ax)
    for point in points:
        placer.mark(point.cost, point.gain, 5.0)
    for point in points:
        placer.place(point.cost, point.gain, point.name.replace("_", " "), 8.5, color=INK,
                     reach=90.0)  # fmt: skip
    return ax
