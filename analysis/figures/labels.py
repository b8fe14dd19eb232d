"""Where labels go: a spread of line-end labels, and a placer of map labels that never overlap."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from analysis.figures.style import INK, Look

Box = tuple[float, float, float, float]
#: Points by which a drawn text may be wider than its path (hinted glyphs).
_HINTING = 1.5


def text_size(text: str, size: float, weight: str = "normal") -> tuple[float, float]:
    """Return width and height of a text in points; lines are separated by newlines."""
    font = FontProperties(size=size, weight=weight)
    lines = text.split("\n")
    widths = [text_to_path.get_text_width_height_descent(line, font, False)[0] for line in lines]
    return max(widths), 1.25 * size * len(lines)


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return positions near the wanted ones, in the same order, at least ``gap`` apart.

    Positions stay within low..high when ``gap * (n - 1)`` fits there, else the gap shrinks to fit.

    >>> spread([0.5, 0.5, 0.9], 0.1, 0, 1)
    [0.45, 0.55, 0.9]
    """
    count = len(wanted)
    if count == 0:
        return []
    gap = min(gap, (high - low) / max(count - 1, 1))
    order = np.argsort(np.asarray(wanted, dtype=float), kind="stable")
    # Pool neighbours that are too close around their mean (isotonic regression on wanted - i gap).
    blocks: list[list[float]] = []
    for rank, i in enumerate(order):
        blocks.append([min(max(float(wanted[i]), low), high) - rank * gap, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            value, weight = blocks.pop()
            total = blocks[-1][1] + weight
            blocks[-1] = [(blocks[-1][0] * blocks[-1][1] + value * weight) / total, total]
    flat = [value for value, weight in blocks for _ in range(int(weight))]
    placed = [0.0] * count
    for rank, i in enumerate(order):
        base = min(max(flat[rank], low), high - (count - 1) * gap)
        placed[i] = round(base + rank * gap, 12)
    return placed


def axes_points(ax: Axes) -> tuple[float, float]:
    """Return width and height of the axes in points."""
    box = ax.get_window_extent()
    scale = 72.0 / ax.get_figure(root=True).dpi  # type: ignore[union-attr]
    return box.width * scale, box.height * scale


def end_labels(
    ax: Axes, items: Iterable[tuple[float, str, Look]], size: float = 8.5, patch: bool = False
) -> None:
    """Name each series right of the axes, at the height (data) where it ends, with a key.

    Args:
        ax: Axes whose limits are final.
        items: Height in data units, text, and look of each series.
        size: Font size, points.
        patch: Draw the key as a filled box (stacked areas) rather than a line.
    """
    rows = [(y, _wrapped(ax, text, size), style) for y, text, style in items]
    if not rows:
        return
    _, height = axes_points(ax)
    fractions = [
        float(ax.transAxes.inverted().transform(ax.transData.transform((0, y)))[1])
        for y, _, _ in rows
    ]
    gap = 1.45 * size / height
    tallest = max(text.count("\n") + 1 for _, text, _ in rows)
    places = spread(fractions, gap * (0.2 + 0.8 * tallest), 0.02, 0.98)
    for want, place, (_, text, style) in zip(fractions, places, rows, strict=True):
        want = min(max(want, 0.0), 1.0)
        common: dict[str, Any] = {"transform": ax.transAxes, "clip_on": False, "zorder": 5}
        ax.plot([1.003, 1.02], [want, place], color=style.colour, linewidth=0.7, **common)
        if patch:
            ax.fill_between(
                [1.022, 1.05],
                [place - 0.35 * gap] * 2,
                [place + 0.35 * gap] * 2,
                facecolor=style.colour,
                edgecolor="white",
                hatch=style.hatch,
                linewidth=0,
                **common,
            )
        else:
            ax.plot(
                [1.02, 1.036, 1.052],
                [place] * 3,
                color=style.colour,
                linestyle=style.line,
                marker=style.marker or None,
                markersize=3.5,
                markevery=[1],
                linewidth=1.6,
                **common,
            )
        ax.text(
            1.06,
            place,
            text,
            fontsize=size,
            color=INK,
            va="center",
            ha="left",
            transform=ax.transAxes,
            linespacing=1.05,
        )


def _wrapped(ax: Axes, text: str, size: float) -> str:
    """Return the text in at most three lines that fit between the axes and the figure's edge."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    box = ax.get_window_extent()
    room = (figure.bbox.width - box.x0 - 1.06 * box.width) * 72.0 / figure.dpi - 4.0
    widest = max(int(room / (0.56 * size)), 12)
    lines = textwrap.wrap(text.replace("\n", " "), widest, max_lines=3, placeholder=" ...")
    return "\n".join(lines)


@dataclass
class LabelPlacer:
    """Places texts on a map so that none overlaps another; boxes are in points of the axes.

    Candidates are tried clockwise at growing distance; a label that fits nowhere is kept in
    ``left_out`` rather than drawn over another.
    """

    ax: Axes
    taken: list[Box] = field(default_factory=list)
    marks: list[Box] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._width, self._height = axes_points(self.ax)
        self._scale = 72.0 / self.ax.get_figure(root=True).dpi  # type: ignore[union-attr]
        corner = self.ax.get_window_extent()
        self._corner = np.array([corner.x0, corner.y0])

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return data coordinates as points from the axes' lower left corner."""
        place = (self.ax.transData.transform((x, y)) - self._corner) * self._scale
        return float(place[0]), float(place[1])

    def mark(self, x: float, y: float, radius: float) -> None:
        """Keep labels off a mark drawn at data coordinates, radius in points."""
        px, py = self.point(x, y)
        self.marks.append((px - radius, py - radius, px + radius, py + radius))

    def bar(self, xs: tuple[float, float], ys: tuple[float, float], radius: float) -> None:
        """Keep labels off an upright or level line between two data points, radius in points."""
        (ax, ay), (bx, by) = (self.point(x, y) for x, y in zip(xs, ys, strict=True))
        self.marks.append((min(ax, bx) - radius, min(ay, by) - radius,
                           max(ax, bx) + radius, max(ay, by) + radius))  # fmt: skip

    def place(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        centred: bool = False,
        weight: str = "normal",
        reach: float = 40.0,
        **style: Any,
    ) -> bool:
        """Draw a label at or near a point; False if it fits nowhere within ``reach`` points."""
        width, height = text_size(text, size, weight)
        width += _HINTING
        px, py = self.point(x, y)
        for clear_of_marks in (True, False):
            for cx, cy in _candidates(px, py, width, height, reach, centred):
                box = (cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2)
                if not self._fits(box, clear_of_marks):
                    continue
                self.taken.append(box)
                self._draw(px, py, box, text, size, weight, centred, style)
                return True
        self.left_out.append(text.replace("\n", " "))
        return False

    def _fits(self, box: Box, clear_of_marks: bool) -> bool:
        if box[0] < 0 or box[1] < 0 or box[2] > self._width or box[3] > self._height:
            return False
        others = self.taken + (self.marks if clear_of_marks else [])
        return not any(_overlap(box, other) for other in others)

    def _draw(
        self,
        px: float,
        py: float,
        box: Box,
        text: str,
        size: float,
        weight: str,
        centred: bool,
        style: dict[str, Any],
    ) -> None:
        cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        nearest = (min(max(px, box[0]), box[2]), min(max(py, box[1]), box[3]))
        distance = float(np.hypot(nearest[0] - px, nearest[1] - py))
        if not centred and distance > 9:
            to_axes = (self._width, self._height)
            self.ax.plot(
                [px / to_axes[0], nearest[0] / to_axes[0]],
                [py / to_axes[1], nearest[1] / to_axes[1]],
                transform=self.ax.transAxes,
                color=INK,
                linewidth=0.4,
                zorder=6,
            )
        self.ax.text(
            cx / self._width,
            cy / self._height,
            text,
            transform=self.ax.transAxes,
            ha="center",
            va="center",
            fontsize=size,
            fontweight=weight,
            linespacing=1.05,
            zorder=7,
            **style,
        )


def _candidates(
    px: float, py: float, width: float, height: float, reach: float, centred: bool
) -> Iterable[tuple[float, float]]:
    if centred:
        yield px, py
    distance = 4.0
    while distance <= reach:
        for angle in np.deg2rad([0, 180, 90, 270, 45, 315, 135, 225]):
            dx, dy = float(np.cos(angle)), float(np.sin(angle))
            yield px + dx * (distance + width / 2), py + dy * (distance + height / 2)
        distance += 4.0


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
