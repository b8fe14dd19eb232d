"""Requests on desks: what is sent, what lies on a desk in order, what happens in a window.

A request on its way is a row of ``JOB``. Rows hang in heaps that have no array of their own (skew
heaps, Sleator & Tarjan 1986): one of all that is to happen, one of what lies on each desk. Both
orders tell any two rows apart, so what comes out does not depend on the shape of a heap.

``jobs`` are all rows, ``heads`` is ``NEXT``, ``FREE`` and ``USED``, ``tables`` are the columns of
each desk, shape (desks, ``COLUMNS``), ``duty`` is officers on duty, shape (desks, hours), from hour
``first`` on; nobody beyond.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Most stages of a request.
STAGES: Final = 3
#: What happens: an officer is done, a row arrives, officers come on duty; in this order.
DONE: Final = 0
ARRIVES: Final = 1
COMES: Final = 2
NONE: Final = -1

#: A request on its way or on a desk; what decides its turn lies in one line of 64 bytes.
#: ``hour``: of what happens to it next; ``asked``: hour of asking; ``begun``: of the work in hand;
#: ``left`` and ``right``: rows below it in its heap; ``desk`` that it lies on or comes to;
#: ``stage`` it is at, of ``stages``; ``what`` happens next; ``delay``: hours between the end of
#: the last stage and the answer. Of each stage: ``desks``, hours of ``transit`` until it lies
#: there, and hours of ``work``.
JOB = np.dtype([
    ("hour", np.float64), ("asked", np.float64), ("key", np.uint64), ("request", np.int64),
    ("begun", np.float64), ("left", np.int32), ("right", np.int32), ("desk", np.int16),
    ("rank", np.uint8), ("stage", np.uint8), ("what", np.uint8), ("stages", np.uint8),
    ("delay", np.float64), ("transit", np.float64, (STAGES,)), ("work", np.float64, (STAGES,)),
    ("desks", np.int16, (STAGES,)),
], align=True)  # fmt: skip
#: A stage that was finished.
STAGE = np.dtype([
    ("desk", np.int64), ("request", np.int64), ("start", np.float64), ("work", np.float64),
])  # fmt: skip

#: Columns of a desk: first row that lies on it, how many lie there, officers at work, whether the
#: hour is known at which to look again, and whether it is to be looked at now. Besides, of all
#: desks: those that are, one after the other.
FIRST: Final = 0
LYING: Final = 1
WORKING: Final = 2
ALARM: Final = 3
MARKED: Final = 4
LIST: Final = 5
COLUMNS: Final = 6
#: What is kept of all: what happens next, first free row, rows in use.
NEXT: Final = 0
FREE: Final = 1
USED: Final = 2


@compiled
def lies_before(one: Any, other: Any) -> Any:
    """Return whether a row, given as its record, is taken from a desk before another."""
    if one["rank"] != other["rank"]:
        return one["rank"] < other["rank"]
    if one["asked"] != other["asked"]:
        return one["asked"] < other["asked"]
    if one["key"] != other["key"]:
        return one["key"] < other["key"]
    if one["request"] != other["request"]:
        return one["request"] < other["request"]
    return one["stage"] < other["stage"]


@compiled
def happens_before(one: Any, other: Any) -> Any:
    """Return whether what happens to a row comes before what happens to another."""
    if one["hour"] != other["hour"]:
        return one["hour"] < other["hour"]
    if one["what"] != other["what"]:
        return one["what"] < other["what"]
    if one["desk"] != other["desk"]:
        return one["desk"] < other["desk"]
    return lies_before(one, other)


@compiled
def comes_before(one: Any, other: Any, events: Any) -> Any:
    """Return whether a row comes before another: in what happens, or on a desk."""
    return happens_before(one, other) if events else lies_before(one, other)


@compiled
def merged(jobs: Any, a: Any, b: Any, events: Any) -> Any:
    """Return the root of two heaps in one: of ``events``, or of what lies on a desk."""
    if a == NONE:
        return b
    if b == NONE:
        return a
    if comes_before(jobs[b], jobs[a], events):
        a, b = b, a
    root = a
    while True:
        job = jobs[a]
        below = np.int64(job["right"])
        job["right"] = job["left"]
        if below == NONE:
            job["left"] = b
            return root
        if comes_before(jobs[b], jobs[below], events):
            b, below = below, b
        job["left"] = below
        a = below


@compiled
def pushed(jobs: Any, root: Any, row: Any, events: Any) -> Any:
    """Return the root of a heap with one row more."""
    jobs[row]["left"] = NONE
    jobs[row]["right"] = NONE
    return merged(jobs, root, row, events)


@compiled
def popped(jobs: Any, root: Any, events: Any) -> Any:
    """Return the root of a heap without its first row."""
    return merged(jobs, np.int64(jobs[root]["left"]), np.int64(jobs[root]["right"]), events)


@compiled
def taken(jobs: Any, heads: I64) -> Any:
    """Return a free row, from now on in use."""
    row = heads[FREE]
    heads[FREE] = jobs[row]["left"]
    heads[USED] += 1
    return row


@compiled
def release(jobs: Any, heads: I64, row: Any) -> None:
    """Give a row back."""
    jobs[row]["left"] = heads[FREE]
    heads[FREE] = row
    heads[USED] -= 1


@compiled
def next_hour(jobs: Any, heads: I64) -> float:
    """Return the hour of what happens next, infinite for nothing."""
    return np.inf if heads[NEXT] == NONE else jobs[heads[NEXT]]["hour"]


@compiled
def submit(jobs: Any, heads: I64, sent: Any, now: Any) -> float:
    """Let rows be on their way to their first desk, each from its hour or now, if that has passed.

    Args:
        jobs: All rows, with as many free as are sent.
        heads: See above.
        sent: Rows to come, with all but what desks keep; ``JOB``, shape (m,).
        now: Hour on the clock.

    Returns:
        The hour of what happens next.
    """
    for i in range(sent.size):
        row = taken(jobs, heads)
        jobs[row] = sent[i]
        job = jobs[row]
        job["hour"] = max(job["hour"], now)
        job["stage"], job["what"] = 0, ARRIVES
        job["desk"] = job["desks"][0]
        heads[NEXT] = pushed(jobs, heads[NEXT], row, True)
    return next_hour(jobs, heads)


@compiled
def look_again(jobs: Any, heads: I64, desk: Any, hour: Any) -> None:
    """Look at a desk at an hour, whatever else happens there."""
    row = taken(jobs, heads)
    job = jobs[row]
    job["hour"], job["what"], job["desk"] = hour, COMES, desk
    job["rank"], job["asked"], job["key"] = 0, 0.0, 0
    job["request"], job["stage"] = NONE, 0
    heads[NEXT] = pushed(jobs, heads[NEXT], row, True)


@compiled
def mark(tables: I64, desk: Any, marked: Any) -> Any:
    """Have a desk looked at now; return how many desks are ``marked``."""
    if tables[desk, MARKED]:
        return marked
    tables[desk, MARKED] = 1
    tables[marked, LIST] = desk
    return marked + 1


@compiled
def hand_on(jobs: Any, heads: I64, row: Any, now: Any) -> Any:
    """Send a row to the desk of its next stage; return it if the row lies there at once."""
    job = jobs[row]
    stage = np.int64(job["stage"]) + 1
    job["stage"], job["desk"] = stage, job["desks"][stage]
    if job["transit"][stage] > 0.0:
        job["hour"], job["what"] = now + job["transit"][stage], ARRIVES
        heads[NEXT] = pushed(jobs, heads[NEXT], row, True)
        return NONE
    return np.int64(job["desk"])


@compiled
def begin_work(
    jobs: Any, heads: I64, tables: I64, duty: I64, first: Any, desk: Any, now: Any
) -> None:
    """Let officers of a desk who are free take up what lies there; know when others come."""
    at, planned = int(now) - first, duty.shape[1]
    on_duty = duty[desk, at] if 0 <= at < planned else 0
    while tables[desk, FIRST] != NONE and tables[desk, WORKING] < on_duty:
        row = tables[desk, FIRST]
        tables[desk, FIRST] = popped(jobs, row, False)
        tables[desk, LYING] -= 1
        tables[desk, WORKING] += 1
        job = jobs[row]
        job["begun"], job["what"] = now, DONE
        job["hour"] = now + job["work"][job["stage"]]
        heads[NEXT] = pushed(jobs, heads[NEXT], row, True)
    if tables[desk, FIRST] != NONE and not tables[desk, ALARM]:
        # Nobody may come within the plan; a new one looks again.
        tables[desk, ALARM] = 1
        for ahead in range(max(at + 1, 0), planned):
            if duty[desk, ahead] > on_duty:
                look_again(jobs, heads, desk, float(first + ahead))
                break
            on_duty = duty[desk, ahead]


@compiled
def finish(
    jobs: Any, heads: I64, row: Any, stages: Any, answers: I64, hours: F64, done: Any
) -> Any:
    """Note a stage that is finished in ``stages``; end the row with its last, or hand it on.

    Returns:
        Where the row lies at once, or ``NONE``; and how many requests are answered.
    """
    job = jobs[row]
    now, stage = job["hour"], np.int64(job["stage"])
    stages["desk"], stages["request"] = job["desk"], job["request"]
    stages["start"], stages["work"] = job["begun"], job["work"][stage]
    if stage + 1 < job["stages"]:
        return hand_on(jobs, heads, row, now), done
    answers[done], hours[done] = job["request"], now + job["delay"]
    release(jobs, heads, row)
    return NONE, done + 1


@compiled
def advance(
    jobs: Any, heads: I64, tables: I64, duty: I64, first: Any, begin: Any, end: Any, changed: Any,
    log: Any, logged: Any, answers: I64, hours: F64,
) -> Any:  # fmt: skip
    """Let happen what falls into a window; what happens at once begins work together.

    Args:
        jobs: See above; two a desk are free.
        heads: See above; so are the next three.
        tables: See above.
        duty: See above.
        first: See above.
        begin: First hour of the window.
        end: Hour it ends before.
        changed: Whether ``duty`` is not what it was in the window before.
        log: Stages finished, ``STAGE``; room for all stages of all rows behind ``logged``.
        logged: Stages in it.
        answers: Requests answered, room for all rows.
        hours: Hour of each answer, same shape.

    Returns:
        Stages in the log, requests answered, rows in use, and the hour of what happens next.
    """
    if changed:
        for each in range(duty.shape[0]):
            tables[each, ALARM] = 0
            if tables[each, FIRST] != NONE:
                look_again(jobs, heads, each, begin)
    done, marked = 0, 0
    while heads[NEXT] != NONE and jobs[heads[NEXT]]["hour"] < end:
        row = heads[NEXT]
        heads[NEXT] = popped(jobs, row, True)
        now, what = jobs[row]["hour"], jobs[row]["what"]
        desk, lies = np.int64(jobs[row]["desk"]), np.int64(NONE)
        if what == ARRIVES:
            lies = desk
        elif what == COMES:
            tables[desk, ALARM] = 0
            release(jobs, heads, row)
        else:
            tables[desk, WORKING] -= 1
            lies, done = finish(jobs, heads, row, log[logged], answers, hours, done)
            logged += 1
        if lies != NONE:
            tables[lies, FIRST] = pushed(jobs, tables[lies, FIRST], row, False)
            tables[lies, LYING] += 1
            marked = mark(tables, lies, marked)
        if tables[desk, FIRST] != NONE:
            marked = mark(tables, desk, marked)
        if heads[NEXT] != NONE and jobs[heads[NEXT]]["hour"] <= now:
            continue
        for k in range(marked):
            tables[tables[k, LIST], MARKED] = 0
            begin_work(jobs, heads, tables, duty, first, tables[k, LIST], now)
        marked = 0
    return logged, done, heads[USED], next_hour(jobs, heads)
