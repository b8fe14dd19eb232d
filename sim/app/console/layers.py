"""Numbers of a run as arrays: frame x item, whole, little-endian, compressed in blocks.

A browser fetches each block once and scrubs in its own memory. Values are whole numbers after
``scale``; what is not recorded is the largest number of the type.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.outcomes import FINAL
from sim.records.parquet import literal
from sim.records.run_reader import RunFolder

F64 = NDArray[np.float64]
Step = Literal["hour", "day", "month"]

#: Bytes of a block before compression.
BLOCK_BYTES = 1 << 19
#: Lengths (days) of the windows a map may sum over; the browser draws one width scale a window.
WINDOWS = (1, 7, 30)


@dataclass(frozen=True)
class Layer:
    """One quantity of every item of a kind through time.

    Attributes:
        name: ``KIND.QUANTITY``.
        title: What it is, in words.
        unit: Unit of the values.
        kind: Kind of the items: leg, sector, post, country.
        step: What a frame is.
        values: Shape ``(frames, items)``; NaN is not recorded.
        scale: Stored numbers are values x scale, rounded.
    """

    name: str
    title: str
    unit: str
    kind: str
    step: Step
    values: F64
    scale: int = 1

    @property
    def frames_per_block(self) -> int:
        """How many frames a block holds."""
        row = max(int(self.values.shape[1]), 1) * int(self.dtype.itemsize)
        return max(BLOCK_BYTES // row, 1)

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return -(-int(self.values.shape[0]) // self.frames_per_block)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Smallest unsigned little-endian type that holds every value and the missing mark."""
        peak = np.nanmax(self.values, initial=0.0) * self.scale
        return np.dtype("<u2" if peak < np.iinfo(np.uint16).max else "<u4")

    def head(self) -> dict[str, Any]:
        """Return what the browser must know to read the blocks."""
        return {
            "name": self.name, "title": self.title, "unit": self.unit, "kind": self.kind,
            "step": self.step, "frames": self.values.shape[0], "items": self.values.shape[1],
            "bytes": self.dtype.itemsize, "scale": self.scale, "blocks": self.blocks,
            "framesPerBlock": self.frames_per_block, "peaks": self.peaks(),
        }  # fmt: skip

    def peaks(self) -> dict[str, float]:
        """Return the largest sum of any item over any window, by its length, and over all."""
        days = 24 if self.step == "hour" else 1
        reached = np.nancumsum(self.values, axis=0)
        peaks = {"all": float(reached[-1].max(initial=0.0)) if len(reached) else 0.0}
        for window in WINDOWS:
            lag = window * days
            sums = reached.copy()
            sums[lag:] -= reached[:-lag]
            peaks[str(window)] = float(sums.max(initial=0.0))
        return peaks

    def block(self, number: int) -> bytes:
        """Return a block, gzip-compressed (IndexError if there is none of that number)."""
        if not 0 <= number < self.blocks:
            raise IndexError(number)
        start = number * self.frames_per_block
        part = self.values[start : start + self.frames_per_block] * self.scale
        missing = np.iinfo(self.dtype).max
        whole = np.where(np.isnan(part), missing, np.rint(part)).astype(self.dtype)
        return gzip.compress(whole.tobytes(), compresslevel=6, mtime=0)


def layers_of(run: RunFolder, frames: int, months: Sequence[str]) -> dict[str, Layer]:
    """Return the layers of a run (of replicate 0 in an ensemble) by name.

    Args:
        run: The folder.
        frames: Days of the run.
        months: Its months, ``YYYY-MM``.
    """
    made = [_legs(run, frames)]
    made += _sectors(run, frames)
    made += _posts(run, frames)
    made += _countries(run, months)
    return {layer.name: layer for layer in made}


def _legs(run: RunFolder, days: int) -> Layer:
    hourly = "hourly_flows" in run.tables()
    table, column = ("hourly_flows", "hour") if hourly else ("flows", "day")
    rows = _rows(run, table, f'SELECT {column}, leg, persons FROM "{table}"')
    frames = days * 24 + 24 if hourly else days
    values = _grid(rows, column, "leg", "persons", frames, _ids(run, "legs"))
    step: Step = "hour" if hourly else "day"
    return Layer("leg.persons", "set out", "persons", "leg", step, values)


def _sectors(run: RunFolder, days: int) -> list[Layer]:
    titles = {
        "tried": "tried to cross", "not_seen": "not seen", "lost": "seen, not reached",
        "aborted": "turned back on sight of a patrol", "intercepted": "stopped and registered",
        "outside": "returned outside procedure",
    }  # fmt: skip
    rows = _rows(run, "sectors", f"SELECT day, sector, {', '.join(titles)} FROM sectors")
    ids = _ids(run, "sectors")
    return [
        Layer(f"sector.{name}", title, "persons", "sector", "day",
              _grid(rows, "day", "sector", name, days, ids))
        for name, title in titles.items()
    ]  # fmt: skip


def _posts(run: RunFolder, days: int) -> list[Layer]:
    rows = _rows(
        run,
        "posts",
        "SELECT day, post, sum(served) AS served, sum(tried) AS tried, sum(found) AS found, "
        "sum(queue) AS queue, max(on_duty) AS on_duty, "
        "sum(mean_wait * served) FILTER (mean_wait IS NOT NULL) / "
        "nullif(sum(served) FILTER (mean_wait IS NOT NULL), 0) AS mean_wait "
        "FROM posts GROUP BY day, post",
    )
    ids = _ids(run, "posts")

    def layer(name: str, title: str, unit: str, scale: int = 1, blank: float = 0.0) -> Layer:
        values = _grid(rows, "day", "post", name, days, ids, blank)
        return Layer(f"post.{name}", title, unit, "post", "day", values, scale)

    return [
        layer("served", "lawful units served", "units"),
        layer("mean_wait", "mean wait of lawful units", "min", 10, np.nan),
        layer("queue", "mean queue", "units", 10),
        layer("on_duty", "officers on duty, mean", "officers", 10),
        layer("tried", "irregular uses tried", "persons"),
        layer("found", "irregular uses found", "persons"),
    ]


def _countries(run: RunFolder, months: Sequence[str]) -> list[Layer]:
    rows = _rows(
        run,
        "stocks",
        "SELECT month, country, sum(persons) AS persons FROM stocks "
        f"WHERE state NOT IN ({', '.join(literal(state) for state in FINAL)}) "
        "GROUP BY month, country",
    )
    place = {month: i for i, month in enumerate(months)}
    rows["frame"] = np.array([place[str(m)] for m in rows["month"]], dtype=np.int64)
    values = _grid(rows, "frame", "country", "persons", len(months), _ids(run, "countries"))
    title = "present at the end of the last month"
    return [Layer("country.present", title, "persons", "country", "month", values)]


def _ids(run: RunFolder, table: str) -> list[str]:
    return [str(row["id"]) for row in run.scenario.get(table) or ()]


def _rows(run: RunFolder, table: str, query: str) -> dict[str, NDArray[Any]]:
    if table not in run.tables():
        return {}
    frame = run.sql(query)
    return {str(name): frame[name].to_numpy() for name in frame.columns}


def _grid(
    rows: Mapping[str, NDArray[Any]], frame: str, item: str, value: str, frames: int,
    ids: Sequence[str], blank: float = 0.0,
) -> F64:  # fmt: skip
    """Return rows laid out as ``(frames, items)``; what has no row is ``blank``."""
    values = np.full((frames, len(ids)), blank)
    if not rows or value not in rows or not len(rows[value]):
        return values
    at, column = np.unique(rows[item].astype(str), return_inverse=True)
    place = {name: i for i, name in enumerate(ids)}
    found = np.array([place.get(str(name), -1) for name in at])[column]
    when = rows[frame].astype(np.int64)
    kept = (found >= 0) & (when >= 0) & (when < frames)
    values[when[kept], found[kept]] = rows[value][kept].astype(float)
    return values
