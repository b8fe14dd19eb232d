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
from sim.cooperation.legal_calendar import CLOCKS, LegalCalendar, OfficeHours, Timelines
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
        version: Grows whenever a number is set.
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
        self._standard, self._rank = ~self.accelerated, (1 + self.accelerated).astype(np.int8)
        # Tracks of a pair, shape (countries + 1, countries + 1, tracks): no country has none.
        count = len(countries) + 1
        self._of_pair: Mask = np.zeros((count, count, len(specs)), np.bool_)
        self._of_pair[self.requesting, self.requested, range(len(specs))] = True
        self.consent = np.array([s.silence == "consent" for s in specs], np.bool_)
        self._since = np.array([_hour(s.since, clock, -math.inf) for s in specs])
        self._until = np.array([_hour(s.until, clock, math.inf) for s in specs])
        self._dated = bool(np.isfinite(self._since).any() or np.isfinite(self._until).any())
        self.value: dict[str, F64] = {
            name: np.array([_number(s, name) for s in specs]) for name in (*CHANGEABLE, *_FIXED)
        }
        self._office = [(s.office, s.office_days == "all") for s in specs]
        days: dict[str, list[date]] = {c: [] for c in countries}
        for row in holidays:
            if row.country in days:
                days[row.country].append(row.day)
        self._calendar = LegalCalendar(
            clock, [zones[c] for c in countries], [days[c] for c in countries]
        )
        self._clock = np.array([CLOCKS.index(s.clock) for s in specs], np.intp)
        self._transfer_clock = np.array([CLOCKS.index(s.transfer_clock) for s in specs], np.intp)
        #: By limit, as ``_lay_out`` returns it.
        self._ends: dict[str, tuple[F64, F64 | None]] = {}
        self._turns = np.sort(np.concatenate([self._since, self._until]))
        self._agreed_until, self._agreed_version = -math.inf, -1
        self._agreed_now = np.zeros(len(specs), np.bool_)
        self.version = 0
        self._open_offices()

    def _open_offices(self) -> None:
        """Lay out office hours and handovers as they are in force now."""
        pairs = list(zip(self.requested.tolist(), self._office, strict=True))
        self._hours = OfficeHours([self._calendar.sessions(c, *office) for c, office in pairs])
        self.handovers = Timelines(
            [self._calendar.daily(c, spec.handover, daily)
             for spec, (c, (_, daily)) in zip(self.specs, pairs, strict=True)]
        )  # fmt: skip

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
            self._open_offices()
        elif quantity == "every_day":
            self._office[at] = (span, bool(value))
            self._open_offices()
        elif quantity in CHANGEABLE:
            self.value[quantity][at] = float(value)
            self._ends.pop(quantity, None)
            self.version += 1
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
        agreed = self._agreed(float(hour.min()))
        fits = self._of_pair[requesting, requested]
        if not np.count_nonzero(fits):
            return np.full(len(requesting), NO_TRACK)
        if self._dated:
            fits &= (hour[:, None] >= self._since) & (hour[:, None] < self._until)
        near = (since_entry[:, None] <= self.value["near_hours"]) & (
            distance[:, None] <= self.value["near_distance"]
        )
        near |= self._standard
        fits &= near
        fits &= agreed
        rank = fits * self._rank
        best = rank.argmax(axis=1)
        return np.where(rank.max(axis=1) > 0, best, NO_TRACK)

    def of_pairs(
        self, requesting: Index, requested: Index, first: float, last: float
    ) -> tuple[Index, Index, float, tuple[int, int]] | None:
        """Return the accelerated and the standard track open to pairs of countries.

        Args:
            requesting: Index of the country that asks, shape (m,).
            requested: Index of the country that is asked.
            first: First hour of those that matter.
            last: Last hour.

        Returns:
            The tracks, ``NO_TRACK`` where there is none; the hour until which they are; and what
            changes if they do before. None where they are not one and the same all the time.
        """
        agreed = self._agreed(first)
        until = min(self._agreed_until, *self._turns[self._turns > first].tolist(), math.inf)
        if not last < until:
            return None
        fits = self._of_pair[requesting, requested] & agreed
        fits &= (self._since <= first) & (first < self._until)
        fast, slow = (
            np.where((fits & kind).any(axis=1), (fits & kind).argmax(axis=1), NO_TRACK)
            for kind in (self.accelerated, self._standard)
        )
        if ((fits & self.accelerated).sum(axis=1) > 1).any():
            return None
        return fast, slow, until, self.versions

    @property
    def versions(self) -> tuple[int, int]:
        """What changes with the tracks' numbers, and with agreements."""
        return self.version, self._agreements.version

    def _agreed(self, hour: float) -> Mask:
        agreements = self._agreements
        if not hour < self._agreed_until or agreements.version != self._agreed_version:
            self._agreed_now = agreements.covered(
                "readmission", self.requesting, self.requested, hour
            )
            self._agreed_until = agreements.holds_until(hour)
            self._agreed_version = agreements.version
        return self._agreed_now

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
        event = np.where(self._clock[track] == 0, deadline, deadline - 1e-6)
        return self._deadline(track, self.requested, event, "extension")

    def transfer_deadline(self, track: Index, consent: F64) -> F64:
        """Return the hour by which a consent must be used, by the requested state's days."""
        return self._deadline(track, self.requested, consent, "transfer_within")

    def _deadline(self, track: Index, country: Index, event: F64, limit: str) -> F64:
        after, ends = self._ends.get(limit) or self._lay_out(limit, country)
        hours = event + after[track]
        if ends is None:
            return hours
        # Of the two ways to count, the one that is not the track's is NaN.
        day = self._calendar.day_of(country[track], event)
        return np.asarray(np.fmax(hours, ends[track, day]))

    def _lay_out(self, limit: str, country: Index) -> tuple[F64, F64 | None]:
        """Return a limit by track: hours from the event, or when it ends by day of the event.

        A limit in days hangs on the day of the event alone: laid out once for all days.
        """
        clock = self._transfer_clock if limit == "transfer_within" else self._clock
        value, by_days = self.value[limit], clock != 0
        ends = None
        if by_days.any():
            ends = self._calendar.deadlines_by_day(country, value, clock)
        self._ends[limit] = np.where(by_days, np.nan, value), ends
        return self._ends[limit]

    def answer_at(self, track: Index, request: F64, work: F64) -> F64:
        """Return the hour at which the requested state's office has worked on each so long."""
        return self._hours.after(track, request, work)


def _hour(day: date | None, clock: Clock, otherwise: float) -> float:
    return otherwise if day is None else float(clock.hour_of(day))


def _number(spec: Readmission, name: str) -> float:
    quantity = getattr(spec, name)
    return math.inf if quantity is None else float(quantity.value)
