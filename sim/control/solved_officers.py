"""Officers of a sector for which no staffing figure exists, solved once from a share (SHIFT.md)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    night = sectors.night(_sampled_hours())

    def stopped(officers: float) -> float:
        of_day = np.array(on_duty(officers), dtype=np.float64, ndmin=1)
        duty = of_day[np.arange(night.size) % of_day.size]
        mean = duty * sectors.duty_share / sectors.patrol_size
        units, _ = whole_units(mean[None, :], np.zeros(1))
        return stopped_share(sectors, units, night, stay)

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


def stopped_share(
    sectors: Sectors, units: NDArray[np.intp], night: NDArray[np.bool_], stay: float
) -> float:
    """Return the share of attempts stopped in the first sector, over starts in all the hours.

    The chance to be seen first in each hour of the stay times the chance to be stopped then,
    s + (1 - s) * P(race won | n units), s the share that turn back on sight.

    Args:
        sectors: Holds the sector at position 0.
        units: Units out by hour, shape ``(1, hours)``; the last hour is followed by the first.
        night: Whether it is night then, same shape.
        stay: Hours of a stay.
    """
    patrol = sectors.patrol_rate(units, night)[0]
    rate = patrol + sectors.sensor_rate()[0]
    sight = float(sectors.aftermath.at(0).sight[0])
    sight = sight * np.divide(patrol, rate, out=np.zeros_like(rate), where=rate > 0)
    won: F64 = np.ones(rate.size)
    if sectors.race:
        of_units = _race_won(
            int(units.max()).bit_length(), float(sectors.length[0]), float(sectors.speed[0]),
            float(sectors.alert[0]), float(sectors.cover[0]),
        )  # fmt: skip
        won = of_units[units[0]]
    stopped_if_seen = sight + (1.0 - sight) * won
    # Twice in a row, so that the hours from any one on are a slice.
    rates, chances = np.concatenate((rate, rate)), np.concatenate([stopped_if_seen] * 2)
    hours = rate.size
    whole = np.exp(-rates)
    unseen, stopped = np.ones((len(_STARTS), hours)), np.zeros((len(_STARTS), hours))
    for ahead, inside in enumerate(_parts(stay)):
        then = slice(ahead % hours, ahead % hours + hours)
        if (inside == 1.0).all():
            still = unseen * whole[then]
        else:
            still = unseen * np.exp(-rates[then] * inside)
        stopped += (unseen - still) * chances[then]
        unseen = still
    return float(np.mean(stopped.mean(axis=1)))


@lru_cache(maxsize=256)
def _race_won(bits: int, length: float, speed: float, alert: float, cover: float) -> F64:
    """Return the chance to win the race with 0, 1, ... units out, up to ``2**bits`` - 1."""
    return race_won_share(np.arange(2**bits), length, speed, alert, cover)


@lru_cache(maxsize=64)
def _parts(stay: float) -> tuple[F64, ...]:
    """Return the part of each hour from the start's on that lies in the stay, (starts, 1)."""
    left, parts = np.full(len(_STARTS), stay), []
    room = 1.0 - np.array(_STARTS)
    while left.max() > 1e-12:
        inside = np.where(left > 1e-12, np.minimum(room, left), 0.0)
        parts.append(inside[:, None])
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
