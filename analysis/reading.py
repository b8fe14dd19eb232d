"""What a report reads of a run or an ensemble: tables, months, names, and how many runs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.outcomes import (
    encounters_by_month,
    months_of,
    networks_by_month,
    start_of,
    waits_by_month,
)
from sim.records.dictionary import LEDGER_ITEMS
from sim.records.run_reader import RunFolder

READINGS = {
    "cross": "Serbia to Bosnia and Herzegovina",
    "adriatic": "Adriatic route",
    "balkan": "Balkan route",
    "other": "other ways",
}
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

#: Items of the ledger whose name in the tables is no phrase.
ITEMS = {
    "exposure_hours": "time on legs",
    "asylum_wishes": "wish to claim asylum",
    "children_unaccompanied_stopped": "unaccompanied children screened",
    "children_referred": "unaccompanied children referred",
    "nights_without_place": "nights without a reception place",
    "returned_outside_children": "of these, children",
    "returned_outside_families": "of these, in families",
    "returned_outside_wish": "of these, wished to claim asylum",
}


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
    def _tables(self) -> dict[str, pd.DataFrame | None]:
        return {}

    def table(self, name: str) -> pd.DataFrame | None:
        """Return a table of every replicate kept (column ``replicate``), None if absent."""
        if name not in self._tables:
            frame = self.run.replicated(name)
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
    def _names(self) -> dict[str, dict[str, str]]:
        def of(table: str, key: str = "name") -> dict[str, str]:
            rows = self.scenario.get(table) or ()
            return {str(r["id"]): str(r.get(key) or r.get("name") or r["id"]) for r in rows}

        return {
            "country": of("countries", "label"),
            "place": of("places"),
            "post": of("posts"),
            "sector": of("sectors"),
            "network": of("networks"),
            "screenline": of("screenlines"),
            "route": of("routes"),
            "reading": READINGS,
            "leg": self._leg_names(),
            "item": {n: _item_name(n, i.unit) for n, i in LEDGER_ITEMS.items()},
        }

    def _leg_names(self) -> dict[str, str]:
        places = {
            str(p["id"]): str(p.get("name") or p["id"]) for p in self.scenario.get("places") or ()
        }
        names, modes = {}, {}
        for leg in self.scenario.get("legs") or ():
            tail, head = str(leg.get("from")), str(leg.get("to"))
            plain = f"{places.get(tail, tail)} to {places.get(head, head)}"
            names[str(leg["id"])] = str(leg.get("name") or plain)
            modes[str(leg["id"])] = str(leg.get("mode") or "")
        shared = {n for n, times in Counter(names.values()).items() if times > 1}
        return {i: f"{n}, {modes[i]}" if n in shared else n for i, n in names.items()}

    def names(self, kind: str) -> Mapping[str, str]:
        """Return labels by id of a kind: country, post, sector, network, leg, item, ...

        Labels that two ids share get the id added, so that a reader can tell them apart.
        """
        names = self._names[kind]
        times = Counter(names.values())
        return {i: n if times[n] == 1 else f"{n} ({i})" for i, n in names.items()}

    @property
    def switches(self) -> Mapping[str, Any]:
        """Switches of the scenario."""
        return dict(self.scenario.get("switches") or {})

    @cached_property
    def footnotes(self) -> dict[str, str]:
        """Footnote by country label, for labels that carry an asterisk."""
        rows = self.scenario.get("countries") or ()
        return {
            str(c.get("label") or c["name"]): str(c["footnote"]) for c in rows if c.get("footnote")
        }

    @cached_property
    def outlines(self) -> dict[str, Any] | None:
        """Outlines of countries: ``map.geojson`` of the folder, else the scenario's shipped map."""
        name = str(self.scenario.get("map") or "")
        if not name:
            return None
        kept = self.run.path / "map.geojson"
        if kept.is_file():
            return dict(json.loads(kept.read_text(encoding="utf-8")))
        shipped = resources.files("scenarios").joinpath(*Path(name).parts)
        if not shipped.is_file():
            return None
        return dict(json.loads(shipped.read_text(encoding="utf-8")))


def _item_name(name: str, unit: str) -> str:
    plain = ITEMS.get(name, name.replace("_", " "))
    return plain if unit in ("persons", *plain.split()) else f"{plain} ({unit})"


def reading_names(readings: pd.Series[str]) -> Mapping[str, str]:
    """Return labels of the readings; where no other reading occurs, ``other`` is all there is."""
    return READINGS if set(readings) - {"other"} else {"other": "all ways"}
