"""Border crossing points and airports: waits of lawful travellers, irregular uses found."""

from __future__ import annotations

import pandas as pd

from analysis.drawing import figure_html
from analysis.figures import post_waits
from analysis.figures.style import new_figure, number, share
from analysis.page import Section, count, paragraph, table
from analysis.reading import Reading
from analysis.sections.months import means_by_month


def posts(reading: Reading) -> Section:
    """Return the section on posts and waits."""
    title = "Crossing points and waits"
    if reading.switches.get("posts") is False:
        return Section(
            "posts",
            title,
            paragraph(
                "Posts were switched off (switches.posts: off). This run says nothing on waits or "
                "on irregular uses of crossing points."
            ),
        )
    waits, frame = reading.waits, reading.table("posts")
    if waits is None or frame is None:
        return Section("posts", title, paragraph("No post kept records in this run."))
    names = reading.names("post")
    figure, ax = new_figure()
    post_waits(ax, waits, reading.months, names)
    data = means_by_month(
        "Mean wait of lawful units by post and month; min",
        waits,
        "post",
        "mean_wait",
        reading.months,
        names,
        1,
    )
    words = (
        "Mean wait of lawful vehicles and walkers at the first line, weighted by units "
        "served, all streams. The posts with the longest waits are named."
    )
    drawing = figure_html(figure, "waits", "Mean wait by post", words, data)
    return Section(
        "posts", title, paragraph(wait_words(reading, frame)) + drawing + _table(frame, reading)
    )


def by_post(frame: pd.DataFrame) -> pd.DataFrame:
    """Return, by post, lawful units, mean and longest wait (min), irregular uses tried, found."""
    weight = frame["served"].where(frame["mean_wait"].notna(), 0.0)
    whole = frame.assign(weight=weight, waited=frame["mean_wait"].fillna(0.0) * weight)
    sums = whole.groupby("post")[
        ["served", "weight", "waited", "tried", "found", "refused", "false_alerts"]
    ].sum()
    sums["mean_wait"] = sums["waited"] / sums["weight"].where(sums["weight"] > 0)
    sums["longest"] = frame.groupby("post")["max_wait"].max()
    return sums.sort_values("mean_wait", ascending=False)


def wait_words(reading: Reading, frame: pd.DataFrame) -> str:
    """Return waits and irregular uses found as sentences."""
    sums = by_post(frame)
    weight, waited = float(sums["weight"].sum()), float(sums["waited"].sum())
    tried, found = float(sums["tried"].sum()), float(sums["found"].sum())
    words = f"Crossing points served {number(float(sums['served'].sum()))} lawful units"
    if weight > 0:
        longest = sums["mean_wait"].idxmax()
        name = reading.names("post").get(str(longest), str(longest))
        words += (
            f" with a mean wait of {number(waited / weight, 1)} min; the longest mean wait "
            f"was at {name}, {number(float(sums['mean_wait'].max()), 1)} min"
        )
    words += f". {number(tried)} persons tried an irregular use of a post"
    if tried > 0:
        words += f" and {number(found)} of them were found ({share(found / tried, 1)})"
    return f"{words}." if reading.runs == 1 else f"{words} (first run of the ensemble)."


def _table(frame: pd.DataFrame, reading: Reading) -> str:
    names = reading.names("post")
    rows: list[list[object]] = [
        [
            names.get(str(post), str(post)),
            count(r["served"]),
            count(r["mean_wait"], 1),
            count(r["longest"], 1),
            count(r["tried"]),
            count(r["found"]),
            count(r["refused"]),
            count(r["false_alerts"]),
        ]
        for post, r in by_post(frame).iterrows()
    ]
    return table(
        "Crossing points in the whole run (waits in minutes)"
        if reading.runs == 1
        else "Crossing points in the first run of the ensemble (waits in minutes)",
        [
            "post",
            "lawful units served",
            "mean wait, min",
            "longest hourly mean wait, min",
            "irregular uses tried, persons",
            "found, persons",
            "of these refused entry, persons",
            "false alerts, units",
        ],
        rows,
    )
