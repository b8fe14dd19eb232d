"""Officers at the start: those a scenario states, and those solved once from a share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.control.rosters import Rosters, Station
from sim.control.solved_officers import solve_officers
from sim.errors import ModelError
from sim.movement.leg_table import LegTable
from sim.scenario.measures import Posting
from sim.scenario.quantities import Quantity
from sim.scenario.specs.control import Power, Sector, ShiftPattern
from sim.scenario.specs.scenario import Scenario

_SAMPLE = 10_000.0
_DAY = 24


def base_postings(scenario: Scenario, solved: Mapping[str, float]) -> tuple[Posting, ...]:
    """Return the officers on the books before any measure, as postings without an end.

    Args:
        scenario: Resolved scenario.
        solved: Officers by sector id where they were solved from a share.
    """
    rows = []
    for sector in scenario.sectors:
        if sector.id in solved:
            counts = {"border_police": solved[sector.id]}
        else:
            counts = {str(s): q.value for s, q in sector.officers.items()}
        rows += [_posting(f"sector:{sector.id}", sector.country, s, n) for s, n in counts.items()]
    at = (("post", scenario.posts), ("desk", scenario.desks), ("reserve", scenario.reserves))
    for name, places in at:
        for place in places:
            rows += [
                _posting(f"{name}:{place.id}", place.country, s, q.value)
                for s, q in place.officers.items()
            ]
    return tuple(rows)


def with_officers(scenario: Scenario, solved: Mapping[str, float]) -> Scenario:
    """Return the scenario with the officers solved from shares on its sectors' rows."""
    sectors = tuple(
        s.model_copy(
            update={"officers": {"border_police": Quantity(solved[s.id], unit="officers")}}
        )
        if s.id in solved
        else s
        for s in scenario.sectors
    )
    return scenario.model_copy(update={"sectors": sectors})


def require_givers(postings: Iterable[Posting], rosters: Rosters) -> None:
    """Refuse measures that together take more officers from somewhere than there are.

    Args:
        postings: Those of all measures.
        rosters: Who is on the books before any measure.

    Raises:
        ModelError: Names the place, how many there are and how many are asked for.
    """
    takers = [p for p in postings if p.officers < 0]
    for one in takers:
        together = [
            p for p in takers
            if (p.target, p.country, p.service) == (one.target, one.country, one.service)
            and p.since <= one.since and (p.until is None or one.since < p.until)
        ]  # fmt: skip
        asked = -sum(p.officers for p in together)
        held = rosters.held(one.target, one.country, one.service)
        if asked > held + 1e-9:
            names = ", ".join(sorted({p.measure for p in together}))
            raise ModelError(
                f"{one.target} has {held:.1f} {one.service} officers of {one.country} and is "
                f"asked for {asked:g} from {one.since} by {names}; ask for at most {held:.1f}"
            )


def _posting(target: str, country: str, service: str, officers: float) -> Posting:
    return Posting("", target, country, service, officers, date.min, None)


def able(
    duty: NDArray[np.int64], services: Sequence[str], powers: Sequence[Power], task: str
) -> NDArray[np.int64]:
    """Return own officers who may do a task, by place and hour; ``duty`` has services between."""
    may = {power.service for power in powers if power.task == task and power.lent_by is None}
    who = [i for i, service in enumerate(services) if service in may]
    return np.asarray(duty[:, who].sum(axis=1))


def officers_needing_solution(
    scenario: Scenario, legs: LegTable, stations: Sequence[Station], clock: Clock
) -> dict[str, float]:
    """Return officers by sector id for the sectors that state a stopped share instead.

    Solved once, at the start, before any search over parameters (SHIFT.md); status ``assumed
    (solved from a share)``. The stay is that of the sector's own legs, barrier included.
    """
    station_of = {s.target: s for s in stations}
    patterns = {p.id: p for p in scenario.shift_patterns}
    solved = {}
    for i, sector in enumerate(scenario.sectors):
        if sector.stopped_share is None:
            continue
        mine = np.flatnonzero(legs.sector == i)
        stay = float((legs.stay + legs.barrier)[mine].mean()) if len(mine) else 0.0
        station = station_of[f"sector:{sector.id}"]
        solved[sector.id] = _solve(
            _Frozen(scenario, sector, patterns[sector.shift], station, stay, clock)
        )
    return solved


class _Frozen:
    """Everything a solution depends on, hashable by value, so that it is found once a process."""

    def __init__(
        self,
        scenario: Scenario,
        sector: Sector,
        pattern: ShiftPattern,
        station: Station,
        stay: float,
        clock: Clock,
    ) -> None:
        self.sector, self.pattern, self.station = sector, pattern, station
        self.stay, self.clock = stay, clock
        self.widths, self.race = scenario.detection_widths, scenario.switches.race
        self.aftermath = tuple(
            a for a in scenario.aftermath
            if (a.border, a.country) == (sector.border, sector.country)
        )  # fmt: skip
        self.party_speed = scenario.parameters["party_speed"].value
        widths = [w for w in self.widths if w.terrain == sector.terrain]
        self._key = repr((
            sector, pattern, station.zone, stay, clock.start, clock.until, clock.zone, widths,
            self.race, self.aftermath, self.party_speed,
        ))  # fmt: skip

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen) and other._key == self._key


@lru_cache(maxsize=1024)
def _solve(case: _Frozen) -> float:
    share = case.sector.stopped_share
    assert share is not None
    profile = _duty_profile(case.station, case.pattern, case.clock)
    return solve_officers(
        case.sector, share.value, case.stay, lambda officers: officers * profile, case.widths,
        case.aftermath, case.clock, case.party_speed, case.race,
    )  # fmt: skip


def _duty_profile(station: Station, pattern: ShiftPattern, clock: Clock) -> NDArray[np.float64]:
    """Return officers on duty per officer on the books, by hour of a day, shape (24,)."""
    posting = _posting(station.target, station.country, "border_police", _SAMPLE)
    rosters = Rosters([station], [posting], {pattern.id: pattern}, clock)
    return np.asarray(rosters.plan(0, _DAY)[0].sum(axis=0) / _SAMPLE)
