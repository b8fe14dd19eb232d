"""Requests asked in a window: what is drawn for them, and the stages they go through.

Columns are those of the book of requests (``sim.cooperation.requests``), of which a kernel works
on rows ``first`` to ``stop``.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, event_base, unit

F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
Mask = NDArray[np.bool_]

_LOW, _S32 = np.uint64(0xFFFFFFFF), np.uint64(32)
_TO_UNIT = 2.0**-32
_TO_ANGLE = 2.0 * np.pi * 2.0**-32

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


@compiled
def append(
    first: Any, of_kind: U8, from_country: I64, to_country: I64, at_border: I64, at_station: I64,
    of_event: U64, hour: F64, of_use: F64, kind: U8, asking: I16, answering: I16, border: I16,
    station: I16, key: U64, asked: F64, deadline: F64,
) -> None:  # fmt: skip
    """Write requests, shape (n,), in the rows of the book from ``first`` on.

    Kind, country that asks, country asked, border, station, key of the event, hour, and the hour
    up to which an answer is of use; then the columns of the book in the same order.
    """
    for i in range(of_kind.size):
        row = first + i
        kind[row] = of_kind[i]
        asking[row] = from_country[i]
        answering[row] = to_country[i]
        border[row] = at_border[i]
        station[row] = at_station[i]
        key[row] = of_event[i]
        asked[row] = hour[i]
        deadline[row] = of_use[i]


@compiled
def ask(
    first: Any, stop: Any, run: Any, kind: U8, key: U64, asking: I16, answering: I16, asked: F64,
    deadline: F64, urgent: Mask, limit: F64, hit: Mask, salts: U64, urgent_share: F64,
    hit_share: F64, since: F64, allowed: F64,
) -> None:  # fmt: skip
    """Draw whether requests are urgent and what they ask for is there; write by when.

    ``key`` becomes that of the request, ``deadline`` where it is NaN the limit of the clock.

    Args:
        first: First row.
        stop: Row behind the last.
        run: The run's own bits.
        kind: Column of the book; so are the next nine.
        key: Key of the event a request follows from.
        asking: Country that asks.
        answering: Country asked.
        asked: Hour.
        deadline: Hour up to which the answer is of use.
        urgent: To be written.
        limit: To be written.
        hit: To be written.
        salts: Of both draws, shape (2,).
        urgent_share: Share of urgent requests by kind.
        hit_share: Share of answers that hold what was asked for by kind.
        since: First hour of each period of clocks in force, shape (periods,).
        allowed: Hours allowed, (periods, normal or urgent, kinds, asking, answering).
    """
    for i in range(first, stop):
        what = kind[i]
        base = event_base(run, key[i], what)
        key[i] = base
        urgent[i] = unit(drawn(base, salts[0])) < urgent_share[what]
        hit[i] = unit(drawn(base, salts[1])) < hit_share[what]
        period = 0
        for k in range(1, since.size):
            if since[k] <= asked[i]:
                period = k
        hours = allowed[period, np.int64(urgent[i]), what, asking[i], answering[i]]
        limit[i] = asked[i] + hours
        if np.isnan(deadline[i]):
            deadline[i] = limit[i]


@compiled
def halves(base: U64, salts: U64, radius: F64, angle: F64) -> None:
    """Write both uniforms of normal draws (``Draws.normal``), in (0, 1] and in [0, 2 pi).

    Args:
        base: Bases of rows, shape (n,).
        salts: Salts, shape (k,).
        radius: To be written, shape (n, k).
        angle: To be written, same shape.
    """
    for i in range(base.size):
        for j in range(salts.size):
            bits = drawn(base[i], salts[j])
            radius[i, j] = (np.float64(bits >> _S32) + 1.0) * _TO_UNIT
            angle[i, j] = np.float64(bits & _LOW) * _TO_ANGLE


@compiled
def exponents(kind: U8, spread: F64, half_variance: F64, log: F64, cosine: F64) -> None:
    """Write over ``log`` the logarithm of lognormal factors of mean 1.

    Args:
        kind: Kind of each request, shape (n,).
        spread: Standard deviation of the logarithm by kind.
        half_variance: Half its square, likewise.
        log: Logarithm of the first uniform of normal draws, shape (n, 4).
        cosine: Cosine of the second, same shape.
    """
    for i in range(kind.size):
        for j in range(log.shape[1]):
            normal = np.sqrt(-2.0 * log[i, j]) * cosine[i, j]
            log[i, j] = normal * spread[kind[i]] - half_variance[kind[i]]


@compiled
def _is_there(staffed: Mask, desk: Any, at: Any) -> Any:
    return 0 <= at < staffed.shape[1] and staffed[desk, at]


@compiled
def way_of(
    ways: I64, begin: Any, count: Any, hour: Any, planned_from: Any, staffed: Mask,
    centre_of: I64, opened: F64,
) -> Any:  # fmt: skip
    """Return the first way whose desks are all staffed, else the first that exists, else none.

    Args:
        ways: All ways, shape (ways, 5).
        begin: First of the ways of a request, the best before the others.
        count: How many there are.
        hour: Hour of asking.
        planned_from: First hour of ``staffed``.
        staffed: Whether somebody is at a desk, shape (desks, hours).
        centre_of: Centre of each desk.
        opened: Hours from and up to which each centre works, shape (centres, 2).
    """
    at, waits = np.int64(hour) - planned_from, NOWHERE
    for way in range(begin, begin + count):
        there, exists = True, True
        for k in range(ways[way, COUNT]):
            desk = ways[way, DESKS + k]
            there = there and _is_there(staffed, desk, at)
            exists = exists and opened[centre_of[desk], 0] <= hour < opened[centre_of[desk], 1]
        if there:
            return way
        if exists and waits == NOWHERE:
            waits = way
    return waits


@compiled
def lay_out(
    first: Any, stop: Any, laid: Any, other: Any, kind: U8, asked: F64, urgent: Mask, key: U64,
    asking: I16, answering: I16, border: I16, station: I16, route: U8, sender: I16, receiver: I16,
    factor: F64, means: F64, ways: I64, ways_of: I64, planned_from: Any, staffed: Mask,
    centre_of: I64, opened: F64, abroad: I64, transit: F64, translation: F64, common: Mask,
    no_query: Mask, rows: Any, desk: I64, stage_transit: F64, work: F64,
) -> Any:  # fmt: skip
    """Choose the way of each request, and write the stages of those that go one.

    On the spot, if an officer of the country asked is there; ``other`` business goes between the
    two desks it has; the rest as ``way_of`` says. An officer on the spot asks his own country in
    his own language.

    Args:
        first: First row.
        stop: Row behind the last.
        laid: Stages already written, of rows before ``first``.
        other: Code of the kind that has its desks.
        kind: Column of the book; so are the next ten.
        asked: Hour of asking.
        urgent: Whether it goes first.
        key: Key of the request.
        asking: Country that asks.
        answering: Country asked.
        border: Border it concerns.
        station: Post or sector where it arose.
        route: To be written.
        sender: Desk of the country that asks; to be written.
        receiver: Desk of the country asked; to be written.
        factor: Factors of the hours of work, of the last rows up to ``stop``, shape (n, 4).
        means: Mean hours by kind, shape (kinds, 4).
        ways: Ways known, shape (ways, 5).
        ways_of: First and number of them by asking, answering, kind and border (none the last),
            shape (countries, countries, kinds, borders + 1, 2); a negative number is not known.
        planned_from: First hour of ``staffed``.
        staffed: Whether somebody is at a desk, shape (desks, hours).
        centre_of: Centre of each desk.
        opened: Hours from and up to which each centre works, shape (centres, 2).
        abroad: Desk of the officers of a country at a station, shape (stations, countries).
        transit: Hours a request travels before it lies on each desk.
        translation: Hours of translation by kind.
        common: Whether two desks have a language in common, shape (desks, desks).
        no_query: Whether a desk waits for another to query a kind's system, (desks, kinds).
        rows: To be written, ``desks.JOB``, room for n.
        desk: Desk of each stage, to be written, (room, stages); so are the next two.
        stage_transit: Hours of transit before it.
        work: Hours of work.

    Returns:
        The row that stopped it, its ways not being known (``stop`` for none), and stages written.
    """
    before = stop - factor.shape[0]
    for i in range(first, stop):
        what, hour = np.int64(kind[i]), asked[i]
        on_spot, way, code, count = NOWHERE, NOWHERE, BY_NOBODY, 2
        if what == other:
            code = BY_CENTRE
        else:
            if 0 <= station[i] < abroad.shape[0]:
                on_spot = abroad[station[i], answering[i]]
                if on_spot != NOWHERE and not _is_there(
                    staffed, on_spot, np.int64(hour) - planned_from
                ):
                    on_spot = NOWHERE
            if on_spot != NOWHERE:
                code, count = ON_THE_SPOT, 1
            else:
                line = border[i] if border[i] >= 0 else ways_of.shape[3] - 1
                known = ways_of[asking[i], answering[i], what, line]
                if known[1] < 0:
                    return i, laid
                way = way_of(
                    ways, known[0], known[1], hour, planned_from, staffed, centre_of, opened
                )
                if way != NOWHERE:
                    code, count = ways[way, ROUTE], ways[way, COUNT]
            sender[i], receiver[i] = NOWHERE, NOWHERE
        route[i] = code
        if code == BY_NOBODY:
            continue
        for k in range(count):
            if what == other:
                desk[laid, k] = sender[i] if k == 0 else receiver[i]
            else:
                desk[laid, k] = on_spot if on_spot != NOWHERE else ways[way, DESKS + k]
            stage_transit[laid, k] = transit[desk[laid, k]]
            step = PARTNER if k == count - 1 else OWN if k == 0 else BETWEEN
            work[laid, k] = factor[i - before, step] * means[what, step]
        last, delay = desk[laid, count - 1], 0.0
        if count > 1:
            sender[i], receiver[i] = desk[laid, 0], last
            if not common[desk[laid, count - 2], last]:
                work[laid, count - 1] += translation[what]
            if no_query[last, what]:
                delay = factor[i - before, CAPITAL] * means[what, CAPITAL]
        rows["hour"][laid] = hour + stage_transit[laid, 0]
        rows["asked"][laid] = hour
        rows["delay"][laid] = delay
        rows["key"][laid] = key[i]
        rows["request"][laid] = i
        rows["rank"][laid] = 0 if urgent[i] else 1
        rows["stages"][laid] = count
        laid += 1
    return stop, laid
