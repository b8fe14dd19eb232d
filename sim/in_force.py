"""Measures in force: applies dated changes and postings at their hour, and reverts them.

Phase 1 of a tick. Each target type has a *lever*: a pair of functions that read and set a
quantity. What a measure set reverts to the value the world had before when it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sim.clock import Clock
from sim.errors import ModelError
from sim.scenario.measures import Change, Posting


class Lever(Protocol):
    """What a target type lets measures change; ``target`` comes without its type."""

    def get(self, target: str, quantity: str) -> Any:
        """Return the value in force."""

    def set(self, target: str, quantity: str, value: Any) -> None:
        """Set the value in force from now on."""


class Officers(Protocol):
    """Where officers are posted (``sim.control.rosters.Rosters``)."""

    def begin(self, posting: Posting) -> None:
        """Let a posting begin."""

    def end(self, posting: Posting) -> None:
        """Let a posting end."""


@dataclass(frozen=True, slots=True)
class _Turn:
    hour: int
    begins: bool
    order: int
    what: Change | Posting


class MeasuresInForce:
    """Turns measures on and off by the hour.

    Args:
        changes: Quantities set for a time.
        postings: Officers moved for a time.
        levers: Lever by target type.
        officers: Rosters.
        clock: The run's clock.
        announce: Called with (hour, kind, subject, text) for the table of events.

    Raises:
        ModelError: A target type has no lever.
    """

    def __init__(
        self,
        changes: Iterable[Change],
        postings: Iterable[Posting],
        levers: Mapping[str, Lever],
        officers: Officers,
        clock: Clock,
        announce: Callable[[int, str, str, str], None],
    ) -> None:
        self._levers = levers
        self._officers = officers
        self._announce = announce
        self._before: dict[tuple[str, str], Any] = {}
        self._holding: dict[tuple[str, str], list[Change]] = {}
        self._turns: list[_Turn] = []
        everything: list[Change | Posting] = [*changes, *postings]
        for order, item in enumerate(everything):
            if isinstance(item, Change) and item.target.partition(":")[0] not in levers:
                raise ModelError(f"measure {item.measure}: nothing can be changed at {item.target}")
            since = clock.hour_of(item.since)
            until = clock.hours if item.until is None else clock.hour_of(item.until)
            if until <= 0 or since >= clock.hours or until <= since:
                continue
            self._turns.append(_Turn(max(since, 0), True, order, item))
            if until < clock.hours:
                self._turns.append(_Turn(until, False, order, item))
        # What ends makes room before what begins in the same hour.
        self._turns.sort(key=lambda t: (t.hour, t.begins, t.order))
        self._next = 0

    @property
    def next_hour(self) -> int | None:
        """Hour of the next turn, None when there is none."""
        return self._turns[self._next].hour if self._next < len(self._turns) else None

    def turn(self, hour: int) -> frozenset[str]:
        """Apply everything due up to ``hour``.

        Returns:
            Names of the quantities that changed, ``officers`` for postings: a measure that sets
            what already holds changes nothing.
        """
        changed = set()
        while self._next < len(self._turns) and self._turns[self._next].hour <= hour:
            turn = self._turns[self._next]
            self._next += 1
            if isinstance(turn.what, Change):
                if self._change(turn.what, turn.begins):
                    changed.add(turn.what.quantity)
                kind, text = _told(turn.what, turn.begins)
            else:
                (self._officers.begin if turn.begins else self._officers.end)(turn.what)
                posting = turn.what
                if posting.officers:
                    changed.add("officers")
                sign = posting.officers if turn.begins else -posting.officers
                text = f"{posting.measure}: {sign:+g} {posting.service} of {posting.country}"
                kind = "measure begins" if turn.begins else "measure ends"
            self._announce(hour, kind, turn.what.target, text)
        return frozenset(changed)

    def _change(self, change: Change, begins: bool) -> bool:
        kind, _, target = change.target.partition(":")
        lever = self._levers[kind]
        key = (change.target, change.quantity)
        stack = self._holding.setdefault(key, [])
        if begins:
            if not stack:
                self._before[key] = lever.get(target, change.quantity)
            stack.append(change)
        else:
            stack.remove(change)
        value = stack[-1].value if stack else self._before.pop(key)
        if lever.get(target, change.quantity) == value:
            return False
        lever.set(target, change.quantity, value)
        return True


def _told(change: Change, begins: bool) -> tuple[str, str]:
    """Return kind and text of the event that a change makes."""
    if change.quantity == "in_force":
        return ("agreement in force" if begins else "agreement ends"), str(change.value)
    what = f"{change.quantity} = {change.value}" if begins else f"{change.quantity} as before"
    return ("measure begins" if begins else "measure ends"), f"{change.measure}: {what}"
