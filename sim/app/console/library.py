"""What the console may open: runs under one folder, shipped scenarios, exercises.

A browser names a run by an id made here. Ids are looked up among what was found on disk; no text
from the network is ever made into a path.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from sim.app.console.recorded import Recorded
from sim.records.parquet import connect
from sim.records.tables import SCHEMA

Facts = dict[str, Any]

#: How deep under the folder runs are looked for, and how many are listed, newest first.
DEPTH = 3
MOST_RUNS = 500
#: Runs kept in memory.
KEPT = 4


@dataclass(frozen=True)
class Entry:
    """A run found on disk.

    Attributes:
        id: What a browser calls it; changes with the run's content.
        path: Its folder.
        manifest: Content of its manifest.
    """

    id: str
    path: Path
    manifest: Facts

    def facts(self) -> Facts:
        """Return the row of the library."""
        manifest = self.manifest
        return {
            "id": self.id, "name": self.path.name, "scenario": manifest.get("scenario", ""),
            "plan": manifest.get("plan", ""), "seed": manifest.get("seed"),
            "replicates": manifest.get("replicates", 1), "finished": manifest.get("finished", ""),
            "report": (self.path / "report.html").is_file(),
        }  # fmt: skip


class Library:
    """Runs under a folder; the last few opened stay in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: OrderedDict[str, Recorded] = OrderedDict()
        self._lock = Lock()
        with connect(threads=1):
            pass  # loading the database takes a moment: not while a browser waits

    def entries(self) -> list[Entry]:
        """Return the whole runs under the folder, newest first; what is no run is passed over."""
        found = [entry for file in _manifests(self.folder) if (entry := _entry(file)) is not None]
        found.sort(key=lambda e: (str(e.manifest.get("finished", "")), e.id), reverse=True)
        return found[:MOST_RUNS]

    def find(self, run: str) -> Entry | None:
        """Return the run with an id, None if there is none (any more)."""
        return next((entry for entry in self.entries() if entry.id == run), None)

    def recorded(self, run: str) -> Recorded | None:
        """Return an opened run (RunFolderError if it is damaged), None for an unknown id."""
        with self._lock:
            if run in self._open:
                self._open.move_to_end(run)
                return self._open[run]
            entry = self.find(run)
            if entry is None:
                return None
            opened = Recorded.open(entry.path)
            _ = opened.layers  # once, under the lock
            self._open[run] = opened
            while len(self._open) > KEPT:
                self._open.popitem(last=False)
            return opened


def _manifests(folder: Path) -> list[Path]:
    levels = ("/".join(["*"] * depth + ["manifest.json"]) for depth in range(DEPTH + 1))
    found = (file for pattern in levels for file in folder.glob(pattern))
    return [f for f in found if not any(p.startswith(".") for p in f.relative_to(folder).parts)]


def _entry(file: Path) -> Entry | None:
    try:
        text = file.read_text(encoding="utf-8")
        manifest = json.loads(text)
    except (OSError, ValueError):
        return None
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        return None
    if manifest.get("status") != "complete":
        return None
    name = hashlib.sha256(f"{file.resolve()}\n{text}".encode()).hexdigest()[:20]
    return Entry(name, file.parent, manifest)


def shipped_scenarios() -> list[Facts]:
    """Return shipped scenarios and plans."""
    from sim.scenario.loading import shipped

    return [row._asdict() for row in shipped() if row.kind in ("scenario", "plan")]


def shipped_exercises() -> list[Facts]:
    """Return shipped exercises with what they train."""
    from sim.exercises import loading
    from sim.scenario.yaml_text import read_yaml

    rows = []
    for name, path in loading.shipped_exercises().items():
        node, _ = read_yaml(path.read_text(encoding="utf-8"), name)
        head = node.value if node is not None else {}
        words = head["summary"].value if "summary" in head else ""
        rows.append({"name": name, "summary": str(words)})
    return rows
