"""What the questions are asked of: a resolved tree and ways to place a problem in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import cached_property

from sim.errors import Problem
from sim.scenario.measures import Measure
from sim.scenario.specs.control import Post, Reserve, Sector
from sim.scenario.specs.geography import Leg, Place
from sim.scenario.specs.scenario import Scenario
from sim.scenario.tree import Path
from sim.scenario.validation import Resolved


class Subject:
    """A scenario, sound in its rows if not as a whole, and the marks of what was written."""

    def __init__(self, resolved: Resolved) -> None:
        self.resolved = resolved
        self.scenario: Scenario = resolved.scenario

    def problem(self, rule: str, path: Path, message: str, remedy: str) -> Problem:
        """Return a problem at a key; the file, line and value are those written there."""
        return self.resolved.tree.problem(rule, path, message, remedy)

    def document(self, *path: str) -> str:
        """Return the document in which a value was written."""
        return self.resolved.tree.mark(path).document

    def written(self, *path: str) -> object:
        """Return the value as written at a key."""
        return self.resolved.tree.value(path)

    def sound(self, *keys: str) -> bool:
        """Return whether the header values named were given and valid."""
        return not self.resolved.unsound & set(keys)

    def ids(self, name: str) -> frozenset[str]:
        """Return the ids of a list, rows with mistakes included."""
        return self.resolved.ids[name]

    def complete(self, name: str) -> bool:
        """Return whether every row of a list is sound, and the list was not misspelt."""
        rows = getattr(self.scenario, name)
        return len(rows) == len(self.ids(name)) and not self.excused(name)

    def excused(self, *path: str) -> bool:
        """Return whether something is missing only because a key was misspelt for it."""
        return path in self.resolved.tree.excused

    @cached_property
    def places(self) -> dict[str, Place]:
        """Sound places by id."""
        return {row.id: row for row in self.scenario.places}

    @cached_property
    def legs(self) -> dict[str, Leg]:
        """Sound legs by id."""
        return {row.id: row for row in self.scenario.legs}

    @cached_property
    def sectors(self) -> dict[str, Sector]:
        """Sound sectors by id."""
        return {row.id: row for row in self.scenario.sectors}

    @cached_property
    def posts(self) -> dict[str, Post]:
        """Sound posts by id."""
        return {row.id: row for row in self.scenario.posts}

    @cached_property
    def reserves(self) -> dict[str, Reserve]:
        """Sound reserves by id."""
        return {row.id: row for row in self.scenario.reserves}

    def station(self, kind: str, name: str) -> Post | Sector | Reserve | None:
        """Return the sound post, sector or reserve of this name, None for another kind."""
        found: dict[str, Post | Sector | Reserve | None] = {
            "post": self.posts.get(name),
            "sector": self.sectors.get(name),
            "reserve": self.reserves.get(name),
        }
        return found.get(kind)

    def measures(self) -> Iterator[tuple[str, Measure]]:
        """Yield the measures in force with the list each stands in."""
        if self.scenario.switches.history:
            yield from (("history", m) for m in self.scenario.history)
        yield from (("measures", m) for m in self.scenario.measures)

    def until(self, day: date | None) -> date:
        """Return an end as a date, without end as the last of all days."""
        return date.max if day is None else day


Check = Callable[[Subject], Iterator[Problem]]
