"""How cases of readmission end, by pair of states."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from analysis.figures.bars import bars
from analysis.figures.style import INK, Look, number, plain, share_axis

#: Wording and look of each end, in the order drawn.
ENDS = {
    "transferred": "handed over",
    "refused": "refused",
    "lapsed": "lapsed",
    "not_requested": "no request could be founded",
    "claimed": "claimed asylum",
    "open": "open at the end of the run",
}
LOOKS = {
    "transferred": Look("#0072B2", (0, ()), "", ""),
    "refused": Look("#56B4E9", (0, ()), "", ".."),
    "lapsed": Look("#E69F00", (0, ()), "", "////"),
    "not_requested": Look("#D7DCE1", (0, ()), "", ""),
    "claimed": Look("#009E73", (0, ()), "", "\\\\\\\\"),
    "open": Look("#8C959F", (0, ()), "", "xxxx"),
}


def case_ends(ax: Axes, pairs: pd.DataFrame, names: Mapping[str, str]) -> Axes:
    """Draw, a row a pair, how the persons of its cases divide over the ends of a case.

    Args:
        ax: Axes drawn on; about 0.4 inch of height a pair reads well.
        pairs: Columns requesting, requested and one an end (persons), largest first.
        names: Label by country code.
    """
    total = pairs[list(ENDS)].sum(axis=1).to_numpy(dtype=float)
    y, left, handles = np.arange(len(pairs)), np.zeros(len(pairs)), []
    for end, words in ENDS.items():
        persons = pairs[end].to_numpy(dtype=float)
        part = np.divide(persons, total, out=np.zeros(len(pairs)), where=total > 0)
        style = LOOKS[end]
        bars(ax, y, left, part, style, width=0.72)
        left = left + part
        text = f"{words}\n{number(float(persons.sum()))} persons"
        handles.append(
            Patch(facecolor=style.colour, hatch=style.hatch, edgecolor="white", label=text)
        )
    plain(ax, "share of persons in cases (%)", "asking - asked (persons)", grid="x")
    share_axis(ax, "x")
    labels = [
        f"{names.get(str(a), str(a))} - {names.get(str(b), str(b))} ({number(float(t))})"
        for a, b, t in zip(pairs["requesting"], pairs["requested"], total, strict=True)
    ]
    ax.set_yticks(y, labels)
    ax.set_ylim(len(pairs) - 0.4, -0.6)
    ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False, fontsize=8.5,
        labelcolor=INK, handlelength=1.6, handleheight=1.2, labelspacing=0.7, borderaxespad=0.0,
    )  # fmt: skip
    return ax
