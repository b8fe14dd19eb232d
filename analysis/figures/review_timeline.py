"""Expected against actual: one row an inject, its window, and when the action came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from analysis.figures.style import INK, OKABE_ITO, REST, new_figure, plain

_IN_TIME, _LATE, _NEVER = OKABE_ITO[0], OKABE_ITO[4], OKABE_ITO[1]


def review_timeline(facts: Mapping[str, Any]) -> Figure:
    """Return the figure; hours since the begin of the exercise on the horizontal axis."""
    rows = [i for i in facts["injects"] if i["role"] is not None and i["sent"] is not None]
    rows.sort(key=lambda i: (i["sent"], i["id"]))
    widest = max((len(_label(i)) for i in rows), default=8)
    figure, ax = new_figure(
        9.0, 1.35 + 0.3 * max(len(rows), 1), left=0.5 + 0.072 * min(widest, 44), right=0.3,
        above=0.5, below=0.62,
    )  # fmt: skip
    begin, reached = int(facts["begin"]), int(facts["reached"])
    for at, inject in enumerate(rows):
        start, until = inject["sent"] - begin, inject["until"] - begin
        ax.barh(at, max(min(until, reached - begin) - start, 0.2), left=start, height=0.5,
                color=REST, alpha=0.45)  # fmt: skip
        if inject["met"] is None:
            ax.plot(reached - begin, at, "X", color=_NEVER, markersize=8, clip_on=False)
        else:
            late = bool(inject["late_h"])
            ax.plot(inject["met"] - begin, at, "D" if late else "o",
                    color=_LATE if late else _IN_TIME, markersize=7, clip_on=False)  # fmt: skip
    ax.set_yticks(range(len(rows)), [_label(i)[:44] for i in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(0, max(reached - begin, 1))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    plain(ax, f"hours since {facts['begin_time']}", "", grid="x")
    ax.legend(
        handles=[
            Patch(color=REST, alpha=0.45, label="window"),
            Line2D([], [], marker="o", color=_IN_TIME, linestyle="", label="came in time"),
            Line2D([], [], marker="D", color=_LATE, linestyle="", label="came late"),
            Line2D([], [], marker="X", color=_NEVER, linestyle="", label="did not come"),
        ],
        loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, fontsize=8.5, frameon=False,
        labelcolor=INK, handletextpad=0.4,
    )  # fmt: skip
    return figure


def _label(inject: Mapping[str, Any]) -> str:
    return f"{inject['id'].replace('_', ' ')} ({inject['role'].replace('_', ' ')})"
