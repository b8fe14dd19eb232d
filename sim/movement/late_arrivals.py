"""Parties that nobody planned: they arrive while a run goes on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.movement.arrivals import lay_out_late
from sim.movement.calendar import DueCalendar
from sim.movement.crowd import NEVER, NOT_YET, Crowd
from sim.randomness import Draws
from sim.scenario.quantities import Quantity
from sim.scenario.specs.scenario import Scenario


class LateArrivals:
    """Parties added during a run, in a crowd of their own until their hour comes."""

    def __init__(
        self,
        scenario: Scenario,
        places: Mapping[str, int],
        crowd: Crowd,
        calendar: DueCalendar,
        draws: Draws,
    ) -> None:
        """Join the parts; ``places`` are numbers by id."""
        self._profiles = scenario.profiles
        self._mixes = {mix.id: mix for mix in scenario.mixes}
        self._places = places
        self._crowd = crowd
        self._calendar = calendar
        self._draws = draws
        self._coming: list[Crowd] = []

    def add(
        self,
        series: str,
        place: str,
        persons: int,
        mix: str,
        begin: int,
        end: float,
        vulnerable: Quantity | None = None,
    ) -> None:
        """Let more parties arrive, spread evenly over hours to come.

        Args:
            series: Name of their own series, not used before; it keys them.
            place: Id of the place where they enter.
            persons: Persons in all.
            mix: Id of the mix of profiles.
            begin: First hour, not before the one reached.
            end: Hour before which they have arrived.
            vulnerable: Share of parties with a hidden victim; None takes their profiles'.
        """
        profiles = self._profiles
        if vulnerable is not None:
            as_said = {"vulnerable_share": vulnerable}
            profiles = tuple(p.model_copy(update=as_said) for p in profiles)
        self._coming.append(lay_out_late(
            profiles, self._mixes[mix], series, persons, self._places[place], begin, end,
            self._draws,
        ))  # fmt: skip

    def admit(self, hour: int, hours: int) -> None:
        """Put those whose hour has come among the parties due in a window."""
        for late in self._coming:
            coming = np.flatnonzero((late.state == NOT_YET) & (late.due < hour + hours))
            if len(coming):
                due = np.maximum(late.due[coming], hour)
                late.due[coming] = NEVER
                rows = self._crowd.join(late, coming)
                self._crowd.due[rows] = due
                self._calendar.schedule(rows, due)
