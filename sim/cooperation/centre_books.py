"""What desks record: by day, by hour of the week, by week and kind, and request by request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.cooperation.offices import Offices
from sim.cooperation.requests import KINDS, NOWHERE, RequestBook
from sim.cooperation.routing import ON_THE_SPOT, ROUTES
from sim.records.recorder import Recorder

F64 = NDArray[np.float64]
Index = NDArray[np.intp]

_WEEK = 168


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
        self._countries, self._borders, self._stations = (
            np.array(part, dtype=object) for part in names
        )
        desks = offices.desks
        self._desk = np.array([d.id for d in desks], dtype=object)
        self._centre = np.array([d.centre for d in desks], dtype=object)
        self._country = np.array([d.country for d in desks], dtype=object)
        calendars = {zone: clock.calendar(zone) for zone in set(zones)}
        self._hour_of_week = np.stack([
            calendars[z].weekday.astype(np.intp) * 24 + calendars[z].hour for z in zones
        ]).astype(np.intp)  # fmt: skip
        self._on_duty: F64 = np.zeros((len(desks), _WEEK))
        self._worked: F64 = np.zeros((len(desks), _WEEK))
        self._closed = 0
        self._begun = np.zeros((len(desks), _WEEK), np.int64)

    def close_day(self, day: int, end: int) -> None:
        """Record a day: officer hours, hours of the work finished, requests left on the desk."""
        offices, begin = self._offices, self._closed
        self._closed = end
        duty = offices.served[:, begin:end].astype(np.int64)
        count = len(offices.desks)
        rows = np.arange(count)[:, None]
        np.add.at(self._on_duty, (rows, self._hour_of_week[:, begin:end]), duty)
        worked = self._take_log()
        shop = offices.shop
        assert shop is not None
        waiting = np.array([shop.waiting(i) for i in range(count)])
        self._recorder.add(
            "desks", day=day, desk=self._desk, centre=self._centre, country=self._country,
            on_duty=duty.sum(axis=1).astype(float), worked=worked, waiting=waiting,
        )  # fmt: skip

    def _take_log(self) -> F64:
        """Enter what was finished since last asked; return the hours it took, by desk."""
        desk, request, start, work = self._offices.log.take()
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
        desk, start, work = desk[at_home], start[at_home], work[at_home]
        last = self._hour_of_week.shape[1] - 1
        hour = np.floor(start).astype(np.intp)
        np.add.at(self._begun, (desk, self._hour_of_week[desk, np.minimum(hour, last)]), 1)
        # The work of a request is spread over the hours it takes.
        finished: F64 = np.bincount(desk, work, count).astype(np.float64)
        left, at = start + work, start
        while len(desk):
            until = np.minimum(left, np.floor(at) + 1.0)
            hour = np.minimum(np.floor(at).astype(np.intp), last)
            np.add.at(self._worked, (desk, self._hour_of_week[desk, hour]), until - at)
            more = until < left
            desk, left, at = desk[more], left[more], until[more]
        return finished

    def write(self) -> None:
        """Write what is kept to the end: hours of the week, weeks, requests."""
        self._write_hours()
        columns = self._book.columns()
        if len(columns["kind"]):
            ended = float(self._clock.hours)
            answered = columns["answered"]
            columns["answered"] = np.where(answered <= ended, answered, np.nan)
            self._write_requests(columns)
            self._write_weeks(columns)

    def _write_hours(self) -> None:
        desk, hour = (a.ravel() for a in np.indices(self._on_duty.shape))
        self._recorder.add(
            "desk_hours", desk=self._desk[desk], centre=self._centre[desk],
            country=self._country[desk], hour_of_week=hour, on_duty=self._on_duty.ravel(),
            worked=self._worked.ravel(), begun=self._begun.ravel(),
        )  # fmt: skip

    def _write_requests(self, columns: dict[str, NDArray[Any]]) -> None:
        kinds, routes = np.array(KINDS, dtype=object), np.array(ROUTES, dtype=object)
        names = np.array([seat.id for seat in self._offices.seats], dtype=object)
        asked, answered = columns["asked"], columns["answered"]
        self._recorder.add(
            "requests", request=np.arange(len(asked)), kind=kinds[columns["kind"]],
            asking=self._countries[columns["asking"]],
            answering=self._countries[columns["answering"]],
            border=_named(self._borders, columns["border"]),
            station=_named(self._stations, columns["station"]),
            route=routes[columns["route"]],
            sender=_named(names, columns["sender"]), receiver=_named(names, columns["receiver"]),
            urgent=columns["urgent"], asked=asked,
            limit=np.where(np.isinf(columns["limit"]), np.nan, columns["limit"]),
            deadline=np.where(np.isinf(columns["deadline"]), np.nan, columns["deadline"]),
            sender_begun=columns["sender_begun"], sender_done=columns["sender_done"],
            receiver_begun=columns["receiver_begun"], receiver_done=columns["receiver_done"],
            answered=answered, in_time=answered <= columns["deadline"],
            hit=columns["hit"] & ~np.isnan(answered),
        )  # fmt: skip

    def _write_weeks(self, columns: dict[str, NDArray[Any]]) -> None:
        """Write the returns of every desk: requests out and in by week, partner and kind."""
        out, in_ = columns["sender"] != NOWHERE, columns["receiver"] != NOWHERE
        which = np.concatenate([out.nonzero()[0], in_.nonzero()[0]])
        if not which.size:
            return
        goes_out = np.repeat([True, False], (int(out.sum()), int(in_.sum())))
        desk = np.where(goes_out, columns["sender"][which], columns["receiver"][which])
        partner = np.where(goes_out, columns["answering"][which], columns["asking"][which])
        week = (columns["asked"][which] // _WEEK).astype(np.intp)
        keys = (columns["kind"][which], partner, goes_out, desk, week)
        response = columns["answered"][which] - columns["asked"][which]
        order = np.lexsort((response, *keys))  # NaN, unanswered, come last within a group
        which, response = which[order], response[order]
        sorted_keys = [key[order] for key in keys]
        new = np.zeros(len(order), np.bool_)
        new[0] = True
        for key in sorted_keys:
            new[1:] |= key[1:] != key[:-1]
        first = new.nonzero()[0]
        count = np.diff(np.append(first, len(order)))
        done = np.add.reduceat(~np.isnan(response), first).astype(np.int64)
        in_limit = columns["answered"][which] <= columns["limit"][which]
        hit = columns["hit"][which] & ~np.isnan(response)
        kind, partner, goes_out, desk, week = (key[first] for key in sorted_keys)
        seats = self._offices.seats
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


def _named(names: NDArray[Any], index: NDArray[Any]) -> NDArray[Any]:
    """Return names by index, "" for ``NOWHERE``."""
    return np.asarray(np.append(names, "")[index])


def _ranked(values: F64, first: Index, count: NDArray[np.int64], share: float) -> F64:
    """Return the nearest-rank quantile of each sorted group, NaN for one without values."""
    rank = np.maximum(np.ceil(share * count).astype(np.intp) - 1, 0)
    return np.where(count > 0, values[first + rank], np.nan)
