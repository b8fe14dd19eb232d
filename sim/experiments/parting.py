"""Where two runs part: what was asked differently, the first event that differs, what followed.

Institutional events and duty are read from what was recorded; the first party is found by making
both runs again side by side, hour by hour, and its story by listening to it in both. Draws are
keyed, so that two runs of one seed are equal until something differs that touches somebody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.clock import Clock
from sim.errors import ModelError
from sim.experiments.asked import what_was_asked
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
_DAY = 24
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
        span: Hours from ``hour`` on in which it lies, where no more is recorded; 0: at that hour.
    """

    hour: float
    time: str
    subject: str
    one: str
    other: str
    span: int = 0


@dataclass(frozen=True)
class FirstParty:
    """The first party that parts.

    Attributes:
        hour: Hour in which it parts, the first of ``span``.
        time: The same in local civil time.
        key: Key of the party, of one split off that of the party it comes from.
        persons: Persons in it when it enters.
        together: Parties that part in the same span.
        one: Its story in the first run, from the last event before the parting on.
        other: Its story in the second run.
        span: Hours of a window.
    """

    hour: int
    time: str
    key: int
    persons: int
    together: int
    one: list[Event]
    other: list[Event]
    span: int = 1


@dataclass
class Parting:
    """Where two runs part, and what followed.

    Attributes:
        identical: Both folders hold the same run.
        asked: What was asked differently, dotted key -> (first, second); a measure that only one
            of them has is one entry.
        until: Where the shorter run ends, in local civil time, and with it all that is laid side
            by side but outcomes; "" where both are equally long.
        event: The first institutional event that only one of them has.
        duty: The first day on which duty differs.
        party: The first party that parts.
        followed: Days after -> parties, and persons in them, whose way has become another.
        unmatched: Why no party could be followed, "" where they were.
        outcomes: Outcome -> values over the whole run, largest relative difference first.
    """

    identical: bool
    asked: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    until: str = ""
    event: Change | None = None
    duty: Change | None = None
    party: FirstParty | None = None
    followed: dict[str, tuple[int, int]] = field(default_factory=dict)
    unmatched: str = ""
    outcomes: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)

    @property
    def order(self) -> list[str]:
        """What differs, of ``event``, ``duty`` and ``party``, in order of time.

        Duty is known by the day, parties by the window: an event within that time comes first.
        """
        found: dict[str, Change | FirstParty] = {
            name: part for name, part in (("event", self.event), ("duty", self.duty),
            ("party", self.party)) if part is not None
        }  # fmt: skip

        def hour(name: str) -> float:
            begins, span = found[name].hour, found[name].span
            within = self.event is not None and begins <= self.event.hour < begins + span
            return self.event.hour if self.event is not None and within else begins

        return sorted(found, key=hour)

    @property
    def first(self) -> str:
        """What differs first: ``event``, ``duty``, ``party`` or "" for nothing."""
        return self.order[0] if self.order else ""


def part(one: RunFolder, other: RunFolder) -> Parting:
    """Return where two runs part; of an ensemble its replicate 0 is taken.

    Raises:
        ModelError: They have another start, other places or legs, so that nothing can be laid side
            by side; or this version does not repeat them.
    """
    if run_hash(one) == run_hash(other):
        return Parting(identical=True)
    found = Parting(identical=False, asked=what_was_asked(one, other))
    _require_alike(one, other)
    clocks = _clock(one), _clock(other)
    clock = min(clocks, key=lambda c: c.hours)
    if clocks[0].hours != clocks[1].hours:
        found.until = _time(clock, clock.hours)
    found.event = _first_event(one, other, clock)
    found.duty = _first_duty(one, other, clock, whole_days=bool(found.until))
    found.party, found.followed, found.unmatched = _Side.run_both(one, other)
    found.outcomes = _outcomes(one, other)
    return found


def _clock(run: RunFolder) -> Clock:
    scenario = from_text(run.scenario)
    return Clock(scenario.start, scenario.until, scenario.zone)


def _time(clock: Clock, hour: float) -> str:
    return clock.local(int(hour)).strftime("%Y-%m-%d %H:%M")


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
    """Return the first institutional event that only one run has at its hour."""
    held: list[set[tuple[float, str, str, str]]] = []
    for run in (one, other):
        table = run.table("events")
        rows: Any = [] if table is None else table[["hour", "kind", "subject", "text"]].to_numpy()
        held.append({
            (float(h), str(k), str(s), str(t)) for h, k, s, t in rows if h < clock.hours
        })  # fmt: skip
    alone = held[0] ^ held[1]
    if not alone:
        return None
    first = min(alone)
    said = f"{first[1].replace('_', ' ')}: {first[3]}"
    sides = [said if first in side else "no such event at that hour" for side in held]
    return Change(first[0], _time(clock, first[0]), first[2], sides[0], sides[1])


def _first_duty(
    one: RunFolder, other: RunFolder, clock: Clock, *, whole_days: bool
) -> Change | None:
    """Return the first day (24 h from a multiple of 24 h on) and place at which duty differs.

    ``whole_days``: a last day of the clock that is shorter is left out.
    """
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
        if whole_days:
            both = both[_DAY * (both.index.get_level_values("day") + 1) <= clock.hours]
        apart = both[(both["one"] - both["other"]).abs() > 1e-9]
        if len(apart):
            day, name = apart.index[0]
            a, b = (f"{apart.iloc[0][side]:g} {unit}" for side in ("one", "other"))
            hour = float(_DAY * day)
            found.append(Change(hour, _time(clock, hour), f"{kind}:{name}", a, b, _DAY))
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
        windows = [model.clock.window for model in models]
        if windows[0] != windows[1]:
            return None, {}, (
                f"windows of {windows[0]} h and {windows[1]} h: a wider one moves parties later, "
                "so that they cannot be compared hour by hour"
            )  # fmt: skip
        # Of a run that ends within a window the other has no hour to compare.
        end = min(model.clock.hours for model in models)
        crowds = [model.world.crowd for model in models]
        shared = min(crowd.planned for crowd in crowds)
        # What is laid out behind the shared rows must not enter while both run.
        if not np.array_equal(crowds[0].key[:shared], crowds[1].key[:shared]) or any(
            (crowd.due[shared : crowd.planned] < end).any() for crowd in crowds
        ):
            return None, {}, _unmatched(one, other)
        persons = crowds[0].persons[:shared].copy()
        parted: tuple[int, int, int] | None = None
        followed: dict[str, tuple[int, int]] = {}
        while (hour := models[0].now) < end and _next(models[0]) == _next(models[1]):
            for side in sides:
                side.step()
            if parted is None:
                rows = _differing(models, [side.rows for side in sides], shared)
                if len(rows):
                    parted = hour, int(crowds[0].root[rows[0]]), len(rows)
            elif (days := (models[0].now - parted[0]) / 24) in AFTER:
                followed[f"{days:.0f} d"] = _apart(models, shared)
        for side in sides:
            if side.model.now == side.model.clock.hours:
                side.check()
        if parted is None:
            return None, {}, ""
        followed["end"] = _apart(models, shared)
        hour, row, together = parted
        told = _told(one, other, hour, row, models[0].now)
        return FirstParty(
            hour, _time(models[0].clock, hour), int(crowds[0].key[row]), int(persons[row]),
            together, *told, windows[0],
        ), followed, ""  # fmt: skip


def _unmatched(one: RunFolder, other: RunFolder) -> str:
    """Return why no party of one run can be followed in the other."""
    seeds = one.manifest["seed"], other.manifest["seed"]
    why = "other arrivals" if seeds[0] == seeds[1] else f"another seed ({seeds[0]}, {seeds[1]})"
    return f"{why}: no party has its like"


def _next(model: BorderModel) -> int:
    """Return the hour at which the next window ends."""
    return min(model.now + model.clock.window, model.clock.hours)


def _differing(models: list[BorderModel], touched: list[Rows], shared: int) -> Rows:
    """Return the first run's rows whose parties differ, of those that a side touched, in order.

    Split rows stand behind the planned ones of their run. One counts where both runs hold the
    same party in it; else its parents tell.
    """
    crowds = [model.world.crowd for model in models]
    behind = [crowd.planned - shared for crowd in crowds]
    places = np.union1d(*(
        np.where(rows < shared, rows, rows - more)
        for rows, more in zip(touched, behind, strict=True)
    ))  # fmt: skip
    places = places[places < min(c.size - more for c, more in zip(crowds, behind, strict=True))]
    one, other = (np.where(places < shared, places, places + more) for more in behind)
    same = crowds[0].key[one] == crowds[1].key[other]
    apart = np.zeros(len(places), np.bool_)
    for name in _COLUMNS:
        apart |= getattr(crowds[0], name)[one] != getattr(crowds[1], name)[other]
    return np.asarray(one[apart & same])


def _apart(models: list[BorderModel], shared: int) -> tuple[int, int]:
    """Return parties (not those split off) whose way has become another, and their persons."""
    one, other = (model.world.crowd for model in models)
    used = slice(0, shared)
    apart = np.zeros(shared, np.bool_)
    for name in (*_COLUMNS, "moves", "ended"):
        apart |= getattr(one, name)[used] != getattr(other, name)[used]
    return int(apart.sum()), int(one.persons[used][apart].sum())


def _told(
    one: RunFolder, other: RunFolder, hour: int, row: int, end: int
) -> tuple[list[Event], list[Event]]:
    """Listen to a party in both runs, from their start to some weeks after the parting.

    Returns:
        Its story in each run, from the last event before the parting on.
    """
    stories = []
    last = min(hour + TOLD, end)
    for run in (one, other):
        model = made_again(run)
        trace = PartyTrace(model, row)
        while model.now < last and not (model.now > hour and trace.over):
            model.step()
        stories.append([event for event in trace.story().events if event.hour <= last])
    same = 0
    for a, b in zip(*stories, strict=False):
        if (a.hour, a.kind, a.text) != (b.hour, b.kind, b.text):
            break
        same += 1
    begin = max(same - 1, 0)
    return stories[0][begin:], stories[1][begin:]
