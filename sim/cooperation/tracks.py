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
from sim.kernels import tracks as kernels
from sim.kernels.tracks import NO_TRACK as NO_TRACK
from sim.scenario.specs.readmission import Holiday, Readmission

F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: Numbers of a track that a measure may set.
CHANGEABLE = (
    "near_hours", "near_distance", "request_within", "answer_within", "transfer_within",
    "prepare", "answer", "transfers",
)  # fmt: skip
_FIXED = (
    "extension", "extension_share", "spread", "request_share", "accept_share",
    "accept_with_evidence", "claim_share", "claim_delay", "moved_on_share",
)  # fmt: skip
#: Limits in the order of their rows.
_LIMITS = ("request_within", "answer_within", "extension", "transfer_within")
#: Rows of the table of terms that are numbers in force as they stand.
_PLAIN = {
    kernels.NEAR_HOURS: "near_hours", kernels.NEAR_DISTANCE: "near_distance",
    kernels.PREPARE: "prepare", kernels.ANSWER: "answer", kernels.TRANSFERS: "transfers",
    kernels.CLAIM_DELAY: "claim_delay", kernels.SPREAD: "spread",
    kernels.REQUEST_SHARE: "request_share", kernels.CLAIM_SHARE: "claim_share",
    kernels.EXTENSION_SHARE: "extension_share", kernels.ACCEPT_SHARE: "accept_share",
    kernels.MOVED_ON_SHARE: "moved_on_share",
}  # fmt: skip


class Tracks:
    """All tracks of a run; columns of shape ``(tracks,)``, in the order of the rows.

    Attributes:
        ids: Row ids.
        specs: The rows.
        requesting: Index of the country that asks.
        requested: Index of the country that is asked.
        place: Index of the place of handover for those who came by no leg from there.
        value: Numbers in force by field: limits and times in hours, km, persons a day, shares.
        terms: The same as kernels take them, and limits in days as NaN; see there.
        who: Whole numbers: countries, places, stretches of timelines, and what readmission writes
            there of bookings and borders; see ``sim.kernels.tracks``.
        ends: When limits in days end, by limit, track and day of the event; NaN otherwise.
        midnights: Hour at which each day of a country begins, shape (countries, days + 1).
        sessions: Sessions of the offices, track after track.
        hours_of_handover: Handovers, track after track: as they are searched, and as they are.
        tables: ``who``, ``terms``, ``ends`` and ``midnights``, as kernels take them.
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
        self._agreements = agreements
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
        self._calendar = LegalCalendar(
            clock, [zones[c] for c in countries], [days[c] for c in countries]
        )
        self._clock = np.array([CLOCKS.index(s.clock) for s in specs], np.intp)
        self._transfer_clock = np.array([CLOCKS.index(s.transfer_clock) for s in specs], np.intp)
        self._agreed_until, self._agreed_version = -math.inf, -1
        self._agreed_now = np.zeros(len(specs), np.bool_)
        self.midnights = self._calendar.midnights
        self.ends = np.full((kernels.LIMITS, len(specs), self._calendar.working.shape[1]), np.nan)
        self.terms: F64 = np.empty((kernels.TERMS, len(specs)))
        self.who: Index = np.empty((kernels.WHOLE, len(specs)), np.intp)
        self.tables = self.who, self.terms, self.ends, self.midnights
        self._lay_out()
        self._open_offices()

    def _lay_out(self) -> None:
        """Lay out what is in force now."""
        value, terms, who = self.value, self.terms, self.who
        for row, name in _PLAIN.items():
            terms[row] = value[name]
        terms[kernels.SINCE], terms[kernels.UNTIL] = self._since, self._until
        # Drawn apart in an ensemble, the two may cross: evidence never speaks against a request.
        supported = np.maximum(value["accept_with_evidence"], value["accept_share"])
        terms[kernels.SUPPORTED_SHARE] = supported
        who[kernels.REQUESTING], who[kernels.REQUESTED] = self.requesting, self.requested
        who[kernels.PLACE], who[kernels.CONSENT] = self.place, self.consent
        who[kernels.ACCELERATED] = self.accelerated
        for name in _LIMITS:
            self._lay_out_limit(name)

    def _lay_out_limit(self, name: str) -> None:
        """Lay out a limit by track: hours from the event, or when it ends by day of the event.

        A limit in days hangs on the day of the event alone: laid out once for all days.
        """
        row, value = _LIMITS.index(name), self.value[name]
        clock = self._transfer_clock if name == "transfer_within" else self._clock
        country = self.requesting if name == "request_within" else self.requested
        self.terms[row] = np.where(clock != 0, np.nan, value)
        if (clock != 0).any():
            self.ends[row] = self._calendar.deadlines_by_day(country, value, clock)

    def _open_offices(self) -> None:
        """Lay out office hours and handovers as they are in force now."""
        pairs = list(zip(self.requested.tolist(), self._office, strict=True))
        hours = OfficeHours([self._calendar.sessions(c, *office) for c, office in pairs])
        self.sessions = hours.sessions
        self.handovers = Timelines(
            [self._calendar.daily(c, spec.handover, daily)
             for spec, (c, (_, daily)) in zip(self.specs, pairs, strict=True)]
        )  # fmt: skip
        self.hours_of_handover = np.stack([self.handovers.laid, self.handovers.times])
        self.who[kernels.FIRST_SESSION], self.who[kernels.LAST_SESSION] = hours.first, hours.last
        self.who[kernels.FIRST_HANDOVER] = self.handovers.first
        self.who[kernels.LAST_HANDOVER] = self.handovers.last

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
            self._lay_out()
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
        track = np.empty(len(requesting), np.intp)
        if len(track):
            kernels.open_tracks(
                requesting, requested, since_entry, distance, hour,
                self.agreed(float(np.minimum.reduce(hour))), self.who, self.terms, track,
            )  # fmt: skip
        return track

    def agreed(self, hour: float) -> Mask:
        """Return on which tracks an agreement is in force at an hour."""
        agreements = self._agreements
        if not hour < self._agreed_until or agreements.version != self._agreed_version:
            self._agreed_now = agreements.covered(
                "readmission", self.requesting, self.requested, hour
            )
            self._agreed_until = agreements.holds_until(hour)
            self._agreed_version = agreements.version
        return self._agreed_now


def _hour(day: date | None, clock: Clock, otherwise: float) -> float:
    return otherwise if day is None else float(clock.hour_of(day))


def _number(spec: Readmission, name: str) -> float:
    quantity = getattr(spec, name)
    return math.inf if quantity is None else float(quantity.value)
