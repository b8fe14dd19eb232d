"""What joint operations found, round by round."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from analysis.figures.style import INK, Look, count_axis, number, plain

#: Kinds of find, their words and looks.
KINDS = {
    "intercepted": "persons intercepted at the green border",
    "hidden": "persons found hidden in vehicles",
    "forged": "persons refused with a forged document",
    "consignments": "consignments of other crime",
}
_LOOKS = {
    "intercepted": Look("#0072B2", (0, ()), "", ""),
    "hidden": Look("#E69F00", (0, ()), "", "////"),
    "forged": Look("#56B4E9", (0, ()), "", ".."),
    "consignments": Look("#000000", (0, ()), "", "xxxx"),
}


def operation_finds(ax: Axes, rounds: pd.DataFrame, labels: Sequence[str]) -> Axes:
    """Draw, a row a round, what was found at the places of an operation, by kind.

    Args:
        ax: Axes drawn on; about 0.3 inch of height a round reads well.
        rounds: Table ``operations``: the columns of ``KINDS``, one row a round, in order.
        labels: A label a round.
    """
    y = np.arange(len(rounds))
    left = np.zeros(len(rounds))
    handles = []
    for kind, words in KINDS.items():
        found = rounds[kind].to_numpy(dtype=float)
        style = _LOOKS[kind]
        ax.barh(y, found, left=left, height=0.7, color=style.colour, hatch=style.hatch,
                edgecolor="white", linewidth=0)  # fmt: skip
        left = left + found
        handles.append(
            Patch(facecolor=style.colour, hatch=style.hatch, edgecolor="white",
                  label=f"{words}\n{number(float(found.sum()))}")
        )  # fmt: skip
    for row in np.flatnonzero(left == 0):
        ax.text(0.0, float(row), " nothing found", fontsize=8.5, color=INK, va="center")
    plain(ax, "found (persons, consignments)", "operation, round, begin", grid="x")
    count_axis(ax, "x")
    ax.set_xlim(0, max(float(left.max(initial=0.0)) * 1.05, 1.0))
    ax.set_yticks(y, list(labels))
    ax.set_ylim(len(rounds) - 0.4, -0.6)
    ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False, fontsize=8.5,
        labelcolor=INK, handlelength=1.6, handleheight=1.2, labelspacing=0.7, borderaxespad=0.0,
    )  # fmt: skip
    return ax
