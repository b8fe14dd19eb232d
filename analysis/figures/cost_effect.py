"""Cost against effect: what each plan takes, and what it brings, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from analysis.figures.labels import LabelPlacer
from analysis.figures.style import INK, MUTED, count_axis, look, plain

Bounds = tuple[float, float]
#: Points between a line and a label.
_CLEAR = 1.5


@dataclass(frozen=True, slots=True)
class CostPoint:
    """A plan: officer hours added and a primary outcome gained, with second intervals."""

    name: str
    cost: float
    costs: Bounds | None
    gain: float
    gains: Bounds | None


def _bars(point: CostPoint) -> Iterator[tuple[Bounds, Bounds]]:
    """Yield the second intervals of a plan as lines: their two x, their two y."""
    if point.costs is not None:
        yield point.costs, (point.gain, point.gain)
    if point.gains is not None:
        yield (point.cost, point.cost), point.gains


def cost_effect(ax: Axes, points: Sequence[CostPoint], unit: str, outcome: str) -> Axes:
    """Draw a cross a plan: officer hours added against the improvement of an outcome."""
    ax.axhline(0, color=MUTED, linewidth=1.0, zorder=1)
    ax.axvline(0, color=MUTED, linewidth=1.0, zorder=1)
    for i, point in enumerate(points):
        colour, marker = look(i).colour, look(i).marker
        for xs, ys in _bars(point):
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
        for xs, ys in _bars(point):
            placer.bar(xs, ys, _CLEAR)
    placer.bar(ax.get_xlim(), (0, 0), _CLEAR)
    placer.bar((0, 0), ax.get_ylim(), _CLEAR)
    for point in points:
        placer.place(point.cost, point.gain, point.name.replace("_", " "), 8.5, color=INK,
                     reach=180.0)  # fmt: skip
    return ax
