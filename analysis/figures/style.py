"""What every figure shares: palette with a second channel, axes, numbers, months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

INK = "#1f2328"
MUTED = "#57606a"
GRID = "#d8dee4"
REST = "#8c959f"

#: Okabe & Ito (2008), *Color Universal Design*: eight colours told apart by colour-blind readers.
OKABE_ITO = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
    "#F0E442",
)
LINE_STYLES: tuple[tuple[int, tuple[float, ...]], ...] = (
    (0, ()),
    (0, (6, 2)),
    (0, (2, 1.5)),
    (0, (7, 2, 1.5, 2)),
    (0, (4, 1.5, 1, 1.5, 1, 1.5)),
    (0, (1, 1.2)),
    (0, (10, 3)),
    (0, (3, 1, 3, 3)),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")
HATCHES = ("", "////", "..", "\\\\\\\\", "xxxx", "----", "++++", "||||")

#: Looks there are before they repeat.
LOOKS = len(OKABE_ITO)
#: Series named in one figure; the rest are drawn and summed as "other (n)".
NAMED = 7


@dataclass(frozen=True, slots=True)
class Look:
    """Colour and second channel (line style, marker, hatch) of one series."""

    colour: str
    line: tuple[int, tuple[float, ...]]
    marker: str
    hatch: str


def look(index: int) -> Look:
    """Return the look of the series at a position; the eight looks repeat after eight."""
    i = index % len(OKABE_ITO)
    return Look(OKABE_ITO[i], LINE_STYLES[i], MARKERS[i], HATCHES[i])


#: Look of what is not named one by one.
OTHER = Look(REST, (0, (1, 1)), "", "")


def new_figure(
    width: float = 9.0,
    height: float = 4.0,
    *,
    left: float = 0.85,
    right: float = 2.45,
    below: float = 0.62,
    above: float = 0.14,
) -> tuple[Figure, Axes]:
    """Return a figure without a window, and its axes with room for labels on the right.

    All lengths are inches: the figure's size, then the margins round the axes. A figure 9 inches
    wide, printed on A4, keeps 9 pt text above 6.5 pt.
    """
    figure = Figure(figsize=(width, height), dpi=100, facecolor="white")
    box = (left / width, below / height, 1 - (left + right) / width, 1 - (below + above) / height)
    return figure, figure.add_axes(box)


def plain(ax: Axes, xlabel: str, ylabel: str, grid: str = "y") -> None:
    """Remove what carries no information; set axis labels, which must name a unit."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(MUTED)
    ax.tick_params(colors=INK, labelsize=8.5, length=3, color=MUTED)
    ax.set_axisbelow(True)
    ax.grid(visible=True, axis=grid, color=GRID, linewidth=0.7)  # type: ignore[arg-type]
    ax.set_xlabel(xlabel, fontsize=9, color=INK)
    ax.set_ylabel(ylabel, fontsize=9, color=INK)
    if grid == "x":
        # Rows of names: their heading stands above them, where it can be read.
        ax.yaxis.label.set(rotation=0, ha="right", va="bottom")
        ax.yaxis.set_label_coords(-0.01, 1.0)


def number(value: float | None, digits: int | None = None) -> str:
    """Return a number with thousands separators; None and NaN read "not recorded".

    Without ``digits``, a mean below 100 that is no whole number keeps one decimal.

    >>> number(24067), number(0.58), number(0.5, 2), number(None)
    ('24,067', '0.6', '0.50', 'not recorded')
    """
    if value is None or value != value:
        return "not recorded"
    if digits is None:
        digits = 1 if abs(value) < 100 and value != round(value) else 0
    text = f"{value:,.{digits}f}"
    return text.lstrip("-") if not text.strip("-0.,") else text


def share(value: float | None, digits: int = 0) -> str:
    """Return a share as a percentage; the blank before the sign does not break."""
    if value is None or value != value:
        return "not defined"
    return f"{100 * value:.{digits}f}\N{NO-BREAK SPACE}%"


def count_axis(ax: Axes, axis: str = "y", from_zero: bool = True) -> None:
    """Put thousands separators on an axis, and start it at zero."""
    target = ax.yaxis if axis == "y" else ax.xaxis
    target.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.10g}"))
    target.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    if from_zero:
        _, high = ax.get_ylim() if axis == "y" else ax.get_xlim()
        top = high if high > 0 else 1.0
        (ax.set_ylim if axis == "y" else ax.set_xlim)(0, top)


def share_axis(ax: Axes, axis: str = "y") -> None:
    """Label an axis that runs from 0 to 1 in per cent."""
    target = ax.yaxis if axis == "y" else ax.xaxis
    (ax.set_ylim if axis == "y" else ax.set_xlim)(0, 1)
    target.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.0f}"))
    target.set_major_locator(MaxNLocator(nbins=5))


_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def month_axis(ax: Axes, months: Sequence[str]) -> None:
    """Mark months ``YYYY-MM`` at positions 0, 1, ...; the year stands under its first tick."""
    count = len(months)
    step = 1 if count <= 12 else 3 if count <= 40 else 12
    ticks, labels, year = [], [], ""
    for i, month in enumerate(months):
        place = int(month[5:7]) - 1
        if i and place % step:
            continue
        if i == 0 and step > 1 and place % step:
            continue
        text = _NAMES[place][:3]
        if month[:4] != year:
            year = month[:4]
            text = f"{text}\n{year}"
        ticks.append(i)
        labels.append(text)
    ax.set_xticks(ticks, labels)
    ax.set_xlim(-0.5 if count == 1 else -0.25, max(count - 1, 0) + (0.5 if count == 1 else 0.25))


def month_name(month: str) -> str:
    """Return ``2018-03`` as ``March 2018``."""
    return f"{_NAMES[int(month[5:7]) - 1]} {month[:4]}"
