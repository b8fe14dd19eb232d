"""The timeline of an exercise as it is planned: who is told what when, and what is expected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.figures.style import GRID, INK, MUTED, OKABE_ITO, REST, new_figure, plain

#: Colour and mark of each type of inject, in the order of the key.
_TYPES = {
    "event": (OKABE_ITO[1], "s"),
    "information": (OKABE_ITO[0], "o"),
    "decision": (OKABE_ITO[2], "^"),
    "disturbance": (OKABE_ITO[3], "X"),
    "contingency": (OKABE_ITO[4], "v"),
}
_STEP = (OKABE_ITO[6], "*")
_LONGEST = 30


def exercise_timeline(facts: Mapping[str, Any]) -> Figure:
    """Return the figure; civil time of the exercise on the horizontal axis.

    Args:
        facts: ``title``, ``zone``, ``hours``; ``ticks``, ``blocks``, ``injects`` and ``steps`` in
            hours since the begin, as ``sim.exercises.picture.timeline_facts`` tells them.
    """
    injects, steps = facts["injects"], facts["steps"]
    rows = [i["id"] for i in injects] + [s["id"] for s in steps]
    height = 1.75 + 0.24 * max(len(rows), 1)
    widest = max((len(name) for name in rows), default=8)
    figure, ax = new_figure(
        11.0, height, left=0.35 + 0.066 * min(widest, _LONGEST), right=2.5, above=1.1, below=0.75
    )
    _blocks(ax, facts["blocks"], len(rows))
    for at, inject in enumerate(injects):
        _inject(ax, at, inject)
    for at, step in enumerate(steps, len(injects)):
        ax.plot(step["hour"], at, _STEP[1], color=_STEP[0], markersize=8, clip_on=False)
        _beside(ax, at, step["role"])
    if injects and steps:
        ax.axhline(len(injects) - 0.5, color=MUTED, linewidth=0.8)
    ax.set_yticks(range(len(rows)), [_short(name.replace("_", " ")) for name in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(0, facts["hours"])
    ax.set_xticks([t["hour"] for t in facts["ticks"]], [t["text"] for t in facts["ticks"]])
    plain(ax, f"simulated time, {facts['zone']}", "", grid="x")
    _beside(ax, -1.0, "who is told, or acts", MUTED)
    figure.text(0.12 / 11.0, 1 - 0.28 / height, facts["title"], fontsize=12, color=INK)
    _key(ax, bool(steps))
    return figure


def _blocks(ax: Axes, blocks: Any, rows: int) -> None:
    """Shade what is jumped over, and tell each block's minutes of wall clock above the rows."""
    ax.annotate("at the table", (0.0, -1.0), xytext=(-8, 0), fontsize=8, color=MUTED,
                xycoords=("axes fraction", "data"), textcoords="offset points", ha="right",
                va="center", annotation_clip=False)  # fmt: skip
    for block in blocks:
        begin, end, minutes = block["begin"], block["end"], block["minutes"]
        if not minutes:
            ax.axvspan(begin, end, color=GRID, alpha=0.6, linewidth=0)
        ax.plot([begin, begin], [rows - 0.4, -1.0], color=MUTED, linewidth=0.7, clip_on=False)
        ax.text(begin, -0.72, f" {minutes:g} min" if minutes else " 0 min", fontsize=8, color=MUTED,
                ha="left", va="bottom", clip_on=False)  # fmt: skip


def _inject(ax: Axes, at: int, inject: Mapping[str, Any]) -> None:
    colour, mark = _TYPES[inject["type"]]
    if inject["until"] is not None:
        ax.barh(at, inject["until"] - inject["hour"], left=inject["hour"], height=0.5, color=REST,
                alpha=0.45)  # fmt: skip
    hollow = "none" if inject["on_call"] else colour
    ax.plot(inject["hour"], at, mark, color=colour, markerfacecolor=hollow, markersize=7,
            clip_on=False)  # fmt: skip
    _beside(ax, at, ", ".join(inject["to"]))


def _beside(ax: Axes, at: float, words: str, colour: str = INK) -> None:
    """Say at the right of a row who is told, or who acts."""
    ax.annotate(_short(words.replace("_", " "), 40), (1.0, at), xytext=(8, 0), fontsize=8,
                xycoords=("axes fraction", "data"), textcoords="offset points", color=colour,
                va="center", annotation_clip=False)  # fmt: skip


def _key(ax: Axes, steps: bool) -> None:
    handles: list[Any] = [
        Line2D([], [], marker=mark, color=colour, linestyle="", label=name)
        for name, (colour, mark) in _TYPES.items()
    ]
    handles += [
        Line2D([], [], marker="o", color=INK, markerfacecolor="none", linestyle="",
               label="on call"),
        Patch(color=REST, alpha=0.45, label="window of what is expected"),
    ]  # fmt: skip
    if steps:
        handles.append(Line2D([], [], marker=_STEP[1], color=_STEP[0], linestyle="", markersize=8,
                              label="reference plan"))  # fmt: skip
    handles.append(Patch(color=GRID, alpha=0.6, label="jump"))
    ax.figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.0, 1 - 0.36 / _height(ax)),
        ncols=len(handles), fontsize=8.5, frameon=False, labelcolor=INK, handletextpad=0.3,
        columnspacing=1.1,
    )  # fmt: skip


def _height(ax: Axes) -> float:
    return float(ax.figure.get_figure(root=True).get_size_inches()[1])


def _short(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 4].rstrip(' ,')} ..."
