"""Tracks of readmission as columns: which one is open to whom, and what holds on it (MODEL 11)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.cooperation.agreements import Agreements
from sim.cooperation.legal_calendar import LegalCalendar, OfficeHours
from sim.scenario.specs.readmission import Holiday, Readmission

F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: No track is open.
NO_TRACK = -1
#: Numbers of a track that a measure may set.
CHANGEABLE = (
    "near_hours", "near_distance", "request_within", "answer_within", "transfer_within",
    "prepare", "answer", "transfers",
)  # fmt: skip
_FIXED = (
    "extension", "extension_share", "spread", "request_share", "accept_share",
    "accept_with_evidence", "claim_share", "claim_delay", "moved_on_share",
)  # fmt: skip


class Tracks:
    """All tracks of a run; columns of shape ``(tracks,)``, in the order of the rows.

    Attributes:
        ids: Row ids.
        specs: The rows.
        requesting: Index of the country that asks.
        requested: Index of the country that is asked.
        place: Index of the place of handover for those who came by no leg from there.
        value: Numbers in force by field: limits and times in hours, km, persons a day, shares.
    """

    def __init__(
        self,
        specs: Sequence[Readmission],
        holidays: Sequence[Holiday],
        agreements: Agreements,
        clock: Clock,
        countries: Sequence[str],
        zones: Mapping[str, str],
        places: Mapping[str, int],
    ) -> None:
        """Lay the rows out.

        Args:
            specs: Rows of the list ``readmission``.
            holidays: Public holidays of every country.
            agreements: A track is open only under one with the power ``readmission``.
            clock: The run's clock.
            countries: Country codes in the engine's order.
            zones: IANA zone by country.
            places: Position of each place by id.
        """
        code = {c: i for i, c in enumerate(countries)}
        self.specs = tuple(specs)
        self.ids = tuple(s.id for s in specs)
        self.index = {name: i for i, name in enumerate(self.ids)}
        self._agreements, self._countries = agreements, tuple(countries)
        self.requesting = np.array([code[s.requesting] for s in specs], np.intp)
        self.requested = np.array([code[s.requested] for s in specs], np.intp)
        self.place = np.array([places[s.place] for s in specs], np.intp)
        self.accelerated = np.array([s.track == "accelerated" for s in specs], np.bool_)
        self.consent = np.array([s.silence == "consent" for s in specs], np.bool_)
        self._since = np.array([_hour(s.since, clock, -math.inf) for s in specs])
        self._until = np.array([_hour(s.until, clock, math.inf) for s in specs])
        self.value: dict[str, F64] = {
            name: np.array([_number(s, name) for s in specs]) for name in (*CHANGEABLE, *_FIXED)
        }
        self._office = [(s.office, s.office_days == "all") for s in specs]
        days: dict[str, list[date]] = {c: [] for c in countries}
        for row in holidays:
            if row.country in days:
                days[row.country].append(row.day)
        parties = {c for s in specs for c in (s.requesting, s.requested)}
        self._calendars = {
            code[c]: LegalCalendar(clock, zones[c], days[c]) for c in sorted(parties)
        }

    # What a measure may set -----------------------------------------------------------------

    def get(self, track: str, quantity: str) -> Any:
        """Return a quantity in force: a number, the office's hours, or whether it works daily."""
        at = self.index[track]
        if quantity == "office":
            return self._office[at][0]
        if quantity == "every_day":
            return self._office[at][1]
        return float(self.value[quantity][at])

    def set(self, track: str, quantity: str, value: Any) -> None:
        """Set a quantity from now on; what has begun keeps the limits it began with.

        Raises:
            KeyError: The quantity is not one a measure may set.
        """
        at = self.index[track]
        span, daily = self._office[at]
        if quantity == "office":
            self._office[at] = (str(value), daily)
        elif quantity == "every_day":
            self._office[at] = (span, bool(value))
        elif quantity in CHANGEABLE:
            self.value[quantity][at] = float(value)
        else:
            raise KeyError(f"a track has no quantity {quantity!r} that a measure may set")

    # Which track ----------------------------------------------------------------------------

    def of(
        self, requesting: Index, requested: Index, since_entry: F64, distance: F64, hour: F64
    ) -> Index:
        """Return the track open to each, ``NO_TRACK`` where there is none.

        The accelerated one where it is open and the stop lies within its limits, else the
        standard one; none without an agreement in force.

        Args:
            requesting: Index of the country that stopped them, shape (m,).
            requested: Index of the country they came from.
            since_entry: Hours between entry and stop.
            distance: km between border and stop.
            hour: Hour of the stop.
        """
        if not len(requesting):
            return np.empty(0, np.intp)
        fits = (requesting[:, None] == self.requesting) & (requested[:, None] == self.requested)
        fits &= (hour[:, None] >= self._since) & (hour[:, None] < self._until)
        near = (since_entry[:, None] <= self.value["near_hours"]) & (
            distance[:, None] <= self.value["near_distance"]
        )
        fits &= near | ~self.accelerated
        fits &= self._agreed(float(hour.min()))
        rank = np.where(fits, 1 + self.accelerated, 0)
        best = rank.argmax(axis=1) if rank.shape[1] else np.zeros(len(rank), np.intp)
        found = fits.any(axis=1)
        return np.where(found, best, NO_TRACK)

    def _agreed(self, hour: float) -> Mask:
        return self._agreements.covered("readmission", self.requesting, self.requested, hour)

    # Clocks ---------------------------------------------------------------------------------

    def request_deadline(self, track: Index, stop: F64) -> F64:
        """Return the hour by which the request must be made, by the requesting state's days."""
        return self._deadline(track, self.requesting, stop, "request_within")

    def answer_deadline(self, track: Index, request: F64) -> F64:
        """Return the hour by which the request must be answered, by the requested state's days."""
        return self._deadline(track, self.requested, request, "answer_within")

    def extended(self, track: Index, deadline: F64) -> F64:
        """Return the hour to which an extension moves a deadline."""
        # A limit in days ends at a midnight: the extension's days follow the day before it.
        return self._deadline(track, self.requested, deadline - 1e-6, "extension")

    def transfer_deadline(self, track: Index, consent: F64) -> F64:
        """Return the hour by which a consent must be used, by the requested state's days."""
        return self._deadline(track, self.requested, consent, "transfer_within")

    def _deadline(self, track: Index, country: Index, event: F64, limit: str) -> F64:
        ends = np.empty(len(track))
        for i in np.unique(track).tolist():
            mine = track == i
            spec = self.specs[i]
            clock = spec.transfer_clock if limit == "transfer_within" else spec.clock
            hours = np.full(int(mine.sum()), self.value[limit][i])
            ends[mine] = self._calendars[int(country[i])].deadline(event[mine], hours, clock)
        return ends

    def answer_at(self, track: Index, request: F64, work: F64) -> F64:
        """Return the hour at which the requested state's office has worked on each so long."""
        ends = np.empty(len(track))
        for i in np.unique(track).tolist():
            mine = track == i
            ends[mine] = self._hours(i).after(request[mine], work[mine])
        return ends

    def _hours(self, track: int) -> OfficeHours:
        return self._calendars[int(self.requested[track])].office(*self._office[track])

    def handovers(self, track: int) -> F64:
        """Return the hours of a track's daily handovers."""
        calendar = self._calendars[int(self.requested[track])]
        return calendar.handovers(self.specs[track].handover, self._office[track][1])


def _hour(day: date | None, clock: Clock, otherwise: float) -> float:
    return otherwise if day is None else float(clock.hour_of(day))


def _number(spec: Readmission, name: str) -> float:
    quantity = getattr(spec, name)
    return math.inf if quantity is None else float(quantity.value)
