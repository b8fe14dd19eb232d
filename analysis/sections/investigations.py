"""Investigations: evidence on smuggling networks, and arrests."""

from __future__ import annotations

from analysis.figures.style import number
from analysis.page import Section, count, paragraph, percent, table
from analysis.reading import Reading


def investigations(reading: Reading) -> Section:
    """Return the section on investigations of networks."""
    title = "Investigations of smuggling networks"
    frame = reading.table("investigations")
    if frame is None:
        words = "Nobody investigated a smuggling network in this run, and nobody was arrested."
        return Section("investigations", title, paragraph(words))
    frame = frame[frame["replicate"] == 0].sort_values("week")
    of = "" if reading.runs == 1 else ", first run of the ensemble"
    networks, countries = reading.names("network"), reading.names("country")
    rows = []
    for (network, country), weeks in frame.groupby(["network", "country"]):
        above = float((weeks["usable"] > weeks["threshold"]).mean())
        last = weeks.iloc[-1]
        rows.append([
            networks.get(str(network), str(network)), countries.get(str(country), str(country)),
            count(float(weeks["investigators"].mean())), percent(above),
            count(float(last["evidence"])), count(float(last["cross_border"])),
            count(float(last["usable"])), count(int(weeks["arrests"].sum())),
            count(float(weeks["facilitators"].sum())),
        ])  # fmt: skip
    words = (
        f"{number(float(frame['arrests'].sum()))} arrests took "
        f"{number(float(frame['facilitators'].sum()))} facilitators. Arrests are made while the "
        "evidence that may be used is above a threshold; evidence of other countries may be used "
        "with a joint team under an agreement in force, or through a central office. Evidence is "
        "counted in interceptions of guided parties and fades."
    )
    shown = table(
        f"Cases in the whole run (true{of})",
        ["network", "led by", "mean investigators", "weeks above the threshold",
         "own evidence at the end", "evidence of others", "usable", "arrests",
         "facilitators arrested"],
        rows,
    )  # fmt: skip
    return Section("investigations", title, paragraph(words) + shown)
