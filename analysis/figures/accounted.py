"""What part of a change each mechanism accounts for, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MultipleLocator

from analysis.figures.style import INK, MUTED, OKABE_ITO, number, plain, share

#: Fractions drawn; what lies beyond is cut, with an arrow.
_LOWEST, _HIGHEST = -0.5, 1.5


@dataclass(frozen=True, slots=True)
class AccountedRow:
    """A mechanism: its fraction of the change, and the 95 % interval where it is bounded."""

    label: str
    value: float
    bounds: tuple[float, float] | None


def accounted(ax: Axes, rows: Sequence[AccountedRow]) -> Axes:
    """Draw a point and an interval a mechanism, from top to bottom.

    Args:
        ax: Axes drawn on; about 0.35 inch of height a row reads well.
        rows: Mechanisms in the order drawn; values are fractions, 1 the whole change.
    """
    for edge, style in ((0.0, "-"), (1.0, (0, (5, 2)))):
        ax.axvline(edge, color=MUTED, linewidth=1.0, linestyle=style, zorder=1)
    for y, row in enumerate(rows):
        if row.bounds is not None:
            _bar(ax, float(y), row.bounds)
        inside = min(max(row.value, _LOWEST), _HIGHEST)
        ax.plot(inside, y, marker="o", markersize=7, color=OKABE_ITO[0], markeredgecolor="white",
                zorder=4, clip_on=False)  # fmt: skip
        ax.text(1.02, y, _words(row), transform=ax.get_yaxis_transform(), va="center",
                fontsize=8.5, color=INK)  # fmt: skip
    plain(
        ax,
        "part of the change accounted for, in %; 100 % is all of it",
        "runs with, in %",
        grid="x",
    )
    ax.set_xlim(_LOWEST, _HIGHEST)
    ax.xaxis.set_major_locator(MultipleLocator(0.25))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.0f}"))
    ax.set_yticks(range(len(rows)), [r.label for r in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    return ax


def _bar(ax: Axes, y: float, bounds: tuple[float, float]) -> None:
    low, high = (min(max(b, _LOWEST), _HIGHEST) for b in bounds)
    ax.plot([low, high], [y, y], color=OKABE_ITO[0], linewidth=2.2, solid_capstyle="butt", zorder=3)
    for cut, edge, marker in (
        (bounds[0] < _LOWEST, _LOWEST, "<"), (bounds[1] > _HIGHEST, _HIGHEST, ">")
    ):  # fmt: skip
        if cut:
            ax.plot(edge, y, marker=marker, color=OKABE_ITO[0], markersize=6, clip_on=False,
                    zorder=4)  # fmt: skip


def _words(row: AccountedRow) -> str:
    if row.bounds is None:
        return f"{share(row.value)} (no interval)"
    return estimate(row.value, row.bounds)


def estimate(value: float, bounds: tuple[float, float]) -> str:
    """Return a share with its interval in per cent.

    >>> estimate(0.26, (-0.001, 0.5)).replace("\N{NO-BREAK SPACE}", " ")
    '26 % (0 to 50)'
    """
    low, high = (number(100 * bound, 0) for bound in bounds)
    return f"{number(100 * value, 0)}\N{NO-BREAK SPACE}% ({low} to {high})"
