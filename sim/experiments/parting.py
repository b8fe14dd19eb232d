"""Where two runs part: what was asked differently, the first event that differs, what followed.

Institutional events and duty are read from what was recorded; the first party is found by making
both runs again side by side, hour by hour, and its story by listening to it in both. Draws are
keyed, so that two runs of one seed are equal until something differs that touches somebody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.errors import ModelError
from sim.experiments.trace import Event, PartyTrace, listen, made_again
from sim.model import BorderModel
from sim.movement.crowd import Rows
from sim.records.hashing import run_hash
from sim.records.run_reader import RunFolder
from sim.scenario.loading import from_text

#: Columns of a party in which runs are compared.
_COLUMNS = ("node", "leg", "offer", "state", "due", "persons", "funds", "attempts")
#: Days after the parting at which what followed is counted, besides the end.
AFTER = (1, 7, 30, 90)
#: Hours of a party's story told from the parting on.
TOLD = 30 * 24
#: Differences of what was asked that are named; more are counted.
NAMED = 20
#: Outcomes whose differences are named.
OUTCOMES_NAMED = 15


@dataclass(frozen=True)
class Change:
    """Something that stands in one run's records, or differs between both.

    Attributes:
        hour: Hours since start.
        time: The same in local civil time.
        subject: What it is about, type:id.
        one: What the first run holds.
        other: What the second run holds.
    """

    hour: float
    time: str
    subject: str
    one: str
    other: str


@dataclass(frozen=True)
class FirstParty:
    """The first party that parts.

    Attributes:
        hour: Hour in which it parts.
        time: The same in local civil time.
        key: Key of the party.
        persons: Persons in it.
        together: Parties that part in the same hour.
        one: Its story in the first run, from the last event before the parting on.
        other: Its story in the second run.
    """

    hour: int
    time: str
    key: int
    persons: int
    together: int
    one: list[Event]
    other: list[Event]


@dataclass
class Parting:
    """Where two runs part, and what followed.

    Attributes:
        identical: Both folders hold the same run.
        asked: What was asked differently, dotted key -> (first, second).
        event: The first institutional event that only one of them has.
        duty: The first day on which duty differs.
        party: The first party that parts.
        followed: Days after -> parties, and persons in them, whose way has become another.
        unmatched: Why no party could be followed, "" where they were.
        outcomes: Outcome -> values over the whole run, largest relative difference first.
    """

    identical: bool
    asked: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    event: Change | None = None
    duty: Change | None = None
    party: FirstParty | None = None
    followed: dict[str, tuple[int, int]] = field(default_factory=dict)
    unmatched: str = ""
    outcomes: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)

    @property
    def first(self) -> str:
        """What differs first: ``event``, ``duty``, ``party`` or "" for nothing."""
        found = {name: part.hour for name, part in (("event", self.event), ("duty", self.duty),
                 ("party", self.party)) if part is not None}  # fmt: skip
        return min(found, key=lambda name: found[name]) if found else ""


def part(one: RunFolder, other: RunFolder) -> Parting:
    """Return where two runs part; of an ensemble its replicate 0 is taken.

    Raises:
        ModelError: They have another start, other places or legs, so that nothing can be laid side
            by side; or this version does not repeat them.
    """
    if run_hash(one) == run_hash(other):
        return Parting(identical=True)
    found = Parting(identical=False, asked=_asked(one, other))
    _require_alike(one, other)
    clock = _clock(one)
    found.event = _first_event(one, other, clock)
    found.duty = _first_duty(one, other, clock)
    found.party, found.followed, found.unmatched = _Side.run_both(one, other)
    found.outcomes = _outcomes(one, other)
    return found


def _clock(run: RunFolder) -> Clock:
    scenario = from_text(run.scenario)
    return Clock(scenario.start, scenario.until, scenario.zone)


def _time(clock: Clock, hour: float) -> str:
    return clock.local(int(hour)).strftime("%Y-%m-%d %H:%M")


# What was asked ------------------------------------------------------------------------------


def _asked(one: RunFolder, other: RunFolder) -> dict[str, tuple[Any, Any]]:
    """Return what differs of seed, grain and resolved text, by dotted key."""
    texts = []
    for run in (one, other):
        plain = {k: run.manifest.get(k) for k in ("seed", "grain", "replicates", "crossborder")}
        texts.append(plain | dict(_leaves(run.scenario, "")))
    return {
        key: (texts[0].get(key), texts[1].get(key))
        for key in dict.fromkeys([*texts[0], *texts[1]])
        if texts[0].get(key) != texts[1].get(key)
    }


def _leaves(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        if "value" in value and "unit" in value:
            yield at, f"{value['value']:g} {value['unit']}"
            for end in ("low", "high"):
                if value.get(end) is not None:
                    yield f"{at}.{end}", value[end]
            return
        for key, inner in value.items():
            yield from _leaves(inner, f"{at}.{key}" if at else str(key))
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for number, row in enumerate(value, start=1):
            name = row.get("id") or row.get("leg") or number
            yield from _leaves(row, f"{at}.{name}")
    elif value not in (None, "", [], {}):
        yield at, value


def _require_alike(one: RunFolder, other: RunFolder) -> None:
    for name in ("start", "zone"):
        if one.scenario[name] != other.scenario[name]:
            raise ModelError(f"the runs differ in {name}: nothing of them can be laid side by side")
    for name, keys in (("places", ("id", "country")), ("legs", ("id", "from", "to"))):
        rows = [[[row[k] for k in keys] for row in run.scenario[name]] for run in (one, other)]
        if rows[0] != rows[1]:
            raise ModelError(f"the runs have other {name}: no party of one has its like in the "
                             "other")  # fmt: skip


# What was recorded ---------------------------------------------------------------------------


def _first_event(one: RunFolder, other: RunFolder, clock: Clock) -> Change | None:
    """Return the first institutional event that only one run has."""
    held: list[set[tuple[float, str, str, str]]] = []
    for run in (one, other):
        table = run.table("events")
        rows: Any = [] if table is None else table[["hour", "kind", "subject", "text"]].to_numpy()
        held.append({(float(h), str(k), str(s), str(t)) for h, k, s, t in rows})
    alone = held[0] ^ held[1]
    if not alone:
        return None
    first = min(alone)
    said = f"{first[1].replace('_', ' ')}: {first[3]}"
    sides = [said if first in side else "no such event" for side in held]
    return Change(first[0], _time(clock, first[0]), first[2], sides[0], sides[1])


def _first_duty(one: RunFolder, other: RunFolder, clock: Clock) -> Change | None:
    """Return the first day and place at which duty differs."""
    found = []
    for table, kind, column, unit in (
        ("sectors", "sector", "unit_hours", "patrol unit hours that day"),
        ("posts", "post", "on_duty", "officers on duty, mean of the day"),
    ):
        frames = [run.table(table) for run in (one, other)]
        if frames[0] is None or frames[1] is None:
            continue
        first, second = (f.groupby(["day", kind])[column].mean() for f in frames if f is not None)
        both = first.to_frame("one").join(second.to_frame("other"), how="inner")
        apart = both[(both["one"] - both["other"]).abs() > 1e-9]
        if len(apart):
            day, name = apart.index[0]
            values = [f"{apart.iloc[0][side]:g} {unit}" for side in ("one", "other")]
            found.append(Change(24.0 * day, _time(clock, 24 * day), f"{kind}:{name}", *values))
    return min(found, key=lambda change: change.hour) if found else None


def _outcomes(one: RunFolder, other: RunFolder) -> dict[str, tuple[float | None, float | None]]:
    values = []
    for run in (one, other):
        table = run.table("outcomes")
        assert table is not None
        whole = table[(table["month"] == "all") & (table["subject"] == "all")]
        values.append(dict(zip(whole["outcome"], whole["value"], strict=True)))

    def apart(name: str) -> float:
        a, b = (side.get(name, np.nan) for side in values)
        size = max(abs(a), abs(b))
        return abs(a - b) / size if size > 0 else 0.0

    names = sorted(values[0].keys() & values[1].keys(), key=lambda n: (-apart(n), n))
    chosen = [n for n in names if apart(n) > 0][:OUTCOMES_NAMED]
    return {n: (float(values[0][n]), float(values[1][n])) for n in chosen}


# Both runs again -----------------------------------------------------------------------------


class _Side:
    """One of the runs, made again; knows which parties its last window touched."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.model = made_again(run)
        self.rows: Rows = np.empty(0, np.intp)
        listen(self.model.world.passage, "resolve", before=self._resolves)

    def _resolves(self, rows: Rows, *_: Any) -> None:
        self.rows = rows

    def step(self) -> None:
        """Run one window."""
        self.rows = np.empty(0, np.intp)
        self.model.step()

    def check(self) -> None:
        """Hold the finished run against what was recorded of it."""
        counted = dict(self.run.manifest.get("counts", {}))
        digest = self.model.digest()
        if self.run.replicates == 1 and any(counted[k] != digest.get(k) for k in counted):
            raise ModelError(
                f"this version of crossborder does not repeat the run in {self.run.path} "
                f"(recorded by version {self.run.manifest['crossborder']}): run the scenario again"
            )

    @classmethod
    def run_both(
        cls, one: RunFolder, other: RunFolder
    ) -> tuple[FirstParty | None, dict[str, tuple[int, int]], str]:
        """Run both side by side; return the first party that parts, what followed, or why not."""
        sides = cls(one), cls(other)
        models = [side.model for side in sides]
        crowds = [model.world.crowd for model in models]
        keys = [crowd.key[: crowd.planned] for crowd in crowds]
        if not np.array_equal(keys[0], keys[1]):
            return (
                None,
                {},
                "another seed or other arrivals: no party has its like",
            )
        end = min(model.clock.hours for model in models)
        parted: tuple[int, int, int] | None = None
        followed: dict[str, tuple[int, int]] = {}
        while models[0].now < end:
            hour = models[0].now
            for side in sides:
                side.step()
            if parted is None:
                rows = _differing(models, np.union1d(sides[0].rows, sides[1].rows))
                if len(rows):
                    parted = hour, int(rows[0]), len(rows)
            elif (days := (models[0].now - parted[0]) / 24) in AFTER:
                followed[f"{days:.0f} d"] = _apart(models)
        for side in sides:
            if side.model.now == side.model.clock.hours:
                side.check()
        if parted is None:
            return None, {}, ""
        followed["end"] = _apart(models)
        return _told(one, other, *parted), followed, ""


def _differing(models: list[BorderModel], rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return those of the rows whose parties differ, in order."""
    one, other = (model.world.crowd for model in models)
    rows = rows[(rows < one.size) & (rows < other.size)]
    apart = np.zeros(len(rows), np.bool_)
    for name in _COLUMNS:
        apart |= getattr(one, name)[rows] != getattr(other, name)[rows]
    return np.asarray(rows[apart])


def _apart(models: list[BorderModel]) -> tuple[int, int]:
    """Return parties (not those split off) whose way has become another, and their persons."""
    one, other = (model.world.crowd for model in models)
    used = slice(0, one.planned)
    apart = np.zeros(one.planned, np.bool_)
    for name in (*_COLUMNS, "moves", "ended"):
        apart |= getattr(one, name)[used] != getattr(other, name)[used]
    return int(apart.sum()), int(one.persons[used][apart].sum())


def _told(one: RunFolder, other: RunFolder, hour: int, row: int, together: int) -> FirstParty:
    """Listen to the party in both runs, from their start to some weeks after the parting."""
    stories, models = [], []
    for run in (one, other):
        model = made_again(run)
        trace = PartyTrace(model, int(model.world.crowd.root[row]))
        last = min(hour + TOLD, model.clock.hours)
        while model.now < last and not (model.now > hour and trace.over):
            model.step()
        stories.append(trace.story().events)
        models.append(model)
    same = 0
    for a, b in zip(*stories, strict=False):
        if (a.hour, a.kind, a.text) != (b.hour, b.kind, b.text):
            break
        same += 1
    begin = max(same - 1, 0)
    crowd = models[0].world.crowd
    return FirstParty(
        hour, _time(models[0].clock, hour), int(crowd.key[row]), int(crowd.persons[row]), together,
        stories[0][begin:], stories[1][begin:],
    )  # fmt: skip
