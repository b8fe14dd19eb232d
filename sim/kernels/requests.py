"""Requests asked in a window: what is drawn for them, the stages they go through, their answers.

``requests`` are the records of the book of requests (``sim.cooperation.requests``); what is sent
are those from ``first`` up to ``stop``. ``kinds`` is ``KIND`` by kind of request.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, event_base, unit

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
Mask = NDArray[np.bool_]

_LOW, _S32 = np.uint64(0xFFFFFFFF), np.uint64(32)
_TO_UNIT = 2.0**-32
_TO_ANGLE = 2.0 * np.pi * 2.0**-32

#: Kinds of request.
IDENTITY: Final = 0
DOCUMENT: Final = 1
VEHICLE: Final = 2
READMISSION: Final = 3
SMUGGLING_INTELLIGENCE: Final = 4
CONTRABAND: Final = 5
OTHER: Final = 6
#: In place of a request where nobody is asked.
NOBODY_ASKED: Final = -1
#: How a request goes, in order of preference.
ON_THE_SPOT: Final = 0
BY_CENTRE: Final = 1
BY_INTERMEDIATE: Final = 2
BY_CONTACT_POINTS: Final = 3
BY_NOBODY: Final = 4
#: No desk, border, post or sector.
NOWHERE: Final = -1
#: Draws of a request: own desk, one between, partner's desk, and what a capital takes.
OWN: Final = 0
BETWEEN: Final = 1
PARTNER: Final = 2
CAPITAL: Final = 3
#: Columns of a way: its route, how many desks, and the desks.
ROUTE: Final = 0
COUNT: Final = 1
DESKS: Final = 2

#: A request; ``sim.cooperation.requests.RequestBook`` says what is in it.
REQUEST = np.dtype([
    ("key", np.uint64), ("about", np.uint64), ("asked", np.float64), ("deadline", np.float64),
    ("limit", np.float64), ("answered", np.float64), ("sender_begun", np.float64),
    ("sender_done", np.float64), ("receiver_begun", np.float64), ("receiver_done", np.float64),
    ("asking", np.int16), ("answering", np.int16), ("border", np.int16), ("station", np.int16),
    ("sender", np.int16), ("receiver", np.int16), ("kind", np.uint8), ("route", np.uint8),
    ("urgent", np.bool_), ("hit", np.bool_), ("of_thing", np.bool_), ("in_evidence", np.bool_),
], align=True)  # fmt: skip
#: A kind of request: shares that are urgent and whose answers hold what was asked for; spread of
#: the logarithm of hours of work and half its square; hours of translation; mean hours by draw.
KIND = np.dtype([
    ("urgent", np.float64), ("hit", np.float64), ("spread", np.float64),
    ("half_variance", np.float64), ("translation", np.float64), ("mean", np.float64, (4,)),
])  # fmt: skip
#: A desk: hours a request travels to it, hours from and up to which its centre works, and whether
#: it waits for another to query each kind's system.
SEAT = np.dtype([
    ("transit", np.float64), ("opened", np.float64), ("closed", np.float64),
    ("no_query", np.uint8, (OTHER + 1,)),
])  # fmt: skip
#: An answer: its hour, number of the request, whether it came in time and holds what was asked for.
ANSWER = np.dtype([
    ("hour", np.float64), ("request", np.int64), ("in_time", np.bool_), ("hit", np.bool_),
], align=True)  # fmt: skip


@compiled
def put(
    request: Any, kind: Any, asking: Any, answering: Any, border: Any, station: Any, event: Any,
    hour: Any, deadline: Any,
) -> None:  # fmt: skip
    """Write a request that is asked for an event; nothing else is known of it yet."""
    request["kind"], request["key"] = kind, event
    request["asking"], request["answering"] = asking, answering
    request["border"], request["station"] = border, station
    request["asked"], request["deadline"] = hour, deadline
    request["about"], request["of_thing"], request["in_evidence"] = 0, False, False
    request["sender"], request["receiver"], request["route"] = 0, 0, 0
    request["answered"] = np.nan
    request["sender_begun"], request["sender_done"] = np.nan, np.nan
    request["receiver_begun"], request["receiver_done"] = np.nan, np.nan


@compiled
def ask(
    first: Any, stop: Any, run: Any, requests: Any, salts: U64, kinds: Any, since: F64,
    allowed: F64, radius: F64, angle: F64,
) -> None:  # fmt: skip
    """Draw whether requests are urgent and what they ask for is there; write by when.

    The key of the event becomes that of the request, a deadline that is NaN the limit of the
    clock. Of the normal draws of its hours (``Draws.normal``) both uniforms are written.

    Args:
        first: First request.
        stop: Number behind the last.
        run: The run's own bits.
        requests: The book's records.
        salts: Of urgent and hit, and of the hours, shape (6,).
        kinds: See above.
        since: First hour of each period of clocks in force, shape (periods,).
        allowed: Hours allowed, (periods, normal or urgent, kinds, asking, answering).
        radius: To be written, in (0, 1], shape (stop - first, 4).
        angle: To be written, in [0, 2 pi), same shape.
    """
    for i in range(first, stop):
        request = requests[i]
        what, asked = request["kind"], request["asked"]
        base = event_base(run, request["key"], what)
        urgent = unit(drawn(base, salts[0])) < kinds[what]["urgent"]
        request["key"], request["urgent"] = base, urgent
        request["hit"] = unit(drawn(base, salts[1])) < kinds[what]["hit"]
        period = 0
        for k in range(1, since.size):
            if since[k] <= asked:
                period = k
        rank = 1 if urgent else 0
        limit = asked + allowed[period, rank, what, request["asking"], request["answering"]]
        request["limit"] = limit
        if np.isnan(request["deadline"]):
            request["deadline"] = limit
        for j in range(radius.shape[1]):
            bits = drawn(base, salts[2 + j])
            radius[i - first, j] = (np.float64(bits >> _S32) + 1.0) * _TO_UNIT
            angle[i - first, j] = np.float64(bits & _LOW) * _TO_ANGLE


@compiled
def exponents(first: Any, requests: Any, kinds: Any, log: F64, cosine: F64) -> None:
    """Write over ``log`` the logarithm of lognormal factors of mean 1.

    Args:
        first: First request.
        requests: The book's records.
        kinds: See above.
        log: Logarithm of the first uniform of normal draws, shape (stop - first, 4).
        cosine: Cosine of the second, same shape.
    """
    for i in range(log.shape[0]):
        kind = kinds[requests[first + i]["kind"]]
        for j in range(log.shape[1]):
            normal = np.sqrt(-2.0 * log[i, j]) * cosine[i, j]
            log[i, j] = normal * kind["spread"] - kind["half_variance"]


@compiled
def _is_there(staffed: Mask, desk: Any, at: Any) -> Any:
    return 0 <= at < staffed.shape[1] and staffed[desk, at]


@compiled
def way_of(
    ways: I64, begin: Any, count: Any, hour: Any, planned_from: Any, staffed: Mask, seats: Any
) -> Any:
    """Return the first way whose desks are all staffed, else the first that exists, else none.

    Args:
        ways: All ways, shape (ways, 5).
        begin: First of the ways of a request, the best before the others.
        count: How many there are.
        hour: Hour of asking.
        planned_from: First hour of ``staffed``.
        staffed: Whether somebody is at a desk, shape (desks, hours).
        seats: The desks, ``SEAT``.
    """
    at, waits = np.int64(hour) - planned_from, NOWHERE
    for way in range(begin, begin + count):
        there, exists = True, True
        for k in range(ways[way, COUNT]):
            desk = ways[way, DESKS + k]
            there = there and _is_there(staffed, desk, at)
            exists = exists and seats[desk]["opened"] <= hour < seats[desk]["closed"]
        if there:
            return way
        if exists and waits == NOWHERE:
            waits = way
    return waits


@compiled
def lay_out(
    first: Any, stop: Any, laid: Any, requests: Any, factor: F64, kinds: Any, ways: I64,
    ways_of: I64, planned_from: Any, staffed: Mask, seats: Any, abroad: I64, common: Mask,
    rows: Any,
) -> Any:  # fmt: skip
    """Choose the way of each request, and write the stages of those that go one.

    On the spot, if an officer of the country asked is there; other business goes between the two
    desks it has; the rest as ``way_of`` says. An officer on the spot asks his own country in
    his own language.

    Args:
        first: First request.
        stop: Number behind the last.
        laid: Requests already written, of those before ``first``.
        requests: The book's records; route and desks of both countries are to be written.
        factor: Factors of the hours of work, of the last requests up to ``stop``, shape (n, 4).
        kinds: See above.
        ways: Ways known, shape (ways, 5).
        ways_of: First and number of them by asking, answering, kind and border (none the last),
            shape (countries, countries, kinds, borders + 1, 2); a negative number is not known.
        planned_from: First hour of ``staffed``.
        staffed: Whether somebody is at a desk, shape (desks, hours).
        seats: The desks, ``SEAT``.
        abroad: Desk of the officers of a country at a station, shape (stations, countries).
        common: Whether two desks have a language in common, shape (desks, desks).
        rows: To be written, ``desks.JOB``, room for n.

    Returns:
        The request that stopped it, its ways not being known (``stop`` for none), and how many are
        written.
    """
    before = stop - factor.shape[0]
    for i in range(first, stop):
        request = requests[i]
        what, hour = np.int64(request["kind"]), request["asked"]
        asking, answering = request["asking"], request["answering"]
        on_spot, way, code, count = NOWHERE, NOWHERE, BY_NOBODY, 2
        if what == OTHER:
            code = BY_CENTRE
        else:
            if 0 <= request["station"] < abroad.shape[0]:
                on_spot = abroad[request["station"], answering]
                if on_spot != NOWHERE and not _is_there(
                    staffed, on_spot, np.int64(hour) - planned_from
                ):
                    on_spot = NOWHERE
            if on_spot != NOWHERE:
                code, count = ON_THE_SPOT, 1
            else:
                line = request["border"] if request["border"] >= 0 else ways_of.shape[3] - 1
                known = ways_of[asking, answering, what, line]
                if known[1] < 0:
                    return i, laid
                way = way_of(ways, known[0], known[1], hour, planned_from, staffed, seats)
                if way != NOWHERE:
                    code, count = ways[way, ROUTE], ways[way, COUNT]
            request["sender"], request["receiver"] = NOWHERE, NOWHERE
        request["route"] = code
        if code == BY_NOBODY:
            continue
        row, kind = rows[laid], kinds[what]
        desks, work = row["desks"], row["work"]
        for k in range(count):
            if what == OTHER:
                desks[k] = request["sender"] if k == 0 else request["receiver"]
            else:
                desks[k] = on_spot if on_spot != NOWHERE else ways[way, DESKS + k]
            row["transit"][k] = seats[desks[k]]["transit"]
            step = PARTNER if k == count - 1 else OWN if k == 0 else BETWEEN
            work[k] = factor[i - before, step] * kind["mean"][step]
        last, delay = desks[count - 1], 0.0
        if count > 1:
            request["sender"], request["receiver"] = desks[0], last
            if not common[desks[count - 2], last]:
                work[count - 1] += kind["translation"]
            if seats[last]["no_query"][what]:
                delay = factor[i - before, CAPITAL] * kind["mean"][CAPITAL]
        row["hour"], row["asked"], row["delay"] = hour + row["transit"][0], hour, delay
        row["key"], row["request"] = request["key"], i
        row["rank"], row["stages"] = 0 if request["urgent"] else 1, count
        laid += 1
    return stop, laid


@compiled
def _comes_first(requests: Any, one: Any, other: Any) -> Any:
    """Return whether an answer comes before another, by hour and key."""
    hour, by = requests[one]["answered"], requests[other]["answered"]
    return hour < by or (hour == by and requests[one]["key"] < requests[other]["key"])


@compiled
def take_answers(until: Any, waiting: I64, count: Any, requests: Any, cut: I64, came: Any) -> Any:
    """Take out answers that came by an hour, of each kind in order of hour and key.

    Args:
        until: The hour.
        waiting: Requests answered and not taken, the first ``count`` of them.
        count: See above.
        requests: The book's records.
        cut: To be written: where each kind begins in ``came``, and the last ends, (kinds + 1,).
        came: To be written, ``ANSWER``, room for ``count``.

    Returns:
        How many are still waiting.
    """
    left, ready = 0, 0
    cut[:] = 0
    for i in range(count):
        number = waiting[i]
        if not requests[number]["answered"] <= until:
            waiting[left] = number
            left += 1
            continue
        cut[requests[number]["kind"] + 1] += 1
        # They come nearly in order: few have to go far.
        at = ready
        while at > 0 and _comes_first(requests, number, came[at - 1]["request"]):
            came[at]["request"] = came[at - 1]["request"]
            at -= 1
        came[at]["request"] = number
        ready += 1
    for kind in range(1, cut.size):
        cut[kind] += cut[kind - 1]
    ordered = np.empty(ready, np.int64)
    for i in range(ready):
        ordered[i] = came[i]["request"]
    at_kind = cut[:-1].copy()
    for i in range(ready):
        request = requests[ordered[i]]
        answer = came[at_kind[request["kind"]]]
        at_kind[request["kind"]] += 1
        answer["hour"], answer["request"] = request["answered"], ordered[i]
        answer["in_time"] = request["answered"] <= request["deadline"]
        answer["hit"] = request["hit"]
    return left


@compiled
def settled(request: Any, hour: Any) -> Any:
    """Return whether a request had a hit in time by an hour; one not answered had none."""
    return request["answered"] <= min(request["deadline"], hour) and request["hit"]
