"""What a report reads of a run or an ensemble: tables, months, names, and how many runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.naming import READINGS, Naming
from analysis.outcomes import (
    encounters_by_month,
    months_of,
    networks_by_month,
    start_of,
    waits_by_month,
)
from analysis.provenance import Assumption, assumptions, sources
from sim.records.parquet import connect
from sim.records.run_reader import RunFolder

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Column of a monthly frame -> outcome of the dictionary, for what an ensemble keeps of each run.
SECTOR_OUTCOMES = {
    "tried": "attempts", "not_seen": "not_seen", "lost": "lost", "aborted": "aborted",
    "intercepted": "interceptions", "outside": "returned_outside_in_sector",
    "unit_hours": "patrol_unit_hours",
}  # fmt: skip
NETWORK_OUTCOMES = {
    "revenue": "network_revenue", "profit": "network_profit", "carried": "network_carried",
    "turned_away": "network_turned_away", "price": "network_price",
}  # fmt: skip
POST_OUTCOMES = {"mean_wait": "lawful_wait", "served": "lawful_served"}


@dataclass(frozen=True)
class Reading:
    """A run folder with what its readers need; tables are read when first asked for."""

    run: RunFolder

    @classmethod
    def open(cls, folder: str | Path) -> Reading:
        """Open a run folder or an ensemble (RunFolderError if it is not whole)."""
        return cls(RunFolder.open(folder))

    @property
    def scenario(self) -> dict[str, Any]:
        """The resolved scenario."""
        return self.run.scenario

    @property
    def runs(self) -> int:
        """How many replicates stand behind a figure."""
        return self.run.replicates

    @cached_property
    def months(self) -> list[str]:
        """Months of the run, ``YYYY-MM``."""
        return months_of(self.scenario)

    @property
    def start(self) -> date:
        """First day of the run."""
        return start_of(self.scenario)

    @cached_property
    def _connection(self) -> DuckDBPyConnection:
        """By which all tables are read; opened for the first, gone with the reading."""
        return connect()

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame | None]:
        return {}

    def table(self, name: str) -> pd.DataFrame | None:
        """Return a table of every replicate kept (column ``replicate``), None if absent."""
        if name not in self._tables:
            frame = self.run.replicated(name, self._connection)
            self._tables[name] = None if frame is None or frame.empty else frame
        return self._tables[name]

    def outcome(self, name: str, kind: str) -> pd.DataFrame | None:
        """Return monthly values of an outcome by subject of a kind, for every replicate.

        Columns replicate, month, the kind (id of the subject), value; None if nobody wrote them.
        """
        outcomes = self.table("outcomes")
        if outcomes is None:
            return None
        chosen = outcomes[
            (outcomes["outcome"] == name)
            & (outcomes["month"] != "all")
            & outcomes["subject"].str.startswith(f"{kind}:")
        ]
        if chosen.empty:
            return None
        subject = chosen["subject"].str.slice(len(kind) + 1)
        return chosen.assign(**{kind: subject})[["replicate", "month", kind, "value"]]

    def _by_subject(self, kind: str, columns: Mapping[str, str]) -> pd.DataFrame | None:
        """Return outcomes of an ensemble as columns, a row a replicate, month and subject."""
        joined: pd.DataFrame | None = None
        keys = ["replicate", "month", kind]
        for column, outcome in columns.items():
            values = self.outcome(outcome, kind)
            if values is not None:
                own = values.rename(columns={"value": column})
                joined = own if joined is None else joined.merge(own, on=keys, how="outer")
        if joined is None or set(columns) - set(joined.columns):
            return None
        return joined

    @cached_property
    def encounters(self) -> pd.DataFrame | None:
        """Persons by replicate, month and sector: tried, the five outcomes, unit_hours."""
        sectors = self.table("sectors")
        if sectors is None:
            return None
        many = self._by_subject("sector", SECTOR_OUTCOMES) if self.runs > 1 else None
        if many is not None:
            return many
        return encounters_by_month(sectors, self.start)

    @cached_property
    def networks(self) -> pd.DataFrame | None:
        """Revenue, profit, persons and mean price by replicate, month and network."""
        networks = self.table("networks")
        if networks is None:
            return None
        many = self._by_subject("network", NETWORK_OUTCOMES) if self.runs > 1 else None
        if many is not None:
            return many
        return networks_by_month(networks, self.start)

    @cached_property
    def waits(self) -> pd.DataFrame | None:
        """Mean wait (min) and units served by replicate, month and post."""
        posts = self.table("posts")
        if posts is None:
            return None
        many = self._by_subject("post", POST_OUTCOMES) if self.runs > 1 else None
        if many is not None:
            return many
        return waits_by_month(posts, self.start)

    @cached_property
    def naming(self) -> Naming:
        """Names of places, legs, posts and the like, and the map."""
        return Naming(self.scenario, self.run.path)

    @cached_property
    def quantities(self) -> list[Assumption]:
        """Every quantity of the scenario, as it is written there."""
        return assumptions(self.scenario)

    @cached_property
    def sources(self) -> dict[str, int]:
        """Number of each source of a quantity or a measure, in order of appearance."""
        return sources(self.quantities, self.scenario)

    def names(self, kind: str) -> Mapping[str, str]:
        """Return labels by id of a kind: country, post, sector, network, leg, item, ..."""
        return self.naming.names(kind)

    @property
    def switches(self) -> Mapping[str, Any]:
        """Switches of the scenario."""
        return dict(self.scenario.get("switches") or {})

    @property
    def footnotes(self) -> dict[str, str]:
        """Footnote by country label, for labels that carry an asterisk."""
        return self.naming.footnotes

    @property
    def outlines(self) -> dict[str, Any] | None:
        """Outlines of countries: ``map.geojson`` of the folder, else the scenario's shipped map."""
        return self.naming.outlines


def reading_names(readings: pd.Series[str]) -> Mapping[str, str]:
    """Return labels of the readings; where no other reading occurs, ``other`` is all there is."""
    return READINGS if set(readings) - {"other"} else {"other": "all ways"}
