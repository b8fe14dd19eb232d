"""Parameter sets that a fit accepted; an ensemble draws a whole set, never one of its numbers."""

from __future__ import annotations

from pydantic import Field

from sim.scenario.specs.base import Id, Row


class FittedSet(Row):
    """One accepted set of a recorded fit, numbers in the canonical unit of their fields.

    ``parameters`` by name; ``stopped_share`` by sector. ``misfit`` is the set's averaged relative
    difference on the months it was fitted to.
    """

    parameters: dict[Id, float] = {}
    stopped_share: dict[Id, float] = {}
    misfit: float = Field(ge=0)

    def values(self) -> dict[str, float]:
        """Return the numbers by dotted name."""
        named = {f"parameters.{name}": value for name, value in self.parameters.items()}
        named |= {f"sectors.{name}.stopped_share": v for name, v in self.stopped_share.items()}
        return named
