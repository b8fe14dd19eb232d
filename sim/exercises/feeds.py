"""Numbered events by role: what a client that lost the line asks for again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sim.records.manifest import canonical


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One event in a role's feed.

    Attributes:
        n: Number within the role's feed, from 1 without gaps.
        hour: Simulation hour.
        time: The same in civil time.
        kind: ``inject``, ``message``, ``decision``, ``refused``, ``answers``, ``clock``; for the
            staff also ``effect``, ``effect refused``, ``inject held``, ``inject planned``, ``inject
            skipped``, ``late``, ``met``, ``presence``, ``note``, ``rating``.
        sender: Who speaks or acts; empty for the exercise itself.
        text: Plain text, never markup.
        facts: More, as plain data.
    """

    n: int
    hour: int
    time: str
    kind: str
    sender: str
    text: str
    facts: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "n": self.n, "hour": self.hour, "time": self.time, "kind": self.kind,
            "sender": self.sender, "text": self.text, "facts": dict(self.facts),
        }  # fmt: skip


#: What only the staff may know of an inject: the facts of a report are told when it is false.
_STAFF_ONLY = frozenset({"inject", "type", "about", "claims"})


def as_player(event: FeedEvent) -> FeedEvent:
    """Return an event as a player is told it: an inject looks the same whether it is true."""
    kept = {key: value for key, value in event.facts.items() if key not in _STAFF_ONLY}
    return replace(event, facts=kept)


@dataclass(slots=True)
class Feed:
    """The events of one role, in order."""

    events: list[FeedEvent] = field(default_factory=list)

    def add(
        self, hour: int, time: str, kind: str, sender: str, text: str, facts: Mapping[str, Any]
    ) -> FeedEvent:
        """Append an event and return it."""
        event = FeedEvent(len(self.events) + 1, hour, time, kind, sender, text, dict(facts))
        self.events.append(event)
        return event

    def after(self, n: int) -> tuple[FeedEvent, ...]:
        """Return the events with numbers above ``n``."""
        return tuple(self.events[max(n, 0) :])

    def digest(self) -> str:
        """Return the SHA-256 of all events but their words, which a purge may remove."""
        # Who an inject is from is written by hand, as its words are.
        plain = [
            [e.n, e.hour, e.kind, "" if e.kind == "inject" else e.sender, dict(e.facts)]
            for e in self.events
        ]
        return hashlib.sha256(canonical(plain).encode()).hexdigest()
