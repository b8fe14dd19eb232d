"""Names of what a scenario holds, as figures and tables print them; and its map."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from sim.records.dictionary import LEDGER_ITEMS

READINGS = {
    "cross": "Serbia to Bosnia and Herzegovina",
    "adriatic": "Adriatic route",
    "balkan": "Balkan route",
    "other": "other ways",
}
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
class Naming:
    """Names of a resolved scenario.

    Attributes:
        scenario: The text of ``scenario.json``.
        path: Folder in which a map of its own may stand.
    """

    scenario: Mapping[str, Any]
    path: Path

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
            "centre": of("centres"),
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
        kept = self.path / "map.geojson"
        if kept.is_file():
            return dict(json.loads(kept.read_text(encoding="utf-8")))
        shipped = resources.files("scenarios").joinpath(*Path(name).parts)
        if not shipped.is_file():
            return None
        return dict(json.loads(shipped.read_text(encoding="utf-8")))


def _item_name(name: str, unit: str) -> str:
    plain = ITEMS.get(name, name.replace("_", " "))
    return plain if unit in ("persons", *plain.split()) else f"{plain} ({unit})"
