"""Requests on desks: what is sent, what lies on a desk in order, what happens in a window.

A request on its way is a row of ``JOB``; its stages lie in arrays of ``STAGES`` columns: desk,
transit before it, and hours of work. Rows hang in heaps that have no array of their own (skew
heaps, Sleator & Tarjan 1986): one of all that is to happen, one of what lies on each desk. Both
orders tell any two rows apart, so what comes out does not depend on the shape of a heap.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

#: Most stages of a request.
STAGES: Final = 3
#: What happens: an officer is done, a row arrives, officers come on duty; in this order.
DONE: Final = 0
ARRIVES: Final = 1
COMES: Final = 2
NONE: Final = -1

#: A request on its way or on a desk. ``hour``: of what happens to it next; ``begun``: of the work
#: in hand; ``delay``: hours between the end of the last stage and the answer; ``left`` and
#: ``right``: rows below it in its heap.
JOB = np.dtype([
    ("hour", np.float64), ("begun", np.float64), ("asked", np.float64), ("delay", np.float64),
    ("key", np.uint64), ("request", np.int64), ("rank", np.int64), ("stage", np.int64),
    ("stages", np.int64), ("what", np.int64), ("desk", np.int64), ("left", np.int64),
    ("right", np.int64),
])  # fmt: skip
#: A stage that was finished.
STAGE = np.dtype([
    ("desk", np.int64), ("request", np.int64), ("start", np.float64), ("work", np.float64),
])  # fmt: skip

#: Columns of a desk: first row that lies on it, how many lie there, officers at work, whether the
#: hour is known at which to look again.
FIRST: Final = 0
LYING: Final = 1
WORKING: Final = 2
ALARM: Final = 3
#: What is kept of all: what happens next, first free row, rows in use.
NEXT: Final = 0
FREE: Final = 1
USED: Final = 2


@compiled
def lies_before(jobs: Any, a: Any, b: Any) -> Any:
    """Return whether a row is taken from a desk before another."""
    if jobs["rank"][a] != jobs["rank"][b]:
        return jobs["rank"][a] < jobs["rank"][b]
    if jobs["asked"][a] != jobs["asked"][b]:
        return jobs["asked"][a] < jobs["asked"][b]
    if jobs["key"][a] != jobs["key"][b]:
        return jobs["key"][a] < jobs["key"][b]
    if jobs["request"][a] != jobs["request"][b]:
        return jobs["request"][a] < jobs["request"][b]
    return jobs["stage"][a] < jobs["stage"][b]


@compiled
def happens_before(jobs: Any, a: Any, b: Any) -> Any:
    """Return whether what happens to a row comes before what happens to another."""
    if jobs["hour"][a] != jobs["hour"][b]:
        return jobs["hour"][a] < jobs["hour"][b]
    if jobs["what"][a] != jobs["what"][b]:
        return jobs["what"][a] < jobs["what"][b]
    if jobs["desk"][a] != jobs["desk"][b]:
        return jobs["desk"][a] < jobs["desk"][b]
    return lies_before(jobs, a, b)


@compiled
def merged(jobs: Any, a: Any, b: Any, events: Any) -> Any:
    """Return the root of two heaps in one: of ``events``, or of what lies on a desk."""
    if a == NONE:
        return b
    if b == NONE:
        return a
    left, right = jobs["left"], jobs["right"]
    if happens_before(jobs, b, a) if events else lies_before(jobs, b, a):
        a, b = b, a
    root = a
    while True:
        below = right[a]
        right[a] = left[a]
        if below == NONE:
            left[a] = b
            return root
        if happens_before(jobs, b, below) if events else lies_before(jobs, b, below):
            b, below = below, b
        left[a] = below
        a = below


@compiled
def pushed(jobs: Any, root: Any, row: Any, events: Any) -> Any:
    """Return the root of a heap with one row more."""
    jobs["left"][row] = NONE
    jobs["right"][row] = NONE
    return merged(jobs, root, row, events)


@compiled
def submit(
    jobs: Any, desk: I64, transit: F64, work: F64, heads: I64,
    sent: Any, sent_desk: I64, sent_transit: F64, sent_work: F64, now: Any,
) -> None:  # fmt: skip
    """Let rows be on their way to their first desk, each from its hour or now, if that has passed.

    Args:
        jobs: All rows, with as many free as are sent; ``JOB``, shape (rows,).
        desk: Desk of each stage, shape (rows, ``STAGES``); so are the next two.
        transit: Hours it travels until it lies there.
        work: Hours an officer works on it.
        heads: ``NEXT``, ``FREE`` and ``USED``.
        sent: Rows to come, with all but what desks keep; ``JOB``, shape (m,).
        sent_desk: Desk of each of their stages, shape (m, ``STAGES``); so are the next two.
        sent_transit: Hours of transit.
        sent_work: Hours of work.
        now: Hour on the clock.
    """
    for i in range(sent.size):
        row = heads[FREE]
        heads[FREE] = jobs["left"][row]
        heads[USED] += 1
        jobs[row] = sent[i]
        jobs["hour"][row] = max(sent["hour"][i], now)
        jobs["stage"][row] = 0
        jobs["what"][row] = ARRIVES
        jobs["desk"][row] = sent_desk[i, 0]
        for k in range(STAGES):
            desk[row, k] = sent_desk[i, k]
            transit[row, k] = sent_transit[i, k]
            work[row, k] = sent_work[i, k]
        heads[NEXT] = pushed(jobs, heads[NEXT], row, True)


@compiled
def look_again(jobs: Any, heads: I64, desk: Any, hour: Any) -> None:
    """Look at a desk at an hour, whatever else happens there."""
    row = heads[FREE]
    heads[FREE] = jobs["left"][row]
    heads[USED] += 1
    jobs["hour"][row] = hour
    jobs["what"][row] = COMES
    jobs["desk"][row] = desk
    jobs["rank"][row] = 0
    jobs["asked"][row] = 0.0
    jobs["key"][row] = 0
    jobs["request"][row] = NONE
    jobs["stage"][row] = 0
    heads[NEXT] = pushed(jobs, heads[NEXT], row, True)


@compiled
def release(jobs: Any, heads: I64, row: Any) -> None:
    """Give a row back."""
    jobs["left"][row] = heads[FREE]
    heads[FREE] = row
    heads[USED] -= 1


@compiled
def advance(
    jobs: Any, stage_desk: I64, transit: F64, work: F64, heads: I64, tables: I64,
    duty: I64, first: Any, begin: Any, end: Any, changed: Any,
    log: Any, logged: Any, answers: I64, hours: F64,
) -> Any:  # fmt: skip
    """Let happen what falls into a window; what happens at once begins work together.

    Args:
        jobs: All rows, two a desk free; ``JOB``, shape (rows,).
        stage_desk: Desk of each stage, shape (rows, ``STAGES``); so are the next two.
        transit: Hours it travels until it lies there.
        work: Hours an officer works on it.
        heads: ``NEXT``, ``FREE`` and ``USED``.
        tables: ``FIRST``, ``LYING``, ``WORKING`` and ``ALARM`` of each desk, shape (desks, 4).
        duty: Officers on duty, shape (desks, hours), from ``first`` on; nobody beyond.
        first: First hour of ``duty``.
        begin: First hour of the window.
        end: Hour it ends before.
        changed: Whether ``duty`` is not what it was in the window before.
        log: Stages finished, ``STAGE``; room for all stages of all rows behind ``logged``.
        logged: Stages in it.
        answers: Requests answered, room for all rows.
        hours: Hour of each answer, same shape.

    Returns:
        Stages in the log, and requests answered.
    """
    desks, planned = duty.shape
    answered = 0
    hour, desk_of, stage_of = jobs["hour"], jobs["desk"], jobs["stage"]
    if changed:
        for desk in range(desks):
            tables[desk, ALARM] = 0
            if tables[desk, FIRST] != NONE:
                look_again(jobs, heads, desk, begin)
    touched = np.empty(2 * desks, np.int64)
    some = 0
    waits = np.zeros(desks, np.bool_)
    while heads[NEXT] != NONE and hour[heads[NEXT]] < end:
        row = heads[NEXT]
        heads[NEXT] = merged(jobs, jobs["left"][row], jobs["right"][row], True)
        now, desk = hour[row], desk_of[row]
        what = jobs["what"][row]
        lies = NONE
        if what == ARRIVES:
            lies = desk
        elif what == COMES:
            tables[desk, ALARM] = 0
            release(jobs, heads, row)
        else:
            tables[desk, WORKING] -= 1
            stage = stage_of[row]
            log["desk"][logged] = desk
            log["request"][logged] = jobs["request"][row]
            log["start"][logged] = jobs["begun"][row]
            log["work"][logged] = work[row, stage]
            logged += 1
            stage += 1
            if stage == jobs["stages"][row]:
                answers[answered] = jobs["request"][row]
                hours[answered] = now + jobs["delay"][row]
                answered += 1
                release(jobs, heads, row)
            else:
                stage_of[row] = stage
                desk_of[row] = stage_desk[row, stage]
                if transit[row, stage] > 0.0:
                    hour[row] = now + transit[row, stage]
                    jobs["what"][row] = ARRIVES
                    heads[NEXT] = pushed(jobs, heads[NEXT], row, True)
                else:
                    lies = desk_of[row]
        if lies != NONE:
            tables[lies, FIRST] = pushed(jobs, tables[lies, FIRST], row, False)
            tables[lies, LYING] += 1
            if not waits[lies]:
                waits[lies] = True
                touched[some] = lies
                some += 1
        if tables[desk, FIRST] != NONE and not waits[desk]:
            waits[desk] = True
            touched[some] = desk
            some += 1
        if some == 0 or (heads[NEXT] != NONE and hour[heads[NEXT]] <= now):
            continue
        at = int(now) - first
        for k in range(some):
            desk = touched[k]
            waits[desk] = False
            on_duty = duty[desk, at] if 0 <= at < planned else 0
            while tables[desk, FIRST] != NONE and tables[desk, WORKING] < on_duty:
                row = tables[desk, FIRST]
                tables[desk, FIRST] = merged(jobs, jobs["left"][row], jobs["right"][row], False)
                tables[desk, LYING] -= 1
                tables[desk, WORKING] += 1
                jobs["begun"][row] = now
                jobs["what"][row] = DONE
                hour[row] = now + work[row, stage_of[row]]
                heads[NEXT] = pushed(jobs, heads[NEXT], row, True)
            if tables[desk, FIRST] != NONE and not tables[desk, ALARM]:
                # Nobody may come within the plan; a new one looks again.
                tables[desk, ALARM] = 1
                for ahead in range(max(at + 1, 0), planned):
                    if duty[desk, ahead] > on_duty:
                        look_again(jobs, heads, desk, float(first + ahead))
                        break
                    on_duty = duty[desk, ahead]
        some = 0
    return logged, answered
