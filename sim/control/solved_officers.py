"""Officers of a sector for which no staffing figure exists, solved once from a share (SHIFT.md)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.control.race import race_won_share
from sim.control.sectors import Sectors, whole_units
from sim.errors import InputError, Problem
from sim.scenario.specs.control import Aftermath, DetectionWidth, Sector

F64 = NDArray[np.float64]

#: Every how many days of a year the search effort is sampled, and starts within an hour.
_EVERY_DAYS = 9
_STARTS = (0.25, 0.75)
_MOST_OFFICERS = 1e6
#: Officers are found to this share of themselves.
_PRECISION = 1e-3


def solve_officers(
    spec: Sector,
    share: float,
    stay: float,
    on_duty: Callable[[float], float | F64],
    widths: Sequence[DetectionWidth],
    aftermath: Sequence[Aftermath],
    clock: Clock,
    party_speed_kmh: float,
    race: bool = True,
) -> float:
    """Return officers on the books at which a share of attempts is stopped.

    Stopped = aborted + intercepted + returned outside procedure, of parties that start at any
    hour of a year with no other party about, unguided; light by season, units whole. The result
    is an assumption (``assumed (solved from a share)``), to be printed beside the establishment.

    Args:
        spec: The sector; its own officers are not read.
        share: Stopped share per attempt, below 1.
        stay: Hours a party stays in the zone, barrier included.
        on_duty: Roster conversion: officers on the books to mean officers on duty, a number or
            a value for each hour of a civil day (any other length is repeated).
        widths: Detection widths.
        aftermath: Rows valid at the start give the share that turn back on sight.
        clock: The run's clock.
        party_speed_kmh: Walking speed in the zone.
        race: As for ``Sectors``.

    Raises:
        InputError: The race is lost too often for the share, however many officers there are.
    """
    sectors = Sectors([spec], widths, aftermath, clock, party_speed_kmh, race)
    attempts = _Attempts.over_a_year(sectors, stay)

    def stopped(officers: float) -> float:
        of_day = np.array(on_duty(officers), dtype=np.float64, ndmin=1)
        duty = np.resize(of_day, attempts.night.size)
        mean = duty * sectors.duty_share / sectors.patrol_size
        units, _ = whole_units(mean[None, :], np.zeros(1))
        return stopped_share(attempts, units)

    if stopped(0.0) >= share:
        return 0.0
    low, high = 0.0, 8.0
    while stopped(high) < share:
        low, high = high, 2.0 * high
        if high > _MOST_OFFICERS:
            raise InputError([_unreachable(spec, share, stopped(low))])
    while high - low > _PRECISION * high:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if stopped(middle) < share else (low, middle)
    return 0.5 * (low + high)


@dataclass(frozen=True)
class _Attempts:
    """Attempts that start at the sampled hours of a year, and what no officer changes of them.

    Attributes:
        sectors: Holds the sector at position 0.
        night: Whether it is night in each hour, shape ``(1, hours)``; the last hour is followed
            by the first.
        sensors: Detections per hour of stay by fixed sensors, shape ``(1,)``.
        sight: Share of those whom a patrol sees that turn back on sight.
        parts: Part of each hour from the start's on that lies in the stay, shape ``(starts, 1)``
            each, and whether that is the whole hour.
    """

    sectors: Sectors
    night: NDArray[np.bool_]
    sensors: F64
    sight: float
    parts: tuple[tuple[F64, bool], ...]

    @classmethod
    def over_a_year(cls, sectors: Sectors, stay: float) -> _Attempts:
        """Let a stay of so many hours begin at any hour of a year."""
        return cls(
            sectors, sectors.night(_sampled_hours()), sectors.sensor_rate()[0],
            float(sectors.aftermath.at(0).sight[0]), _parts(stay),
        )  # fmt: skip


def stopped_share(attempts: _Attempts, units: NDArray[np.intp]) -> float:
    """Return the share of attempts stopped in the first sector, over starts in all the hours.

    The chance to be seen first in each hour of the stay times the chance to be stopped then,
    s + (1 - s) * P(race won | n units), s the share that turn back on sight.

    Args:
        attempts: The attempts.
        units: Units out by hour, shape ``(1, hours)``.
    """
    sectors = attempts.sectors
    patrol = sectors.patrol_rate(units, attempts.night)[0]
    rate = patrol + attempts.sensors
    sight = attempts.sight * np.divide(patrol, rate, out=np.zeros_like(rate), where=rate > 0)
    stopped_if_seen = 1.0 - sight
    if sectors.race:
        stopped_if_seen *= _race_won(
            int(units.max()).bit_length(), float(sectors.length[0]), float(sectors.speed[0]),
            float(sectors.alert[0]), float(sectors.cover[0]),
        )[units[0]]  # fmt: skip
    stopped_if_seen += sight
    kept = np.exp(-rate)
    # Twice in a row, so that the hours from any one on are a slice.
    rates, chances, unseen_after = (np.concatenate((x, x)) for x in (rate, stopped_if_seen, kept))
    hours = rate.size
    unseen, stopped = np.ones((len(_STARTS), hours)), np.zeros((len(_STARTS), hours))
    for ahead, (inside, whole) in enumerate(attempts.parts):
        then = slice(ahead % hours, ahead % hours + hours)
        still = unseen * (unseen_after[then] if whole else np.exp(-rates[then] * inside))
        unseen -= still
        unseen *= chances[then]
        stopped += unseen
        unseen = still
    return float(np.mean(np.add.reduce(stopped, axis=1) / hours))


@lru_cache(maxsize=256)
def _race_won(bits: int, length: float, speed: float, alert: float, cover: float) -> F64:
    """Return the chance to win the race with 0, 1, ... units out, up to ``2**bits`` - 1."""
    return race_won_share(np.arange(2**bits), length, speed, alert, cover)


@lru_cache(maxsize=64)
def _parts(stay: float) -> tuple[tuple[F64, bool], ...]:
    """Return the part of each hour from the start's on that lies in the stay, and if all of it."""
    left, parts = np.full(len(_STARTS), stay), []
    room = 1.0 - np.array(_STARTS)
    while left.max() > 1e-12:
        inside = np.where(left > 1e-12, np.minimum(room, left), 0.0)
        parts.append((inside[:, None], bool((inside == 1.0).all())))
        left, room = left - inside, np.ones_like(room)
    return tuple(parts)


def _sampled_hours() -> NDArray[np.intp]:
    days = np.arange(0, 365, _EVERY_DAYS)
    return (days[:, None] * 24 + np.arange(24)).ravel()


def _unreachable(spec: Sector, share: float, most: float) -> Problem:
    return Problem(
        "share-out-of-reach",
        f"at most {most:.3f} of attempts can be stopped here, since the others reach cover first",
        "Lower stopped_share, shorten alert, or lengthen cover.",
        key=f"sectors.{spec.id}.stopped_share",
        value=f"{share:g}",
    )
