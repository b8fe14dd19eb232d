"""Cooperation centres: the annual return of each, and the contact points beside them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.drawing import figure_html
from analysis.figures.centre_return import KINDS, load_by_hour, requests_by_country
from analysis.figures.style import number, share
from analysis.outcomes import start_of
from analysis.page import Cell, Section, count, paragraph, percent, table, text
from analysis.reading import Reading

#: Kinds of answer from which an investigation may begin.
LEADS = ("document", "vehicle", "smuggling_intelligence", "contraband", "other")
WORDS = {"smuggling_intelligence": "smuggling", "other": "other business"}
ROUTES = {
    "on_the_spot": "an officer on the spot", "centre": "one centre",
    "intermediate": "two centres", "contact_points": "the contact points",
    "nobody": "nobody to ask",
}  # fmt: skip
#: What is known of real centres: requests a day and officer, and the share that leads to an
#: investigation (scenarios/western_balkans/centres.csv).
KNOWN_RATE, KNOWN_LEADS = (0.3, 4.0), (0.03, 0.15)


def centres(reading: Reading) -> Section:
    """Return the section on centres: how requests went, and a return of each centre."""
    title = "Cooperation centres"
    if reading.switches.get("centres") is False:
        words = (
            "Centres were switched off (switches.centres: off): nobody was asked anything, and "
            "nothing follows from answers."
        )
        return Section("centres", title, paragraph(words))
    asked, hours = reading.table("requests"), reading.table("desk_hours")
    if asked is None or hours is None:
        words = (
            "No desk answered requests in this run: the scenario has no desks of centres or "
            "contact points, or nobody had anything to ask across a border."
        )
        return Section("centres", title, paragraph(words))
    asked, hours = _told(asked), hours[hours["replicate"] == 0]
    returns = [
        _return(reading, row, asked, hours)
        for row in reading.scenario.get("centres", ())
        if row["type"] == "centre" and (hours["centre"] == row["id"]).any()
    ]
    body = paragraph(_words(asked, reading)) + _routes(asked)
    body += paragraph(face_validity(asked, reading)) + "".join(returns)
    return Section("centres", title, body + _contact_points(reading, asked, hours))


def _told(asked: pd.DataFrame) -> pd.DataFrame:
    """Return what is told of the requests of one run, with response (h) and ``within``."""
    told = asked.loc[asked["replicate"] == 0, [*_NAMED, *_TOLD]]
    # By code, since rows are chosen by desk and kind again and again.
    return told.astype(dict.fromkeys(_NAMED, "category")).assign(
        response=told["answered"] - told["asked"], within=told["answered"] <= told["limit"]
    )


_NAMED = ("kind", "route", "sender", "receiver")
_TOLD = ("asked", "answered", "limit", "in_time", "hit")


def _words(asked: pd.DataFrame, reading: Reading) -> str:
    own = asked[asked["kind"] != "other"]
    of = "" if reading.runs == 1 else " (first run of the ensemble)"
    late = own["answered"].notna() & ~own["in_time"].astype(bool)
    return (
        f"{number(len(own))} requests arose from stops, finds and cases{of}; "
        f"{share(_mean(own['in_time']))} were answered while the answer was of use, "
        f"{number(int(late.sum()))} came too late for that, and "
        f"{number(int(own['answered'].isna().sum()))} had no answer by the end. The time an "
        "answer takes is worth something only through what it settles: an identity before holding "
        "ends, a file for readmission, a vehicle or a document on the list of alerts."
    )


def _routes(asked: pd.DataFrame) -> str:
    own = asked[asked["kind"] != "other"]
    rows: list[list[object]] = []
    for route, words in ROUTES.items():
        mine = own[own["route"] == route]
        if len(mine):
            rows.append([words, count(len(mine)), *_answers(mine)])
    return table(
        "Requests of the model by the way they went",
        ["way", "requests", *_HEADS], rows,
    )  # fmt: skip


_HEADS = (
    "answered within the limit", "median response, h", "90 % answered within, h", "unanswered",
)  # fmt: skip


def _answers(rows: pd.DataFrame) -> list[Cell]:
    """Return share in time, median and 90 % response, and how many have no answer."""
    response = rows["response"].to_numpy()
    known = response[~np.isnan(response)]
    half, most = np.percentile(known, (50, 90)) if known.size else (None, None)
    return [
        percent(_mean(rows["within"])),
        count(half, 1),
        count(most, 1),
        count(response.size - known.size),
    ]


def _mean(values: pd.Series[Any]) -> float | None:
    return float(values.astype(float).mean()) if len(values) else None


def face_validity(asked: pd.DataFrame, reading: Reading) -> str:
    """Return as a sentence how load and leads compare with what is known of real centres."""
    rates = officer_rates(asked, reading.scenario)
    low, high = KNOWN_RATE
    inside = [c for c, rate in rates.items() if low <= rate <= high]
    outside = {c: rate for c, rate in rates.items() if not low <= rate <= high}
    names = reading.names("centre")
    words = (
        f"Against what is known of real centres ({low:g} to {high:g} requests a day and officer on "
        f"the books), {len(inside)} of the {len(rates)} centres whose other business is simulated "
        "lie inside"
    )
    if outside:
        named = ", ".join(f"{names.get(c, c)} {rate:.2f}" for c, rate in outside.items())
        words += f"; outside lie {named}"
    leads = lead_share(asked)
    below, above = KNOWN_LEADS
    fits = "inside" if below <= leads <= above else "outside"
    return (
        f"{words}. {share(leads, 1)} of the requests at centres led to something an investigation "
        f"may begin with, {fits} the {below:.0%} to {above:.0%} that are known."
    )


def officer_rates(asked: pd.DataFrame, scenario: Mapping[str, Any]) -> dict[str, float]:
    """Return requests a day and officer on the books while a centre worked; each counts once.

    Only of standing centres whose own business is simulated: of the others most of it is missing.
    """
    desks = scenario.get("desks", ())
    centre_of = {d["id"]: d["centre"] for d in desks}
    officers: dict[str, float] = {}
    for desk in desks:
        books = sum(q["value"] for q in desk["officers"].values())
        officers[desk["centre"]] = officers.get(desk["centre"], 0.0) + books
    hours = float(asked["asked"].max()) if len(asked) else 0.0
    at = asked["receiver"].map(centre_of).value_counts()
    begin = pd.Timestamp(str(scenario["start"]))
    rates = {}
    for row in scenario.get("centres", ()):
        since = begin if row["opened"] is None else max(begin, pd.Timestamp(str(row["opened"])))
        until = begin + pd.Timedelta(hours=hours)
        if row["closed"] is not None:
            until = min(until, pd.Timestamp(str(row["closed"])))
        days, books = (until - since) / pd.Timedelta(days=1), officers.get(row["id"], 0.0)
        if row["standing"] and row["other"]["value"] > 0 and days > 0 and books > 0:
            rates[str(row["id"])] = float(at.get(row["id"], 0)) / days / books
    return rates


def lead_share(asked: pd.DataFrame) -> float:
    """Return the share of requests at centres whose answer an investigation may begin with."""
    at = asked[asked["route"].isin(["centre", "intermediate"])]
    leads = at["hit"].astype(bool) & at["kind"].isin(LEADS)
    return float(leads.mean()) if len(at) else 0.0


def _return(
    reading: Reading, row: Mapping[str, Any], asked: pd.DataFrame, hours: pd.DataFrame
) -> str:
    """Return the page of one centre: its year in words, a figure, and two tables."""
    name, desks = str(row["name"] or row["id"]), _desks(reading, str(row["id"]))
    mine = asked[asked["sender"].isin(desks) | asked["receiver"].isin(desks)]
    head = f'<h3 id="centre_{text(row["id"])}">{text(name)}</h3>'
    load = hours[hours["centre"] == row["id"]].groupby("hour_of_week")[["on_duty", "worked"]].sum()
    on_duty, worked = load["on_duty"].to_numpy(), load["worked"].to_numpy()
    if mine.empty:
        words = f"Nobody asked {name} anything in {number(float(on_duty.sum()))} officer hours."
        return head + paragraph(words)
    by_year = _by_year(reading, mine, desks)
    hourly = np.divide(worked, on_duty, out=np.full(168, np.nan), where=on_duty > 0)
    busiest = int(np.nanargmax(hourly))
    words = (
        f"{number(len(mine))} requests, {share(_mean(mine['within']))} answered within the limit; "
        f"officers were at work on requests {share(float(worked.sum() / on_duty.sum()))} of their "
        f"{number(float(on_duty.sum()))} hours on duty, most of all on "
        f"{_WEEK[busiest // 24]} from {busiest % 24:02d} h ({share(float(hourly[busiest]))})."
    )
    kinds = [k for k in KINDS if (mine["kind"] == k).any()]
    counts = _counts(mine, desks, kinds)
    figure = _figure(counts, kinds, hourly, WORDS)
    drawing = figure_html(
        figure, f"centre_{row['id']}", f"{name}: requests and load",
        "Left: requests out (asked by the country's officers) and in (asked of them), by kind. "
        "Right: share of the time on duty spent on requests, by hour of the week; sums over the "
        "whole run.",
        _kinds(mine, desks, kinds),
    )  # fmt: skip
    return head + paragraph(words) + drawing + by_year


_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _desks(reading: Reading, centre: str) -> dict[str, str]:
    """Return the countries of a centre's desks by desk id."""
    rows = reading.scenario.get("desks", ())
    return {d["id"]: d["country"] for d in rows if d["centre"] == centre}


def _counts(mine: pd.DataFrame, desks: Mapping[str, str], kinds: list[str]) -> pd.DataFrame:
    rows = []
    for desk, country in desks.items():
        for direction, column in (("out", "sender"), ("in", "receiver")):
            here = mine.loc[mine[column] == desk, "kind"].value_counts()
            rows.append({"country": country, "direction": direction,
                         **{k: int(here.get(k, 0)) for k in kinds}})  # fmt: skip
    return pd.DataFrame(rows)


def _figure(
    counts: pd.DataFrame, kinds: list[str], hourly: Any, names: Mapping[str, str]
) -> Figure:
    height = max(2.6, 1.35 + 0.27 * len(counts))
    figure = Figure(figsize=(9.0, height), dpi=100, facecolor="white")
    below = 0.55 / height
    box = 1 - below - 0.62 / height
    left = figure.add_axes((0.085, below, 0.40, box))
    requests_by_country(left, counts, kinds, names)
    right = figure.add_axes((0.56, below, 0.40, box))
    load_by_hour(right, hourly)
    return figure


def _by_year(reading: Reading, mine: pd.DataFrame, desks: Mapping[str, str]) -> str:
    """Return the annual return by desk: out, in, and how they were answered."""
    start = start_of(reading.scenario)
    days = (mine["asked"] // 24).astype(int)
    years = np.array([(start + timedelta(days=d)).year for d in range(int(days.max()) + 1)])
    year = years[days.to_numpy()]
    names, rows = reading.names("country"), []
    for each, now in mine.groupby(year):
        for desk, country in desks.items():
            out, in_ = now[now["sender"] == desk], now[now["receiver"] == desk]
            if len(out) or len(in_):
                rows.append([
                    f"{each}, {names.get(country, country)}", count(len(out)), *_answers(out)[:3],
                    count(len(in_)), *_answers(in_),
                ])  # fmt: skip
    return table(
        "Annual return by desk (out: asked by its country; in: asked of it)",
        ["year and desk", "out", "within the limit", "median, h", "90 %, h", "in",
         "within the limit", "median, h", "90 %, h", "in, unanswered"],
        rows,
    )  # fmt: skip


def _kinds(mine: pd.DataFrame, desks: Mapping[str, str], kinds: list[str]) -> str:
    rows: list[list[object]] = []
    for kind in kinds:
        here = mine[mine["kind"] == kind]
        rows.append([
            WORDS.get(kind, kind), count(int(here["sender"].isin(desks).sum())),
            count(int(here["receiver"].isin(desks).sum())), *_answers(here),
            count(int(here["hit"].astype(bool).sum())),
        ])  # fmt: skip
    return table(
        "Requests by kind in the whole run",
        ["kind", "out", "in", *_HEADS, "answers with what was asked for"], rows,
    )  # fmt: skip


def _contact_points(reading: Reading, asked: pd.DataFrame, hours: pd.DataFrame) -> str:
    names, rows = reading.names("country"), []
    for row in reading.scenario.get("centres", ()):
        desks = _desks(reading, str(row["id"]))
        mine = asked[asked["sender"].isin(desks) | asked["receiver"].isin(desks)]
        if row["type"] != "contact_point" or mine.empty:
            continue
        load = hours[hours["centre"] == row["id"]][["on_duty", "worked"]].sum()
        country = row["countries"][0]
        rows.append([
            names.get(country, country), count(int(mine["sender"].isin(desks).sum())),
            count(int(mine["receiver"].isin(desks).sum())), *_answers(mine),
            percent(float(load["worked"] / load["on_duty"]) if load["on_duty"] else None),
        ])  # fmt: skip
    if not rows:
        return ""
    return "<h3>National contact points</h3>" + table(
        "National contact points in the whole run",
        ["country", "out", "in", *_HEADS, "load per officer"], rows,
    )  # fmt: skip
