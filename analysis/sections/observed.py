"""Observed series beside the registered figures, with the misfit."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.drawing import figure_html
from analysis.figures import observed_against_registered, observed_series
from analysis.figures.style import month_name, new_figure, number, share
from analysis.outcomes import Misfit, beside_registered, misfits, rows_of, yearly
from analysis.page import Cell, Section, count, paragraph, percent, table
from analysis.reading import Reading
from analysis.sections.months import band_words, by_month

PERIODS = ("fitted", "held out", "compared")


def observed(reading: Reading) -> Section:
    """Return the section that lays observed series beside registered ones."""
    title = "Observed beside registered"
    frame = reading.table("observed")
    if frame is None:
        return Section(
            "observed",
            title,
            paragraph(
                "No observation rule registered anybody in this run: nothing can be laid beside "
                "registered figures."
            ),
        )
    targets = reading.scenario.get("targets") or []
    beside = beside_registered(frame, targets, reading.months)
    known = misfits(beside)
    names = series_names(reading)
    parts = [_intro(bool(known))]
    if known:
        parts.append(_misfit_table(beside, names))
    parts.append(_yearly(reading, frame, names))
    with_target = [m.series for m in known]
    for misfit in known:
        parts.append(_series(reading, beside[beside["series"] == misfit.series], misfit, names))
    rest = frame[~frame["series"].isin(with_target)]
    if not rest.empty:
        parts.append(_without_target(reading, rest, names))
    return Section("observed", title, "".join(parts))


def series_names(reading: Reading) -> dict[str, str]:
    """Return a readable label by observed series."""
    rules = reading.scenario.get("observation_rules") or ()
    series = {str(r["series"]) for r in rules} | {
        str(t["series"]) for t in reading.scenario.get("targets") or ()
    }
    codes = dict(reading.names("country"))
    return {s: " ".join(codes.get(w.upper(), w) for w in s.split("_")) for s in sorted(series)}


def misfit_words(misfit: Misfit, names: Mapping[str, str]) -> str:
    """Return the misfit of one series as a sentence."""
    span = f"{month_name(misfit.first)} to {month_name(misfit.last)}"
    words = (
        f"{names.get(misfit.series, misfit.series)}, {span}, {misfit.months} months with a "
        f"registered figure: {number(misfit.observed)} observed in the model against "
        f"{number(misfit.registered)} registered"
    )
    if misfit.relative is None or misfit.ratio is None:
        return f"{words}; with nobody registered no misfit is defined."
    return (
        f"{words} (ratio {misfit.ratio:.2f}); the monthly differences add up to "
        f"{share(misfit.relative)} of what was registered."
    )


def _intro(known: bool) -> str:
    words = (
        "Registered figures count registrations, the model moves persons: an observed series "
        "applies the scenario's rules of registration to true events, and only observed "
        "series stand beside registered ones. Months without a registered figure are not "
        "compared."
    )
    if not known:
        words += " This scenario has no registered monthly figures for its observed series."
    return paragraph(words)


def _misfit_table(beside: pd.DataFrame, names: Mapping[str, str]) -> str:
    rows: list[list[object]] = []
    for period in PERIODS:
        for m in misfits(beside, period):
            rows.append(
                [
                    names.get(m.series, m.series),
                    period,
                    count(float(m.months)),
                    count(m.observed),
                    count(m.registered),
                    count(m.absolute),
                    percent(m.relative),
                    Cell("not defined" if m.ratio is None else f"{m.ratio:.2f}", numeric=True),
                ]
            )
    return table(
        "Misfit: sum of absolute monthly differences over the sum registered; persons",
        [
            "series",
            "period",
            "months",
            "observed",
            "registered",
            "sum of differences",
            "misfit",
            "ratio",
        ],
        rows,
    )


def _yearly(reading: Reading, frame: pd.DataFrame, names: Mapping[str, str]) -> str:
    years = yearly(frame, reading.scenario.get("targets") or [], reading.months)
    if years.empty:
        return ""
    rows = [
        [
            names.get(str(r.series), str(r.series)),
            str(r.year),
            count(r.observed),
            count(r.registered),
            Cell(
                f"{r.observed / r.registered:.2f}" if r.registered else "not defined", numeric=True
            ),
        ]
        for r in rows_of(years)
    ]
    return table(
        "Registered figures of a year or of several months beside the observed sum; persons",
        ["series", "period", "observed", "registered", "ratio"],
        rows,
    )


def _series(reading: Reading, own: pd.DataFrame, misfit: Misfit, names: Mapping[str, str]) -> str:
    figure, ax = new_figure(9.0, 5.3, below=2.35, above=0.3)
    observed_against_registered(ax, own, reading.months)
    rows = [
        [
            month_name(str(r.month)),
            count(r.median),
            count(r.registered),
            str(r.period) or "no figure",
            Cell(
                f"{r.median / r.registered:.2f}"
                if r.registered and r.registered > 0
                else "not defined",
                numeric=True,
            ),
        ]
        for r in rows_of(own)
    ]
    data = table(
        f"{names.get(misfit.series, misfit.series)}: persons by month",
        ["month", "observed", "registered", "period", "ratio"],
        rows,
    )
    title = f"{names.get(misfit.series, misfit.series)}: observed and registered"
    words = f"{misfit_words(misfit, names)} {band_words(reading.runs)}"
    return figure_html(figure, f"observed_{misfit.series}", title, words, data)


def _without_target(reading: Reading, rest: pd.DataFrame, names: Mapping[str, str]) -> str:
    figure, ax = new_figure()
    observed_series(ax, rest, reading.months, names)
    data = by_month(
        "Observed series without monthly registered figures: persons",
        rest,
        "series",
        "persons",
        reading.months,
        names,
    )
    return figure_html(
        figure,
        "observed_others",
        "Observed series without monthly registered figures",
        "What the rules of registration would count; no monthly figure is laid beside them. "
        "They may count the same person, so they are not added up.",
        data,
    )
