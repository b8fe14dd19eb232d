"""What follows a stop, as data by border, country and period (MODEL 6)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.errors import InputError, Problem
from sim.kernels.stops import (
    ASYLUM as ASYLUM,
    BACK as BACK,
    GAVE_UP as GAVE_UP,
    RELEASED as RELEASED,
)
from sim.randomness import U64, salt
from sim.scenario.specs.control import Aftermath

F64 = NDArray[np.float64]

_COLUMNS = (
    "sight_share", "outside_share", "held", "retry",
    "back_share", "released_share", "gave_up_share", "asylum_share",
)  # fmt: skip


class ControlPlace(Protocol):
    """A sector or post: an id, a border and the country whose officers stand there."""

    @property
    def id(self) -> str:
        """Id of the place."""
        ...

    @property
    def border(self) -> str | None:
        """Border it lies on."""
        ...

    @property
    def country(self) -> str:
        """Country whose officers stand there."""
        ...


@dataclass(frozen=True)
class Terms:
    """What holds now at every place; columns of shape ``(places,)``.

    Attributes:
        sight: Share of those detected by a patrol that see it first and turn back.
        outside: Share of those reached that are returned outside procedure.
        held: Hours held after interception.
        retry: Mean hours until a party that was stopped is ready again.
        back: Share of the intercepted sent back to the tail; with the next three it sums to 1.
        released: Share released at the head.
        gave_up: Share that give up.
        asylum: Share that enter the asylum procedure.
        edges: Running sums of the four shares, shape ``(3, places)``: a draw says what.
    """

    sight: F64
    outside: F64
    held: F64
    retry: F64
    back: F64
    released: F64
    gave_up: F64
    asylum: F64
    edges: F64


class AftermathTable:
    """Rows of ``Aftermath`` laid over the run: which row holds at each place and hour.

    ``salts`` are those of the draw of what becomes of a party, by place.

    A row holds from its ``from`` (inclusive) to its ``until`` (exclusive), 00:00 local time of
    the scenario. Of several that hold, the one with the newest ``from`` counts, then the one
    that ends first.

    Raises:
        InputError: A place and hour without a row, two rows for the same period, or shares that
            do not sum to 1.
    """

    def __init__(
        self, rows: Sequence[Aftermath], places: Sequence[ControlPlace], clock: Clock
    ) -> None:
        _check(rows, places, clock)
        self._borders = np.array([place.border for place in places], dtype=object)
        self._countries = np.array([place.country for place in places], dtype=object)
        self._border_factor = dict.fromkeys((str(place.border) for place in places), 1.0)
        self._country_factor = dict.fromkeys((place.country for place in places), 1.0)
        self._held: dict[str, float] = {}
        self._starts = sorted({0} | {h for row in rows for h in _span(row, clock) if _in(h, clock)})
        self._row_at = np.array(
            [[_valid(rows, place, hour, clock)[0] for place in places] for hour in self._starts],
            dtype=np.intp,
        ).reshape(len(self._starts), len(places))
        self._values = {
            name: np.array([getattr(row, name).value for row in rows], dtype=np.float64)
            for name in _COLUMNS
        }
        self.salts: U64 = np.array([salt("aftermath", p.id) for p in places], dtype=np.uint64)
        self._valid_from, self._valid_until = math.inf, -math.inf
        self._terms: Terms | None = None

    def at(self, hour: float) -> Terms:
        """Return what holds at an hour; the same object until a row or factor changes."""
        terms = self._terms
        if terms is None or not self._valid_from <= hour < self._valid_until:
            terms = self._terms = self._build(hour)
        return terms

    def outside_factor(self, *, border: str = "", country: str = "") -> float:
        """Return the factor set at a border, or on a country's side of its borders; 1 if none."""
        if border:
            return self._border_factor.get(border, 1.0)
        return self._country_factor.get(country, 1.0)

    def set_outside_factor(self, factor: float, *, border: str = "", country: str = "") -> None:
        """Scale the background rate of returns outside procedure, 0 to 1.

        A border's factor and the factor of the country on whose side it is multiply.
        Monitoring and screening may lower the rate; nothing may raise it above its source.

        Raises:
            ValueError: The factor lies outside [0, 1].
        """
        if not 0.0 <= factor <= 1.0:
            raise ValueError(f"outside_factor {factor} would raise a harm: use 0 to 1")
        if border:
            self._border_factor[border] = factor
        if country:
            self._country_factor[country] = factor
        self._terms = None

    def held(self, border: str) -> float | None:
        """Return the hours held set at a border; None = as the rows say."""
        return self._held.get(border)

    def set_held(self, border: str, hours: float | None) -> None:
        """Set the hours held after a stop at a border; None = as the rows say."""
        if hours is None:
            self._held.pop(border, None)
        else:
            self._held[border] = hours
        self._terms = None

    def _build(self, hour: float) -> Terms:
        i = max(int(np.searchsorted(self._starts, hour, side="right")) - 1, 0)
        self._valid_from = self._starts[i] if i else -math.inf
        self._valid_until = self._starts[i + 1] if i + 1 < len(self._starts) else math.inf
        row = self._row_at[i]
        value = {name: column[row] for name, column in self._values.items()}
        for border, hours in self._held.items():
            value["held"][self._borders == border] = hours
        factor = [
            self._border_factor.get(border, 1.0) * self._country_factor.get(country, 1.0)
            for border, country in zip(self._borders, self._countries, strict=True)
        ]
        shares = np.stack([value[name] for name in _COLUMNS[4:]])
        edges = np.cumsum(shares, axis=0)[:3]
        # Where nothing is left above an edge, rounding must not leave a sliver to draw.
        edges[np.cumsum(shares[::-1], axis=0)[2::-1] == 0.0] = 1.0
        return Terms(
            sight=value["sight_share"],
            outside=value["outside_share"] * np.array(factor, dtype=np.float64),
            held=value["held"],
            retry=value["retry"],
            back=shares[0],
            released=shares[1],
            gave_up=shares[2],
            asylum=shares[3],
            edges=edges,
        )


def _span(row: Aftermath, clock: Clock) -> tuple[float, float]:
    since = -math.inf if row.since is None else clock.hour_of(row.since)
    return since, math.inf if row.until is None else clock.hour_of(row.until)


def _in(hour: float, clock: Clock) -> bool:
    return 0 < hour < clock.hours


def _valid(rows: Sequence[Aftermath], place: ControlPlace, hour: float, clock: Clock) -> list[int]:
    """Return rows that hold at a place and hour, the one that counts first."""
    found = []
    for i, row in enumerate(rows):
        since, until = _span(row, clock)
        if (row.border, row.country) == (place.border, place.country) and since <= hour < until:
            found.append((-since, until, i))
    return [i for _, _, i in sorted(found)]


def _check(rows: Sequence[Aftermath], places: Sequence[ControlPlace], clock: Clock) -> None:
    problems = []
    spans: dict[tuple[object, ...], str] = {}
    for row in rows:
        total = sum(getattr(row, name).value for name in _COLUMNS[4:])
        if abs(total - 1.0) > 1e-6:
            problems.append(
                Problem(
                    "shares-sum", f"the four shares of what follows sum to {total:g}, not 1",
                    "Make back, released, gave_up and asylum sum to 1.", key=f"aftermath.{row.id}",
                )
            )  # fmt: skip
        span = (row.border, row.country, row.since, row.until)
        if span in spans:
            problems.append(
                Problem(
                    "aftermath-twice", f"the same border and period as row {spans[span]}",
                    "Remove one of the two rows.", key=f"aftermath.{row.id}",
                )
            )  # fmt: skip
        spans[span] = row.id
    hours = sorted({0} | {int(h) for row in rows for h in _span(row, clock) if _in(h, clock)})
    for border, country in sorted({(str(p.border), p.country) for p in places}):
        place = next(p for p in places if (p.border, p.country) == (border, country))
        gaps = [h for h in hours if not _valid(rows, place, h, clock)]
        if gaps:
            day = clock.local(gaps[0]).date().isoformat()
            problems.append(
                Problem(
                    "aftermath-gap",
                    f"nothing says what follows a stop at {border} by {country} from {day}",
                    "Add an aftermath row for the border, country and period.",
                    key=f"aftermath ({border}, {country})",
                )
            )
    if problems:
        raise InputError(problems)
