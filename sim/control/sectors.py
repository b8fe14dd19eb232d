"""The green border: patrols search the sectors, parties are seen or not, units race (MODEL 6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock, hours_since_2000, sine_of_elevation
from sim.control.aftermath import AftermathTable, Terms
from sim.control.coverage import Coverage, rates_of
from sim.control.race import OUTCOMES, Responders, Units
from sim.errors import InputError, Problem
from sim.kernels import sectors as kernels
from sim.kernels.race import SECTOR
from sim.randomness import U64, salt
from sim.scenario.specs.control import Aftermath, DetectionWidth, Equipment, Sector

F64 = NDArray[np.float64]
I64 = NDArray[np.intp]

#: It is night where the sun's centre is lower than this, degrees: the end of civil twilight.
NIGHT_BELOW = -6.0
_SINE_BELOW = np.sin(np.radians(NIGHT_BELOW))
#: Numbers of a sector that a measure may set, besides ``equipment.KIND``.
QUANTITIES = ("alert", "barrier", "cover", "duty_share", "sensor_range", "sensors", "speed")

_DAY = 24
#: Encounters of a call for which there is room to begin with.
_ROOM = 64
_GOLDEN = (5.0**0.5 - 1.0) / 2.0
_EQUIPMENT: tuple[str, ...] = get_args(Equipment)
_MINUTE = np.uint64(salt("minute"))


class _Days(NamedTuple):
    """Whole days worked out ahead.

    Attributes:
        first_hour: First hour of the first day.
        units: Units out, shape ``(days, sectors, 24)``.
        most: Most units out in any sector and hour, by day.
        carry: What was left before each hour and after the last, ``(days, sectors, 25)``.
        rates: Detection rates (``coverage.rates_of``), shape ``(days, 2, sectors, 24)``.
    """

    first_hour: int
    units: I64
    most: list[int]
    carry: F64
    rates: F64


class Sectors:
    """All green-border sectors as columns, with their search effort and their units.

    Coverage of a stay is C = sum over units of W v h / A + fixed sensors, P(detect) =
    1 - exp(-C) (Koopman 1980, random search): W the sweep width by terrain, light and equipment,
    at most the zone's own width; v the mean relative speed of patrol and party; h the hours of
    the stay during which the unit is out; A length x width. A fixed sensor sees its range on
    both sides of a line that parties cross at walking speed: W = 2 range, v the party's speed,
    so that a walk straight through adds 2 range / length.

    The search effort is that of the duty planned. A unit that is busy with an interception is
    missing in the races that follow (MODEL 5a), not in the search.

    Nothing here takes an origin or a profile.

    Attributes:
        ids: Sector ids; their order is that of every column, shape ``(sectors,)``.
        index: Position by id.
        length: km along the border.
        width: km across it.
        duty_share: Share of duty hours spent on patrol.
        patrol_size: Officers that make a unit.
        speed: Speed of a unit, km/h.
        alert: T_unit, hours until a unit moves.
        cover: Mean of T_cover, hours.
        busy: Hours an interception occupies a unit, transport included.
        busy_per_person: Hours more a person.
        barrier: Hours a fence or water adds to a crossing; the caller adds them to the stay.
        sensors: Fixed sensors.
        sensor_range: km a sensor sees on both sides.
        equipment: Pieces by kind, shape ``(kinds, sectors)``; a piece goes with one unit, the
            widest sweep first.
        extra: Pieces brought for a time, besides, same shape.
        race: False: no race is run, who is detected and did not turn back is intercepted, no
            unit is busy.
        ground: What an encounter asks of a sector (``kernels.race.SECTOR``); ``length``,
            ``alert``, ``cover``, ``busy`` and ``busy_per_person`` are its columns.
        coverage: Search effort by hour.
        aftermath: What follows a stop.
        units: The units of the sector's own country.
        responders: Who may run to a detection; ``units`` unless cooperation adds others.
    """

    def __init__(
        self,
        specs: Sequence[Sector],
        widths: Sequence[DetectionWidth],
        aftermath: Sequence[Aftermath],
        clock: Clock,
        party_speed_kmh: float,
        race: bool = True,
    ) -> None:
        count = len(specs)
        self.clock, self.party_speed, self.race = clock, party_speed_kmh, race
        self.ids = tuple(s.id for s in specs)
        self.names = np.array(self.ids, dtype=object)
        self.index = {name: i for i, name in enumerate(self.ids)}
        self._take_columns(specs)
        self._sweep = _sweep_widths(specs, widths)
        self.coverage = Coverage(count)
        self.aftermath = AftermathTable(aftermath, specs, clock)
        self._terms: Terms | None = None
        self.units = Units(count)
        self.responders: Responders = self.units
        self._carry = np.zeros((count, 1))
        self._foreseen: tuple[int, NDArray[np.integer[Any]]] = (0, np.zeros((count, 0), np.intp))
        #: Days of the duty foreseen as far as worked out with the quantities in force.
        self._days: _Days | None = None
        self._persons = np.zeros((len(OUTCOMES), count), dtype=np.int64)
        self._interceptions = np.zeros(count, dtype=np.int64)
        self._closed = np.zeros((len(OUTCOMES), count), dtype=np.int64)
        self._counted_from: int | None = None
        self._tabulate_sweep(units=8)
        # Of the encounters of a call: where and when, its search effort and draws; who is seen.
        self._covered: F64 = np.empty(0)
        self._make_room(_ROOM)

    def _take_columns(self, specs: Sequence[Sector]) -> None:
        def column(name: str) -> F64:
            return np.array([getattr(s, name).value for s in specs], dtype=np.float64)

        self.lat, self.lon = column("lat")[:, None], column("lon")[:, None]
        ground = self.ground = np.zeros(len(specs), SECTOR)
        for name in ("length", "alert", "cover", "busy", "busy_per_person"):
            ground[name] = column(name)
        ground["salts"] = np.array(
            [[salt("encounter " + stream, s.id) for stream in kernels.DRAWS] for s in specs],
            np.uint64,
        ).reshape(-1, len(kernels.DRAWS))
        self.length, self.alert, self.cover = ground["length"], ground["alert"], ground["cover"]
        self.busy, self.busy_per_person = ground["busy"], ground["busy_per_person"]
        self.width, self.speed = column("width"), column("speed")
        self.duty_share, self.patrol_size = column("duty_share"), column("patrol_size")
        self.barrier = column("barrier")
        self.sensors, self.sensor_range = column("sensors"), column("sensor_range")
        pieces = [[float(_pieces(s, kind)) for s in specs] for kind in _EQUIPMENT]
        self.equipment: F64 = np.array(pieces).reshape(len(_EQUIPMENT), len(specs))
        self.extra: F64 = np.zeros_like(self.equipment)

    # Duty and search effort ---------------------------------------------------------------

    def set_duty(self, first_hour: int, on_duty: NDArray[np.integer[Any]]) -> None:
        """Plan the next block of hours, normally a day.

        Units are whole; what is left of officers x duty share / patrol size is carried from hour
        to hour of a day. What a day begins with follows from its number alone, evenly spread
        over [0, 1) by the golden section: the long-run mean of units out is that quotient, and
        a measure that has ended leaves no trace in the rounding.

        Args:
            first_hour: First hour of the block; a plan from it on is replaced.
            on_duty: Officers on duty, shape ``(sectors, hours)``.
        """
        kept = min(max(first_hour - self.coverage.planned_from, 0), self._carry.shape[1] - 1)
        carry = self._carry[:, kept]
        if first_hour % _DAY == 0:
            carry = np.full(len(self.ids), first_hour // _DAY * _GOLDEN % 1.0)
        mean = on_duty * (self.duty_share / self.patrol_size)[:, None]
        units, carry = whole_units(mean, carry)
        hours = np.arange(first_hour, first_hour + units.shape[1])
        patrol = self.patrol_rate(units, self.night(hours))
        most = int(units.max(initial=0))
        self._plan(first_hour, units, most, carry, rates_of(patrol, self.sensor_rate()))

    def _plan(self, first_hour: int, units: I64, most: int, carry: F64, rates: F64) -> None:
        self._carry = carry
        self.responders.make_room(most)
        self.coverage.plan(first_hour, units, rates)
        if self._counted_from is None:
            self._counted_from = first_hour

    def foresee(self, first_hour: int, on_duty: NDArray[np.integer[Any]]) -> None:
        """Take note of the duty of days to come; ``begin_day`` then plans them one by one.

        Args:
            first_hour: First hour.
            on_duty: Officers on duty, shape ``(sectors, hours)``.
        """
        self._foreseen = first_hour, on_duty
        self._days = None

    def begin_day(self, first_hour: int, hours: int) -> None:
        """Plan the next block of hours with the duty foreseen, as ``set_duty`` does."""
        begin = first_hour - self._foreseen[0]
        if hours < _DAY or first_hour % _DAY:
            self.set_duty(first_hour, self._foreseen[1][:, begin : begin + hours])
            return
        if self._days is None:
            self._days = self._work_out(first_hour, self._foreseen[1][:, begin:])
        day = (first_hour - self._days.first_hour) // _DAY
        _, units, most, carry, rates = self._days
        self._plan(first_hour, units[day], most[day], carry[day], rates[day])

    def _work_out(self, first_hour: int, on_duty: NDArray[np.integer[Any]]) -> _Days:
        """Work out the whole days of a stretch that begins with a day."""
        count = on_duty.shape[1] // _DAY
        shape = (len(self.ids), count, _DAY)
        mean = on_duty[:, : count * _DAY] * (self.duty_share / self.patrol_size)[:, None]
        carry = [(first_hour // _DAY + i) * _GOLDEN % 1.0 for i in range(count)]
        units, left = whole_units(mean.reshape(-1, _DAY), np.tile(carry, len(self.ids)))
        hours = np.arange(first_hour, first_hour + count * _DAY)
        patrol = self.patrol_rate(units.reshape(shape[0], count * _DAY), self.night(hours))
        units = units.reshape(shape)
        return _Days(
            first_hour, units.swapaxes(0, 1).copy(), units.max(axis=(0, 2), initial=0).tolist(),
            left.reshape(shape[0], count, _DAY + 1).swapaxes(0, 1),
            rates_of(patrol, self.sensor_rate()).reshape(2, *shape).transpose(2, 0, 1, 3).copy(),
        )  # fmt: skip

    def night(self, hours: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """Return whether it is night in the middle of each hour, shape ``(sectors, hours)``."""
        middle = hours_since_2000(self.clock, hours.astype(np.float64) + 0.5)
        return np.asarray(sine_of_elevation(middle, self.lat, self.lon) < _SINE_BELOW)

    def patrol_rate(self, units: I64, night: NDArray[np.bool_]) -> F64:
        """Return detections per hour of stay by patrols, all of shape ``(sectors, hours)``."""
        most = int(units.max(initial=0))
        if most >= self._table.shape[2]:
            self._tabulate_sweep(2 * most)
        swept = self._table[np.arange(units.shape[0])[:, None], night.astype(np.intp), units]
        return np.asarray(swept * (self._relative_speed / (self.length * self.width))[:, None])

    def sensor_rate(self) -> F64:
        """Return detections per hour of stay by fixed sensors, shape ``(sectors, 1)``."""
        seen = 2.0 * self.sensor_range * self.sensors * self.party_speed
        return np.asarray((seen / (self.length * self.width))[:, None])

    def _tabulate_sweep(self, units: int) -> None:
        """Tabulate the sum of sweep widths of n units, shape ``(sectors, day/night, units)``."""
        self.ground["reach"] = 2.0 * self.speed / self.length
        self._relative_speed = mean_relative_speed(self.speed, self.party_speed)
        bare = self._sweep[:, :, 0]
        with np.errstate(invalid="ignore"):
            extra = np.maximum(self._sweep[:, :, 1:] - bare[:, :, None], 0.0)
        own = (self.equipment + self.extra).T
        pieces = np.broadcast_to(own[:, None, :], extra.shape)
        _check_known(self.ids, extra, pieces)
        extra = np.where(pieces > 0, extra, 0.0)
        order = np.argsort(-extra, axis=2, kind="stable")
        extra = np.take_along_axis(extra, order, axis=2)
        handed = np.cumsum(np.take_along_axis(pieces, order, axis=2), axis=2)
        step = -np.diff(extra, axis=2, append=0.0)
        n = np.arange(units + 1.0)
        out = np.minimum(n, handed[..., None])
        self._table = bare[:, :, None] * n + (step[..., None] * out).sum(axis=2)

    def value(self, sector: int, quantity: str) -> float:
        """Return a quantity of a sector that a measure may set."""
        return float(self._column(quantity)[sector])

    def _column(self, quantity: str) -> F64:
        if quantity.startswith("equipment."):
            kind = _EQUIPMENT.index(quantity.removeprefix("equipment."))
            column: F64 = self.equipment[kind]
        elif quantity in QUANTITIES:
            column = getattr(self, quantity)
        else:
            raise KeyError(f"sectors have no quantity {quantity!r}; use {', '.join(QUANTITIES)}")
        return column

    def change(self, sector: int, quantity: str, value: float, hour: int) -> None:
        """Set a quantity of a sector from ``hour`` on, as a measure does and reverts.

        Args:
            sector: Position of the sector.
            quantity: One of ``QUANTITIES`` or ``equipment.KIND``.
            value: New value in the field's unit.
            hour: First hour it holds; the day's search effort is rebuilt from there. A changed
                ``duty_share`` acts on the next ``set_duty`` or ``begin_day``.

        Raises:
            KeyError: The quantity is not one a measure may set.
            ValueError: The value is negative.
        """
        if value < 0:
            raise ValueError(f"{quantity} of {self.ids[sector]} cannot be {value}")
        self._column(quantity)[sector] = value
        self._sweep_anew(hour)

    def bring(self, sector: int, kind: str, pieces: float, hour: int) -> None:
        """Add pieces of equipment to a sector from ``hour`` on, or take them away if negative."""
        self.extra[_EQUIPMENT.index(kind), sector] += pieces
        self._sweep_anew(hour)

    def _sweep_anew(self, hour: int) -> None:
        self._days = None
        self._tabulate_sweep(self._table.shape[2] - 1)
        if self.coverage.first_hour <= hour < self.coverage.end:
            units = self.coverage.planned_units(hour)
            hours = np.arange(hour, self.coverage.end)
            patrol = self.patrol_rate(units, self.night(hours))
            self.coverage.revise(hour, rates_of(patrol, self.sensor_rate()))

    def units_in_race(self, hour: int) -> I64:
        """Return units that may run to a detection from ``hour`` to the end of the plan."""
        units = self.coverage.planned_units(hour)
        return np.asarray(units + self.responders.helpers(hour, units.shape[1]))

    # Encounters ---------------------------------------------------------------------------

    def coverage_of(self, sector: I64, end: F64, stay: F64) -> F64:
        """Return coverage C of stays that end at ``end``; P(detect) = 1 - exp(-C).

        Args:
            sector: Sector of each stay, shape ``(m,)``.
            end: Hour each stay ends.
            stay: Its length, hours, at most ``coverage.LONGEST_STAY``.
        """
        effort = self.coverage.over(sector, end, stay)
        return np.asarray(effort[:, 1] - effort[:, 0])

    def quiet_wait(self, sector: I64, start: F64, stay: F64, horizon: float) -> I64:
        """Return hours to wait for the quietest start within ``horizon`` hours (scouts)."""
        return self.coverage.quiet_wait(sector, start, stay, int(horizon))

    def encounter(
        self,
        sector: I64,
        end: F64,
        stay: F64,
        persons: NDArray[np.uint8],
        base: U64,
        hour: float,
        busy: F64 | None = None,
        goods: bool = False,
    ) -> NDArray[np.uint8]:
        """Return how each party's passage ends: PASSED, LOST, ABORTED, INTERCEPTED or OUTSIDE.

        A party is seen at the moment the search effort of its stay reaches an exponential draw:
        the first event of a search with the sector's hourly rates. If a patrol (not a sensor)
        sees it, the party saw the patrol first with the sight share and turns back. Else the
        nearest free unit runs: alert + d/v < T_cover wins.

        Args:
            sector: Sector of each party, shape ``(m,)``, any order.
            end: Hour its stay ends.
            stay: Hours it stayed in the zone, barrier included.
            persons: Persons in the party.
            base: Event base of (party, move).
            hour: Hour now, which picks what follows a stop.
            busy: Hours the unit would be busy with each party; None: a + b persons.
            goods: Goods without people on the move: not among the counts of persons, and nobody
                to be returned.
        """
        coverage = self.coverage
        self._make_room(sector.size)
        if not kernels.search(
            sector, end, stay, base, self.ground, coverage.hours, coverage.first_hour,
            self._effort, self._logs,
        ):  # fmt: skip
            raise coverage.beyond(end, stay)
        return self.meet(sector, end, stay, persons, base, hour, busy, goods=goods)

    def cross(
        self,
        leg: I64,
        due: NDArray[np.int32],
        persons: NDArray[np.uint8],
        base: U64,
        hour: float,
        sector_of: I64,
        stay_of: F64,
        barrier_of: F64,
    ) -> NDArray[np.uint8]:
        """Return how the passage ends of each party whose leg has ended, as ``encounter`` does.

        Args:
            leg: Leg of each party, through a sector.
            due: Hour at which it has ended, at the latest; it has at a moment of the hour before.
            persons: As in ``encounter``.
            base: As in ``encounter``.
            hour: As in ``encounter``.
            sector_of: Sector by leg.
            stay_of: Hours in the zone, by leg.
            barrier_of: Hours a barrier adds, by leg.
        """
        coverage, size = self.coverage, leg.size
        self._make_room(size)
        sector, end, stay = self._sector[:size], self._end[:size], self._stay[:size]
        if not kernels.cross(
            leg, due, base, _MINUTE, sector_of, stay_of, barrier_of, self.ground, coverage.hours,
            coverage.first_hour, sector, end, stay, self._effort, self._logs,
        ):  # fmt: skip
            raise coverage.beyond(end, stay)
        return self.meet(sector, end, stay, persons, base, hour)

    def meet(
        self,
        sector: I64,
        end: F64,
        stay: F64,
        persons: NDArray[np.uint8],
        base: U64,
        hour: float,
        busy: F64 | None = None,
        goods: bool = False,
    ) -> NDArray[np.uint8]:
        """Return how passages end whose search effort and draws have just been noted.

        Arguments are those of ``encounter``.
        """
        size = persons.size
        outcome = np.zeros(size, np.uint8)
        if size == 0:
            return outcome
        coverage, ground, units = self.coverage, self.ground, self.responders
        terms = self.aftermath.at(hour)
        if terms is not self._terms:
            self._terms = terms
            ground["sight"], ground["outside"] = terms.sight, terms.outside
        logs, seen, moment, covered = self._logs, self._seen, self._moment, self._covered
        np.log1p(logs[:size], out=logs[:size])
        found = kernels.detect(
            sector, end, stay, persons, base, ground, coverage.hours, coverage.first_hour,
            coverage.lift, self._effort, logs, outcome, seen, moment, covered,
        )  # fmt: skip
        if found:
            np.log1p(covered[:found], out=covered[:found])
            if busy is not None:
                moment[1, :found] = busy[seen[0, :found]]
        kernels.respond(
            found, seen, moment, covered, self.race, goods, units.busy_until, units.partner,
            units.opened, ground, coverage.hours, coverage.first_hour, sector, persons, base,
            outcome, self._persons, self._interceptions,
        )  # fmt: skip
        return outcome

    def _make_room(self, size: int) -> None:
        """Have room for the encounters of a call."""
        if size <= self._covered.size:
            return
        self._sector, self._seen = np.empty(size, np.intp), np.empty((3, size), np.intp)
        self._end, self._stay, self._covered = np.empty((3, size))
        self._effort, self._logs = np.empty((size, 2)), np.empty((size, 3))
        self._moment = np.empty((3, size))

    # Counts -------------------------------------------------------------------------------

    def state_of(self, sector: int) -> dict[str, float]:
        """Return the day's mean of units on patrol, and the units busy in its last hour."""
        plan = self.coverage.planned_units(self.coverage.planned_from)[sector]
        busy = self.units.busy_until[sector] > self.coverage.end - 1.0
        return {
            "units_on_patrol": int(np.add.reduce(plan)) / plan.size,
            "units_busy": float(np.count_nonzero(busy)),
        }

    def persons_so_far(self) -> NDArray[np.int64]:
        """Return persons by outcome since the start, shape ``(outcomes, sectors)``."""
        return np.asarray(self._closed + self._persons)

    def daily(self, until: int | None = None) -> dict[str, NDArray[Any]]:
        """Return the columns of table ``sectors``, but ``day``, since the last call, and reset.

        Args:
            until: Hour at which the day ends (exclusive); the end of the plan if not given.
        """
        stop = self.coverage.end if until is None else until
        start = stop if self._counted_from is None else self._counted_from
        by_outcome = self._persons.copy()
        columns: dict[str, NDArray[Any]] = {
            "sector": self.names,
            "unit_hours": self.coverage.unit_hours(start, stop),
            "tried": np.add.reduce(by_outcome, axis=0),
            "interceptions": self._interceptions.copy(),
        }
        columns |= dict(zip(OUTCOMES, by_outcome, strict=True))
        self._closed += by_outcome
        self._persons.fill(0)
        self._interceptions.fill(0)
        self._counted_from = stop
        return columns


def whole_units(mean: F64, carry: F64) -> tuple[I64, F64]:
    """Return whole units whose running sum keeps within one of that of the mean.

    Args:
        mean: Mean units by hour, shape ``(sectors, hours)``.
        carry: What was left before the first hour, shape ``(sectors,)``.

    Returns:
        Units, shape ``(sectors, hours)``, and what is left before each hour and after the last.

    >>> whole_units(np.array([[0.75, 0.75, 0.75, 0.75]]), np.zeros(1))[0].tolist()
    [[0, 1, 1, 1]]
    """
    due = np.empty((mean.shape[0], mean.shape[1] + 1))
    due[:, 0] = carry
    due[:, 1:] = mean
    np.cumsum(due, axis=1, out=due)
    whole = np.floor(due + 1e-9)
    return np.diff(whole, axis=1).astype(np.intp), due - whole


def _pieces(spec: Sector, kind: str) -> float:
    return next((q.value for name, q in spec.equipment.items() if name == kind), 0.0)


def _sweep_widths(specs: Sequence[Sector], widths: Sequence[DetectionWidth]) -> F64:
    """Return W by (sector, day/night, bare or kind), km, at most the zone's width; NaN unknown."""
    kinds = ("", *_EQUIPMENT)
    known: dict[tuple[str, str, str], float] = {
        (w.terrain, w.light, w.equipment): w.width.value for w in widths
    }
    sweep = np.full((len(specs), 2, len(kinds)), np.nan)
    problems = []
    for i, spec in enumerate(specs):
        for j, light in enumerate(("day", "night")):
            for k, kind in enumerate(kinds):
                width = known.get((spec.terrain, light, kind))
                if width is not None:
                    sweep[i, j, k] = min(width, spec.width.value)
            if np.isnan(sweep[i, j, 0]):
                problems.append(
                    Problem(
                        "unknown-width",
                        f"no detection width for {spec.terrain} by {light} without equipment",
                        "Add a row to detection_widths.",
                        key=f"sectors.{spec.id}.terrain",
                        value=spec.terrain,
                    )
                )
    if problems:
        raise InputError(problems)
    return sweep


def _check_known(ids: Sequence[str], extra: F64, pieces: NDArray[np.float64]) -> None:
    missing = np.argwhere(np.isnan(extra) & (pieces > 0))
    if missing.size:
        raise InputError(
            Problem(
                "unknown-width",
                f"no detection width with {_EQUIPMENT[k]} by {('day', 'night')[j]} there",
                "Add a row to detection_widths for its terrain.",
                key=f"sectors.{ids[i]}.equipment",
                value=_EQUIPMENT[k],
            )
            for i, j, k in missing.tolist()
        )


def mean_relative_speed(a: F64 | float, b: F64 | float) -> F64:
    """Return the mean of |v_a - v_b| over random headings, in the unit of the speeds.

    (1/2 pi) * integral of sqrt(a^2 + b^2 - 2 a b cos t) dt (Koopman 1980, *Search and
    Screening*, ch. 1). Special cases: b = 0 gives a; a = b gives 4 a / pi.

    >>> float(mean_relative_speed(4.0, 0.0)), float(mean_relative_speed(1.0, 1.0)) * np.pi
    (4.0, 4.00000...)
    """
    heading = (np.arange(1024) + 0.5) * (2.0 * np.pi / 1024)
    one, two = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    square = (one**2 + two**2)[..., None] - (2.0 * one * two)[..., None] * np.cos(heading)
    return np.asarray(np.sqrt(np.maximum(square, 0.0)).mean(axis=-1))
