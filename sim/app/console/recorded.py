"""One run as a browser replays it: facts as JSON once, then layers in blocks."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis.naming import Naming
from analysis.outcomes import amount
from analysis.reading import Reading
from sim.app.console.layers import WINDOWS, Layer, layers_of
from sim.clock import Clock
from sim.records.run_reader import RunFolder

Facts = dict[str, Any]

#: Most events handed to a browser; a run with more says how many are left out.
MOST_EVENTS = 5000


class Recorded:
    """A finished run, read when first asked for."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self._reading = Reading(run)

    @classmethod
    def open(cls, folder: Path) -> Recorded:
        """Open a run folder (RunFolderError if it is not whole)."""
        return cls(RunFolder.open(folder))

    @cached_property
    def clock(self) -> Clock:
        """Clock of the run."""
        text = self.run.scenario
        start, until = (date.fromisoformat(str(text[key])) for key in ("start", "until"))
        return Clock(start, until, str(text["zone"]))

    @cached_property
    def layers(self) -> dict[str, Layer]:
        """Layers by name."""
        return layers_of(self.run, (self.clock.until - self.clock.start).days, self._reading.months)

    def facts(self) -> Facts:
        """Return everything but the numbers that change with time."""
        manifest = self.run.manifest
        events, left_out = self._events()
        return {
            "run": {
                "scenario": manifest["scenario"], "plan": manifest["plan"],
                "seed": manifest["seed"], "replicates": self.run.replicates,
                "hash": manifest["scenario_hash"],
            },
            "clock": clock_facts(self.clock),
            "world": world_facts(self.run.scenario),
            "layers": [layer.head() for layer in self.layers.values()],
            "windows": list(WINDOWS),
            "months": self._reading.months,
            "events": events,
            "eventsLeftOut": left_out,
        }  # fmt: skip

    def outlines(self) -> Facts | None:
        """Return the outlines of countries, None for a region without a map."""
        return self._reading.naming.outlines

    def _events(self) -> tuple[list[Facts], int]:
        if "events" not in self.run.tables():
            return [], 0
        frame = self.run.sql("SELECT hour, kind, subject, text FROM events ORDER BY hour, subject")
        rows = frame.head(MOST_EVENTS).to_dict("records")
        return [{str(k): v for k, v in row.items()} for row in rows], len(frame) - len(rows)


def clock_facts(clock: Clock) -> Facts:
    """Return what a browser needs to tell the local time of an hour.

    ``midnights`` are the hours since start at which a civil day begins, the end of the run last.
    """
    days = (clock.until - clock.start).days
    return {
        "start": str(clock.start), "until": str(clock.until), "zone": clock.zone,
        "epoch": clock.start_utc.timestamp(), "hours": clock.hours,
        "midnights": [clock.hour_of(clock.start + timedelta(days=d)) for d in range(days + 1)],
    }  # fmt: skip


def world_facts(text: Facts) -> Facts:
    """Return places, legs and controls with their names, in the order of the layers' items.

    Args:
        text: A resolved scenario as plain data.
    """
    countries = _rows(text, "countries")
    names = Naming(text, Path()).names("leg")
    return {
        "title": str(text["scenario"]).replace("_", " "),
        "summary": str(text.get("summary") or ""),
        "synthetic": bool(text.get("synthetic")),
        "countries": [
            {"id": c["id"], "label": str(c.get("label") or c["name"])} for c in countries
        ],
        "footnotes": sorted({str(c["footnote"]) for c in countries if c.get("footnote")}),
        "places": [_sited(p, kind=p["kind"], country=p["country"]) for p in _rows(text, "places")],
        "legs": [_leg(leg, names) for leg in _rows(text, "legs")],
        "sectors": [_control(s) for s in _rows(text, "sectors")],
        "posts": [_control(p) for p in _rows(text, "posts")],
        "centres": [_sited(c) for c in _rows(text, "centres") if c["type"] == "centre"],
        "networks": [
            {"id": n["id"], "name": str(n.get("name") or n["id"])} for n in _rows(text, "networks")
        ],
    }


def _rows(text: Facts, table: str) -> list[Facts]:
    return list(text.get(table) or ())


def _sited(row: Facts, **more: Any) -> Facts:
    name = str(row.get("name") or row["id"])
    return {"id": row["id"], "name": name, "lon": amount(row["lon"]), "lat": amount(row["lat"]),
            **more}  # fmt: skip


def _control(row: Facts) -> Facts:
    return _sited(row, border=row.get("border") or "", country=row["country"])


def _leg(leg: Facts, names: Any) -> Facts:
    return {
        "id": leg["id"], "name": names[str(leg["id"])], "from": leg.get("from", leg.get("tail")),
        "to": leg.get("to", leg.get("head")), "mode": leg.get("mode") or "",
        "border": leg.get("border") or "",
        "via": [[float(number) for number in point.split()] for point in leg.get("via") or ()],
    }  # fmt: skip
