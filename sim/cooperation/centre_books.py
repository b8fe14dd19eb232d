"""What desks record: by day, by hour of the week, by week and kind, and request by request."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.cooperation.offices import Offices
from sim.cooperation.requests import KINDS, NOWHERE, RequestBook
from sim.cooperation.routing import ROUTES
from sim.kernels.requests import ON_THE_SPOT
from sim.records.columns import Later, Named, numbers
from sim.records.recorder import DailyTable, Recorder

F64 = NDArray[np.float64]
Index = NDArray[np.intp]

_WEEK = 168
#: Days kept before they are entered in the books together.
_DAYS_KEPT = 28


class _Day(NamedTuple):
    """A day closed: number, first hour, officers on duty (desks, hours), requests left by desk.

    Last, the stages logged since the days before were entered, up to its end.
    """

    number: int
    begin: int
    duty: NDArray[np.int16]
    waiting: list[int]
    stages: int


class CentreBooks:
    """Keeps the time officers of each desk are on duty and at work, and writes the tables.

    Args:
        offices: The desks.
        book: All requests.
        clock: The run's clock.
        zones: IANA zone of each desk.
        names: Country codes, borders, and posts and sectors as ``type:id``, by index.
        recorder: Where tables go.
    """

    def __init__(
        self,
        offices: Offices,
        book: RequestBook,
        clock: Clock,
        zones: Sequence[str],
        names: tuple[Sequence[str], Sequence[str], Sequence[str]],
        recorder: Recorder,
    ) -> None:
        self._offices, self._book, self._clock, self._recorder = offices, book, clock, recorder
        countries, self._borders, self._stations = names
        self._countries = np.array(countries, dtype=object)
        desks = offices.desks
        self._desk = np.array([d.id for d in desks], dtype=object)
        self._centre = np.array([d.centre for d in desks], dtype=object)
        self._country = np.array([d.country for d in desks], dtype=object)
        calendars = {zone: clock.calendar(zone) for zone in set(zones)}
        hour_of_week = np.stack([
            calendars[z].weekday.astype(np.intp) * 24 + calendars[z].hour for z in zones
        ]).astype(np.intp)  # fmt: skip
        # Where the hour of a desk is entered in the sums below, shape (desks, hours).
        self._cell: Index = np.arange(len(desks))[:, None] * _WEEK + hour_of_week
        # Sums by desk and hour of the week, shape (desks x 168,).
        self._on_duty: F64 = np.zeros(len(desks) * _WEEK)
        self._worked: F64 = np.zeros(len(desks) * _WEEK)
        self._closed = 0
        self._days: list[_Day] = []
        self._by_day = DailyTable(
            recorder, "desks", (clock.until - clock.start).days,
            desk=self._desk, centre=self._centre, country=self._country,
        )  # fmt: skip
        self._begun = np.zeros(len(desks) * _WEEK, np.int64)

    def close_day(self, day: int, end: int) -> None:
        """Keep a day: officers on duty, the work finished, requests left on the desk."""
        offices, begin = self._offices, self._closed
        self._closed = end
        shop = offices.shop
        assert shop is not None
        waiting = [shop.waiting(i) for i in range(len(self._desk))]
        # Whole hours may be planned anew once they are past, by a measure that begins at midnight.
        duty = offices.served[:, begin:end].copy()
        self._days.append(_Day(day, begin, duty, waiting, len(offices.log)))
        if len(self._days) == _DAYS_KEPT:
            self._enter()

    def _enter(self) -> None:
        """Enter the days kept in the books."""
        days, self._days = self._days, []
        if not days:
            return
        begin, end = days[0].begin, self._closed
        duty = np.concatenate([day.duty for day in days], axis=1).astype(np.int64)
        cell = self._cell[:, begin:end].ravel()
        self._on_duty += np.bincount(cell, duty.ravel(), self._on_duty.size)
        on_duty = np.add.reduceat(duty, [day.begin - begin for day in days], axis=1)
        finished = self._take_log(np.diff([day.stages for day in days], prepend=0))
        for i, day in enumerate(days):
            self._by_day.put(day.number, {
                "on_duty": on_duty[:, i], "worked": finished[i], "waiting": day.waiting,
            })  # fmt: skip

    def _take_log(self, stages: NDArray[np.int64]) -> F64:
        """Enter what was finished since last asked; return the hours it took, (days, desks).

        Args:
            stages: Stages finished on each of the days, shape (days,).
        """
        desk, request, start, work = self._offices.log.take()
        day = np.arange(len(stages)).repeat(stages)
        book, count = self._book, len(self._desk)
        for ends, begun, done in (
            (book.sender, book.sender_begun, book.sender_done),
            (book.receiver, book.receiver_begun, book.receiver_done),
        ):
            mine = ends[request] == desk
            begun[request[mine]] = start[mine]
            done[request[mine]] = (start + work)[mine]
        at_home = desk < count
        spot = ~at_home & (book.route[request] == ON_THE_SPOT)
        book.receiver_begun[request[spot]] = start[spot]
        book.receiver_done[request[spot]] = (start + work)[spot]
        day, desk, start, work = day[at_home], desk[at_home], start[at_home], work[at_home]
        last = self._cell.shape[1] - 1
        hour = np.floor(start).astype(np.intp)
        cell = self._cell[desk, np.minimum(hour, last)]
        self._begun += np.bincount(cell, minlength=self._begun.size)
        finished = np.bincount(desk + day * count, work, len(stages) * count)
        # The work of a request is spread over the hours it takes; sums are made day by day, of a
        # day's first hours first.
        parts: list[tuple[NDArray[Any], ...]] = []
        left, at = start + work, start
        while len(desk):
            until = np.minimum(left, np.floor(at) + 1.0)
            hour = np.minimum(np.floor(at).astype(np.intp), last)
            parts.append((day, self._cell[desk, hour], until - at))
            more = until < left
            day, desk, left, at = day[more], desk[more], left[more], until[more]
        if parts:
            day, cell, hours = (np.concatenate(part) for part in zip(*parts, strict=True))
            order = day.argsort(kind="stable")
            np.add.at(self._worked, cell[order], hours[order])
        return finished.reshape(len(stages), count).astype(np.float64)

    def write(self) -> None:
        """Write what is kept to the end: hours of the week, weeks, requests."""
        self._enter()
        self._by_day.write()
        self._write_hours()
        columns = self._book.columns()
        if len(columns["kind"]):
            ended = float(self._clock.hours)
            answered = columns["answered"]
            columns["answered"] = np.where(answered <= ended, answered, np.nan)
            self._write_requests(columns)
            self._write_weeks(columns)

    def _write_hours(self) -> None:
        desk, hour = np.divmod(np.arange(self._on_duty.size), _WEEK)
        self._recorder.add(
            "desk_hours", desk=self._desk[desk], centre=self._centre[desk],
            country=self._country[desk], hour_of_week=hour, on_duty=self._on_duty,
            worked=self._worked, begun=self._begun,
        )  # fmt: skip

    def _write_requests(self, columns: dict[str, NDArray[Any]]) -> None:
        desks = tuple(seat.id for seat in self._offices.seats)
        asked, answered = columns["asked"], columns["answered"]

        def named(names: Sequence[str], column: str) -> Named:
            # The last one is for ``NOWHERE``.
            return Named((*names, ""), columns[column])

        def finite(column: str) -> Later:
            hours = columns[column]
            return Later(
                len(hours), lambda some: np.where(np.isinf(hours[some]), np.nan, hours[some])
            )

        self._recorder.add(
            "requests", request=numbers(len(asked)), kind=named(KINDS, "kind"),
            asking=named(self._countries.tolist(), "asking"),
            answering=named(self._countries.tolist(), "answering"),
            border=named(self._borders, "border"), station=named(self._stations, "station"),
            route=named(ROUTES, "route"), sender=named(desks, "sender"),
            receiver=named(desks, "receiver"),
            urgent=columns["urgent"], asked=asked,
            limit=finite("limit"), deadline=finite("deadline"),
            sender_begun=columns["sender_begun"], sender_done=columns["sender_done"],
            receiver_begun=columns["receiver_begun"], receiver_done=columns["receiver_done"],
            answered=answered, in_time=answered <= columns["deadline"],
            hit=columns["hit"] & ~np.isnan(answered),
        )  # fmt: skip

    def _write_weeks(self, columns: dict[str, NDArray[Any]]) -> None:
        """Write the returns of every desk: requests out and in by week, partner and kind."""
        week = (columns["asked"] // _WEEK).astype(np.int16)
        order = week.argsort(kind="stable")
        ends = np.bincount(week).cumsum()
        for number, (begin, end) in enumerate(pairwise([0, *ends.tolist()])):
            self._write_week(number, {name: c[order[begin:end]] for name, c in columns.items()})

    def _write_week(self, week: int, columns: dict[str, NDArray[Any]]) -> None:
        """Write the returns of every desk on the requests of a week."""
        out, in_ = columns["sender"] != NOWHERE, columns["receiver"] != NOWHERE
        which = np.concatenate([out.nonzero()[0], in_.nonzero()[0]])
        if not which.size:
            return
        goes_out = np.repeat([True, False], (int(out.sum()), int(in_.sum())))
        desk = np.where(goes_out, columns["sender"][which], columns["receiver"][which])
        partner = np.where(goes_out, columns["answering"][which], columns["asking"][which])
        kind, seats = columns["kind"][which], self._offices.seats
        group = ((desk * 2 + goes_out) * len(self._countries) + partner) * len(KINDS) + kind
        response = columns["answered"][which] - columns["asked"][which]
        order = np.lexsort((response, group))  # NaN, unanswered, come last within a group
        which, response, group = which[order], response[order], group[order]
        first = np.append(True, group[1:] != group[:-1]).nonzero()[0]
        count = np.diff(np.append(first, len(order)))
        done = np.add.reduceat(~np.isnan(response), first).astype(np.int64)
        in_limit = columns["answered"][which] <= columns["limit"][which]
        hit = columns["hit"][which] & ~np.isnan(response)
        kind, partner, goes_out, desk = (
            key[order[first]] for key in (kind, partner, goes_out, desk)
        )
        centre = np.array([seat.centre for seat in seats], dtype=object)
        country = np.array([seat.country for seat in seats], dtype=object)
        self._recorder.add(
            "centres", week=week, centre=centre[desk], country=country[desk],
            direction=np.where(goes_out, "out", "in").astype(object),
            partner=self._countries[partner], kind=np.array(KINDS, dtype=object)[kind],
            requests=count, answered=done,
            in_time=np.add.reduceat(in_limit, first).astype(np.int64),
            hits=np.add.reduceat(hit, first).astype(np.int64), unanswered=count - done,
            median_hours=_ranked(response, first, done, 0.5),
            p90_hours=_ranked(response, first, done, 0.9),
        )  # fmt: skip


def _ranked(values: F64, first: Index, count: NDArray[np.int64], share: float) -> F64:
    """Return the nearest-rank quantile of each sorted group, NaN for one without values."""
    rank = np.maximum(np.ceil(share * count).astype(np.intp) - 1, 0)
    return np.where(count > 0, values[first + rank], np.nan)
