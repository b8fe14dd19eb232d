"""From tables of a run or an ensemble to monthly series, totals, bands and intervals.

Every frame with a column ``replicate`` may hold one run (a single value) or many; the summaries
say how many there were, and give no band for one run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

#: Quantiles over replicates that make the outer (5-95 %) and the inner band (25-75 %).
OUTER = (0.05, 0.95)
INNER = (0.25, 0.75)

#: Median and edges of both bands.
LINES = ("median", "low", "high", "inner_low", "inner_high")

#: Fewest pairs of replicates from which the spread by chance alone is told.
PAIRS = 5

#: What became of persons who tried a sector, in the order in which it is told (MODEL 6).
ENCOUNTERS = ("not_seen", "lost", "aborted", "intercepted", "outside")

#: States in which a person is no longer on the way (MODEL 3).
FINAL = ("arrived", "returned", "gave up", "gave_up", "dead", "dead or missing", "dead_or_missing")


def months_of(scenario: Mapping[str, Any]) -> list[str]:
    """Return the calendar months the scenario covers, as ``YYYY-MM``; ``until`` is exclusive."""
    start = date.fromisoformat(str(scenario["start"]))
    last = date.fromisoformat(str(scenario["until"])) - timedelta(days=1)
    count = (last.year - start.year) * 12 + last.month - start.month + 1
    first = start.year * 12 + start.month - 1
    return [f"{(first + i) // 12:04d}-{(first + i) % 12 + 1:02d}" for i in range(max(count, 0))]


def month_of_day(start: date, days: pd.Series[Any]) -> pd.Series[str]:
    """Return the calendar month of each day counted from the start date."""
    if days.empty:
        return pd.Series([], dtype="object")
    span = range(int(days.min()), int(days.max()) + 1)
    names = {d: (start + timedelta(days=d)).strftime("%Y-%m") for d in span}
    return days.map(names)


def start_of(scenario: Mapping[str, Any]) -> date:
    """Return the scenario's first day."""
    return date.fromisoformat(str(scenario["start"]))


def bands(frame: pd.DataFrame, by: Sequence[str], value: str) -> pd.DataFrame:
    """Return the median over replicates and both bands, one row per group.

    Args:
        frame: Columns ``replicate``, ``by`` and ``value``; a group missing in a replicate that
            ran counts as 0 persons there, since rows of zeros are not written.
        by: Columns of the group, e.g. month and label.
        value: Column summarised.

    Returns:
        Columns ``by``, ``median``, ``low``, ``high`` (5-95 %), ``inner_low``, ``inner_high``
        (25-75 %) and ``runs``; with one run the bands are NaN.
    """
    keys = list(by)
    wide = frame.pivot_table(
        index=keys, columns="replicate", values=value, aggfunc="sum", fill_value=0.0, observed=True
    )
    values = wide.to_numpy(dtype=float)
    runs = values.shape[1] if len(wide) else 0
    result = wide.index.to_frame(index=False)
    result["median"] = np.median(values, axis=1) if runs else []
    edges = {"low": OUTER[0], "high": OUTER[1], "inner_low": INNER[0], "inner_high": INNER[1]}
    for name, q in edges.items():
        result[name] = np.quantile(values, q, axis=1) if runs > 1 else np.nan
    result["runs"] = runs
    return result


def rows_of(frame: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a frame as named tuples, without the index."""
    yield from frame.itertuples(index=False)


@dataclass(frozen=True, slots=True)
class Interval:
    """A quantity over replicates: median, spread by chance, spread by chance and assumptions.

    Bounds are 5 and 95 %, None where there are too few replicates to tell.
    """

    median: float
    chance: tuple[float, float] | None
    total: tuple[float, float] | None
    runs: int

    def text(self, unit: str = "", digits: int = 0) -> str:
        """Return the interval in words, honest about a single run."""
        middle = f"{self.median:,.{digits}f}{unit and ' '}{unit}"
        if self.total is None:
            return f"{middle} (one run)"
        low, high = self.total
        words = f"{middle} (chance and assumptions {low:,.{digits}f} to {high:,.{digits}f}"
        if self.chance is not None:
            words += f"; chance only {self.chance[0]:,.{digits}f} to {self.chance[1]:,.{digits}f}"
        return f"{words}; {self.runs} runs)"


def interval(values: Mapping[int, float]) -> Interval:
    """Return the two intervals of MODEL 18 for one quantity, by replicate number.

    Replicates 2k and 2k + 1 share one draw of the parameters: half their difference holds chance
    alone. Chance only: quantiles of the median plus the pair differences over root two, both
    signs, from ``PAIRS`` pairs on. Chance and assumptions: quantiles of all replicates.

    >>> interval({0: 10.0}).text("persons")
    '10 persons (one run)'
    """
    numbers = np.array([values[r] for r in sorted(values)], dtype=float)
    if numbers.size == 0:
        return Interval(float("nan"), None, None, 0)
    middle = float(np.median(numbers))
    if numbers.size == 1:
        return Interval(middle, None, None, 1)
    total = (float(np.quantile(numbers, OUTER[0])), float(np.quantile(numbers, OUTER[1])))
    pairs = [(values[r], values[r + 1]) for r in values if r % 2 == 0 and r + 1 in values]
    chance = None
    if len(pairs) >= PAIRS:
        apart = np.array([(a - b) / np.sqrt(2) for a, b in pairs])
        both = np.concatenate([apart, -apart])
        chance = (
            middle + float(np.quantile(both, OUTER[0])),
            middle + float(np.quantile(both, OUTER[1])),
        )
    return Interval(middle, chance, total, int(numbers.size))


def totals(frame: pd.DataFrame, value: str) -> Interval:
    """Return the interval of a column summed within each replicate."""
    if frame.empty:
        return interval({})
    sums = frame.groupby("replicate")[value].sum()
    return interval({int(str(r)): float(v) for r, v in sums.items()})


def encounters_by_month(sectors: pd.DataFrame, start: date) -> pd.DataFrame:
    """Return persons who tried, what became of them, and unit hours, by month and sector."""
    frame = sectors.assign(month=month_of_day(start, sectors["day"]))
    columns = ["tried", *ENCOUNTERS, "unit_hours"]
    return frame.groupby(["replicate", "month", "sector"], as_index=False)[columns].sum()


def encounters_by_sector(encounters: pd.DataFrame) -> pd.DataFrame:
    """Return the whole run by sector, largest first; means over replicates, which add up.

    Args:
        encounters: Columns replicate, month, sector, tried, the five outcomes, unit_hours.
    """
    columns = ["tried", *ENCOUNTERS, "unit_hours"]
    each = encounters.groupby(["replicate", "sector"], as_index=False)[columns].sum()
    return (
        each.groupby("sector", as_index=False)[columns]
        .mean()
        .sort_values(["tried", "sector"], ascending=[False, True], ignore_index=True)
    )


def encounters_by_outcome(encounters: pd.DataFrame) -> pd.DataFrame:
    """Return persons by month and outcome, long form, per replicate."""
    sums = encounters.groupby(["replicate", "month"], as_index=False)[list(ENCOUNTERS)].sum()
    return sums.melt(["replicate", "month"], list(ENCOUNTERS), "outcome", "persons")


def waits_by_month(posts: pd.DataFrame, start: date) -> pd.DataFrame:
    """Return mean wait (min, weighted by units served) and units served by month and post.

    Days on which nobody was served have no wait and carry no weight; a month without any wait is
    NaN, which is "not recorded".
    """
    frame = posts.assign(month=month_of_day(start, posts["day"]))
    weight = frame["served"].where(frame["mean_wait"].notna(), 0.0)
    frame = frame.assign(weight=weight, waited=frame["mean_wait"].fillna(0.0) * weight)
    sums = frame.groupby(["replicate", "month", "post"], as_index=False)[
        ["weight", "waited", "served", "tried", "found", "false_alerts"]
    ].sum()
    sums["mean_wait"] = sums["waited"] / sums["weight"].where(sums["weight"] > 0)
    return sums.drop(columns=["weight", "waited"])


def networks_by_month(networks: pd.DataFrame, start: date) -> pd.DataFrame:
    """Return revenue, profit, persons and mean price by month and network.

    A week belongs to the month of its first day. Price is weighted by persons carried; a month
    in which nobody was carried has no price (NaN). Legs no capacity stood on are kept.
    """
    frame = networks.assign(month=month_of_day(start, networks["week"] * 7))
    frame = frame.assign(paid=frame["price"].fillna(0.0) * frame["carried"])
    sums = frame.groupby(["replicate", "month", "network"], as_index=False)[
        ["revenue", "profit", "carried", "turned_away", "intercepted", "paid"]
    ].sum()
    sums["price"] = sums["paid"] / sums["carried"].where(sums["carried"] > 0)
    return sums.drop(columns="paid")


def ledger_table(ledger: pd.DataFrame) -> pd.DataFrame:
    """Return the ledger's totals, one row an item, one column a country, and ``all``.

    Months are summed within a replicate, then the mean is taken, so that rows add up. A cell with
    no recorded month is NaN ("not recorded"), never 0.
    """
    each = ledger.groupby(["replicate", "item", "country"])["value"].sum(min_count=1).reset_index()
    whole = each.groupby(["replicate", "item"])["value"].sum(min_count=1).reset_index()
    both = pd.concat([each, whole.assign(country="all")], ignore_index=True)
    return both.pivot_table(
        index="item", columns="country", values="value", aggfunc="mean", dropna=False
    )


def leg_totals(flows: pd.DataFrame) -> pd.DataFrame:
    """Return persons who began each leg in the whole run (mean over replicates)."""
    leg = ["leg", "tail", "head", "mode"]
    each = flows.groupby(["replicate", *leg])["persons"].sum()
    mean = each.groupby(leg).mean().reset_index()
    return mean.sort_values(["persons", "leg"], ascending=[False, True], ignore_index=True)


def stocks_by_month(stocks: pd.DataFrame) -> pd.DataFrame:
    """Return persons still on the way by month and country (final states are left out)."""
    present = stocks[~stocks["state"].isin(FINAL)]
    return present.groupby(["replicate", "month", "country"])["persons"].sum().reset_index()


def journey_days(journeys: pd.DataFrame) -> pd.DataFrame:
    """Return days from entry to a final arrival, weighted later by persons, by reading.

    Start stocks are left out: when they entered is not recorded.
    """
    done = journeys[
        (journeys["state"] == "arrived")
        & ~journeys["stock"].astype(bool)
        & journeys["ended"].notna()
    ]
    return pd.DataFrame(
        {
            "reading": done["reading"],
            "persons": done["persons"],
            "days": (done["ended"].astype(float) - done["entered"].astype(float)) / 24.0,
        }
    )


def weighted_quantiles(values: Any, weights: Any, quantiles: Sequence[float]) -> list[float]:
    """Return quantiles of values that stand for several persons each.

    >>> weighted_quantiles([1.0, 2.0, 3.0], [1, 1, 1], [0.5])
    [2.0]
    """
    numbers, load = np.asarray(values, dtype=float), np.asarray(weights, dtype=float)
    order = np.argsort(numbers, kind="stable")
    reached = np.cumsum(load[order])
    at = np.searchsorted(reached, np.asarray(quantiles) * reached[-1], side="left")
    return [float(numbers[order][min(int(i), numbers.size - 1)]) for i in at]


@dataclass(frozen=True, slots=True)
class Misfit:
    """How far an observed series lies from the registered one, over months with both.

    ``relative`` is the sum of absolute differences over the sum registered; ``ratio`` is the sum
    observed over the sum registered; both None when nothing was registered.
    """

    series: str
    months: int
    observed: float
    registered: float
    absolute: float
    first: str
    last: str

    @property
    def relative(self) -> float | None:
        """Sum of absolute monthly differences / sum registered."""
        return self.absolute / self.registered if self.registered > 0 else None

    @property
    def ratio(self) -> float | None:
        """Sum observed / sum registered."""
        return self.observed / self.registered if self.registered > 0 else None


def beside_registered(
    observed: pd.DataFrame, targets: Sequence[Mapping[str, Any]], months: Sequence[str]
) -> pd.DataFrame:
    """Return observed (median and band) and registered persons by series and month.

    ``registered`` is NaN in months without a target; ``period`` is ``fitted``, ``held out`` or
    ``compared`` as the target's note says. Yearly targets are not spread over months: see
    ``yearly``. A series without any observation rule has no rows.
    """
    summary = bands(observed, ["series", "month"], "persons")
    monthly = {
        (str(t["series"]), str(t["period"])): t for t in targets if len(str(t["period"])) == 7
    }
    rows = []
    for series in sorted({str(t["series"]) for t in targets} | set(observed["series"])):
        own = summary[summary["series"] == series]
        if own.empty:
            continue
        lines = {name: dict(zip(own["month"], own[name], strict=True)) for name in LINES}
        for month in months:
            target = monthly.get((series, month))
            row: dict[str, Any] = {"series": series, "month": month}
            for name in LINES:
                # A month without a row is a month in which nobody was registered.
                row[name] = float(lines[name].get(month, 0.0 if name == "median" else np.nan))
            row["registered"] = np.nan if target is None else amount(target["persons"])
            row["period"] = "" if target is None else _period(target)
            rows.append(row)
    return pd.DataFrame(
        rows,
        columns=[
            "series",
            "month",
            "median",
            "low",
            "high",
            "inner_low",
            "inner_high",
            "registered",
            "period",
        ],
    )


def yearly(
    observed: pd.DataFrame, targets: Sequence[Mapping[str, Any]], months: Sequence[str]
) -> pd.DataFrame:
    """Return targets of a year or of several months beside the observed sum.

    Periods the run does not cover in full are left out. Column ``year`` is the year, or the
    months ``2018-01..2018-05``.
    """
    rows = []
    for target in targets:
        year = str(target["period"])
        first, dots, last = year.partition("..")
        if len(year) == 4:
            first, last = f"{year}-01", f"{year}-12"
        elif not dots:
            continue
        if not {first, last} <= set(months):
            continue
        own = observed[
            (observed["series"] == target["series"]) & observed["month"].between(first, last)
        ]
        if own.empty:
            continue
        rows.append(
            {
                "series": target["series"],
                "year": year,
                "observed": totals(own, "persons").median,
                "registered": amount(target["persons"]),
            }
        )
    return pd.DataFrame(rows, columns=["series", "year", "observed", "registered"])


def misfits(beside: pd.DataFrame, period: str | None = None) -> list[Misfit]:
    """Return the misfit of each series over its months with a registered figure."""
    result = []
    known = beside[beside["registered"].notna()]
    if period is not None:
        known = known[known["period"] == period]
    for series, own in known.groupby("series"):
        result.append(
            Misfit(
                str(series),
                len(own),
                float(own["median"].sum()),
                float(own["registered"].sum()),
                float((own["median"] - own["registered"]).abs().sum()),
                str(own["month"].min()),
                str(own["month"].max()),
            )
        )
    return result


def _period(target: Mapping[str, Any]) -> str:
    note = str(target.get("note") or "").lower().replace("-", " ")
    return "held out" if "held out" in note else "fitted" if "fitted" in note else "compared"


def amount(raw: Any) -> float:
    """Return the value of a quantity as written in ``scenario.json`` (a mapping or a number)."""
    return float(raw["value"] if isinstance(raw, Mapping) else raw)
