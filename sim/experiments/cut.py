"""The cut around some countries of a recorded run: the legs that are left, and who crosses it.

Places just outside become entries and exits. Who enters is taken from the run.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.clock import Clock
from sim.errors import CrossborderError
from sim.records.hashing import run_hash
from sim.records.months import month_labels, month_of_day
from sim.records.run_reader import RunFolder
from sim.scenario.loading import from_text
from sim.scenario.quantities import Quantity
from sim.scenario.specs.control import Aftermath, Post, Sector
from sim.scenario.specs.geography import Leg
from sim.scenario.specs.people import Arrival, Mix

F64 = NDArray[np.float64]

#: Added to the id of an entry whose place is an exit too.
ENTRY = "_in"


class Cut:
    """Countries cut out of a recorded run: what is left of its legs, and who enters there.

    Attributes:
        run: The run.
        only: The countries.
        whole: The run's scenario.
        places: Its places by id.
        country: Country of each place.
        inside: Places of the countries.
        legs: Legs that are left.
        leg_ids: Their ids.
        inward: Those of them that come from outside.
        borders: Borders they cross.
        exits: Places outside that they lead to.
        entering: Persons who enter at places outside, by month.
        derived: Where a number comes from that is taken from the run.
    """

    def __init__(self, run: RunFolder, only: frozenset[str]) -> None:
        self.run, self.only = run, only
        self.whole = s = from_text(run.scenario)
        self.clock = Clock(s.start, s.until, s.zone)
        self.places = {place.id: place for place in s.places}
        self.country = {place.id: place.country for place in s.places}
        self.inside = {place.id for place in s.places if place.country in only}
        self.sectors = {row.id: row for row in s.sectors}
        self.posts = {row.id: row for row in s.posts}
        self.days = (s.until - s.start).days
        self.derived = f"derived: run {run_hash(run)[:16]} of {run.manifest['scenario']}"
        self._lay_the_cut()

    def _lay_the_cut(self) -> None:
        inside = self.inside
        touching = [leg for leg in self.whole.legs if {leg.tail, leg.head} & inside]
        inward = [leg for leg in touching if leg.tail not in inside]
        self.entering = {leg.tail: self._persons_by_month(leg.tail, inward) for leg in inward}
        self.entering = {place: n for place, n in self.entering.items() if n.sum() > 0}
        legs = [leg for leg in touching if leg.tail in inside or leg.tail in self.entering]
        self.legs = self._on_the_way(legs)
        self.exits = {leg.head for leg in self.legs if leg.head not in inside}
        self.inward = [leg for leg in self.legs if leg.tail not in inside]
        self.leg_ids = {leg.id for leg in self.legs}
        self.borders = {leg.border for leg in self.legs if leg.border is not None}
        start = {row.place for row in self.arrivals_inside()}
        start |= {row.place for row in self.whole.stocks} & inside
        if not self.legs or not (self.entering or start):
            raise CrossborderError(
                f"nobody is on a leg of {', '.join(sorted(self.only))} in {self.run.path}: name "
                f"other countries with --only"
            )

    def _on_the_way(self, legs: Sequence[Leg]) -> list[Leg]:
        """Return the legs without those to places outside that nobody inside can reach."""
        graph = nx.DiGraph([(leg.tail, leg.head) for leg in legs])
        starts = set(self.entering) | {row.place for row in self.whole.arrivals}
        starts |= {row.place for row in self.whole.stocks}
        reached: set[str] = set()
        for start in starts & (self.inside | set(self.entering)) & set(graph):
            # A place outside that is reached is left for good: nothing is walked through it.
            reached |= {start} | set(nx.descendants(graph.subgraph(self.inside | {start}), start))
        return [
            leg for leg in legs
            if leg.head in self.inside or (leg.tail in reached and leg.tail in self.inside)
        ]  # fmt: skip

    # Who crosses the cut --------------------------------------------------------------------

    @cached_property
    def months(self) -> list[tuple[str, date, date]]:
        """Label, first day and day after of each month, clipped to the run."""
        s, labels = self.whole, month_labels(self.clock)
        starts = [date.fromisoformat(f"{label}-01") for label in labels]
        ends = [*starts[1:], (starts[-1] + timedelta(days=32)).replace(day=1)]
        return [
            (label, max(a, s.start), min(b, s.until))
            for label, a, b in zip(labels, starts, ends, strict=True)
        ]

    @cached_property
    def _set_out(self) -> dict[str, pd.DataFrame]:
        return self._by_day("flows", "leg", ("persons",))

    @cached_property
    def _stops(self) -> dict[str, dict[str, pd.DataFrame]]:
        return {
            "sector": self._by_day("sectors", "sector", ("aborted", "outside", "intercepted")),
            "post": self._by_day("posts", "post", ("found",)),
        }

    def _by_day(self, table: str, key: str, names: Sequence[str]) -> dict[str, pd.DataFrame]:
        """Return sums by item: a frame with a row a day and a column a name."""
        frame = self.run.table(table)
        if frame is None:
            return {}
        sums = frame.groupby([key, "day"])[list(names)].sum()
        items = sums.index.get_level_values(0).unique()
        return {item: sums.loc[item].reindex(range(self.days), fill_value=0) for item in items}

    def _persons_by_month(self, place: str, inward: Sequence[Leg]) -> F64:
        """Return the persons who set out from a place across the cut for the first time."""
        total = np.zeros(self.days)
        for leg in inward:
            if leg.tail == place and leg.id in self._set_out:
                total += self._set_out[leg.id]["persons"].to_numpy() - self._again(leg)
        month = month_of_day(self.clock, np.arange(self.days))
        by_month = np.bincount(month, total, minlength=len(self.months))
        return np.rint(np.maximum(by_month, 0.0))

    def _again(self, leg: Leg) -> F64:
        """Return the persons a day who set out again on a leg after a stop there, shape (days,).

        Who is back after a stop tries again after the mean time of the aftermath (exponential).
        """
        again = np.zeros(self.days)
        kind = "sector" if leg.sector else "post"
        name = leg.sector or leg.post or ""
        stops = self._stops[kind].get(name)
        if stops is None or not self.whole.switches.retries:
            return again
        ready = 0.0
        for day, counts in enumerate(stops.to_dict("records")):
            terms = self._aftermath(leg, self.whole.start + timedelta(days=day))
            back = self._back({str(k): float(n) for k, n in counts.items()}, terms)
            gone = ready * -math.expm1(-24.0 / max(terms.retry.value, 1.0))
            ready += back - gone
            again[day] = gone
        return again * self._part_of(leg, kind, name)

    @staticmethod
    def _back(stops: Mapping[str, float], terms: Aftermath) -> float:
        """Return the persons stopped in a day who are back at the tail and will try again."""
        if "found" in stops:
            return stops["found"] * terms.back_share.value
        turned = (stops["aborted"] + stops["outside"]) * (1.0 - terms.gave_up_share.value)
        return turned + stops["intercepted"] * terms.back_share.value

    def _part_of(self, leg: Leg, kind: str, name: str) -> float:
        """Return a leg's part of the persons on all legs through its sector or post."""
        through = [row.id for row in self.whole.legs if getattr(row, kind) == name]
        return self.persons_on([leg.id]) / max(self.persons_on(through), 1.0)

    def _aftermath(self, leg: Leg, day: date) -> Aftermath:
        control = self._control(leg)
        assert control is not None
        return next(
            row for row in self.whole.aftermath
            if (row.border, row.country) == (control.border, control.country)
            and (row.since or date.min) <= day < (row.until or date.max)
        )  # fmt: skip

    def _control(self, leg: Leg) -> Sector | Post | None:
        return self.sectors.get(leg.sector or "") or self.posts.get(leg.post or "")

    def mix(self, place: str) -> Mix:
        """Return who enters at a place: parties by profile that crossed one of its borders."""
        borders = sorted({str(leg.border) for leg in self.inward if leg.tail == place})
        crossed = " OR ".join(f"borders LIKE '%{border}@%'" for border in borders)
        counted: dict[str, float] = {}
        if "journeys" in self.run.tables():
            for where in (crossed, "true"):
                rows = self.run.sql(
                    f"SELECT profile, count(*) AS n FROM journeys WHERE {where} "
                    f"GROUP BY profile ORDER BY profile"
                )
                counted = dict(zip(rows["profile"], rows["n"].astype(float), strict=True))
                if counted:
                    break
        if not counted:
            raise CrossborderError(f"{self.run.path} records no journey over a border")
        source = f"{self.derived}: parties by profile that crossed {' or '.join(borders)}"
        return Mix(id=self._mix_id(place), shares=counted, source=source, status="estimated")

    def _mix_id(self, place: str) -> str:
        return f"cut_{place}"[:64]

    def entry_id(self, place: str) -> str:
        """Return the id of the entry that stands for a place outside."""
        return f"{place}{ENTRY}" if place in self.exits else place

    def arrivals_inside(self) -> list[Arrival]:
        """Return the run's own rows of arrivals at places inside."""
        s = self.whole
        within = [row for row in s.arrivals if row.until > s.start and row.since < s.until]
        return [row for row in within if row.place in self.inside]

    def arrivals(self) -> list[Arrival]:
        """Return a row an entry and month, after those inside."""
        rows = self.arrivals_inside()
        for place, persons in self.entering.items():
            legs = ", ".join(leg.id for leg in self.inward if leg.tail == place)
            for (label, since, until), number in zip(self.months, persons, strict=True):
                if number <= 0:
                    continue
                source = (
                    f"{self.derived}, {label}: persons who set out on {legs}, less those who "
                    f"did so again after a stop there (aftermath of the border)"
                )
                rows.append(Arrival.model_validate({
                    "id": f"{place}_{label.replace('-', '_')}", "series": self._mix_id(place),
                    "place": self.entry_id(place), "from": since, "until": until,
                    "persons": Quantity(float(number), unit="persons"),
                    "mix": self._mix_id(place), "source": source, "status": "estimated",
                }))  # fmt: skip
        return _sourced(rows)

    def persons_on(self, legs: Iterable[str]) -> float:
        """Return the persons who set out on legs in the whole run."""
        return float(sum(self._set_out[i]["persons"].sum() for i in legs if i in self._set_out))


def _sourced(rows: Sequence[Arrival]) -> list[Arrival]:
    """Return the rows with their provenance on their numbers too, as loaded rows have it."""
    return [
        row.model_copy(update={"persons": row.persons.with_provenance(row.source, row.status)})
        for row in rows
    ]
