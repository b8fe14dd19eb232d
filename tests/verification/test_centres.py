"""Desks of cooperation centres against queueing theory, and the two grains against each other."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pytest
import simpy
from numpy.typing import NDArray

from sim.control.stationary import mean_wait
from sim.cooperation.desks import Desks
from sim.cooperation.tactical_desks import TacticalDesks
from sim.kernels.desks import JOB
from sim.randomness import Draws
from tests.verification.proof import prove

F64 = NDArray[np.float64]


class Stage(NamedTuple):
    """A stage of a request: its desk, hours until it lies there, hours of work."""

    desk: int
    transit: float
    work: float


class Job(NamedTuple):
    """A request, in the order in which they are taken from a desk."""

    rank: int
    asked: float
    key: int
    request: int
    path: tuple[Stage, ...]


ARRIVALS, SERVERS, HOURS, WARM = 4.0, 5, 1000, 100


def poisson(draws: Draws, stream: str, rate: float, hours: float) -> F64:
    """Return the hours of a Poisson stream."""
    count = int(rate * hours + 8 * math.sqrt(rate * hours) + 20)
    gaps = -np.log1p(-draws.keyed(stream, np.arange(count))) / rate
    when = np.cumsum(gaps)
    return np.asarray(when[when < hours])


def exponential(draws: Draws, stream: str, count: int) -> F64:
    return np.asarray(-np.log1p(-draws.keyed(stream, np.arange(count))))


def sent(jobs: list[tuple[float, Job]]) -> NDArray[Any]:
    """Return jobs as the records that desks take."""
    made = np.zeros(len(jobs), JOB)
    for i, (hour, job) in enumerate(jobs):
        made["hour"][i] = hour
        for name in ("rank", "asked", "key", "request"):
            made[name][i] = getattr(job, name)
        made["stages"][i] = len(job.path)
        for k, stage in enumerate(job.path):
            made["desks"][i, k], made["transit"][i, k], made["work"][i, k] = stage
    return made


def worked(
    grain: str, duty: NDArray[np.int64], jobs: list[tuple[float, Job]], hours: int
) -> tuple[F64, F64]:
    """Return the hours at which each request (rows) was taken up at each desk, and answered."""
    answered = np.full(len(jobs), np.nan)
    note = answered.__setitem__
    shop: Any = (
        Desks(len(duty), note) if grain == "strategic"
        else TacticalDesks(simpy.Environment(), len(duty), note)
    )  # fmt: skip
    shop.set_duty(0, duty)
    shop.submit(sent(jobs))
    shop.serve(hours)
    desk, request, start, _ = shop.log.take()
    begun = np.full((len(jobs), len(duty)), np.nan)
    begun[request, desk] = start
    return begun, answered


def tandem(grain: str, replicate: int) -> tuple[float, float]:
    """Return mean waits at two desks of five officers each, one behind the other."""
    draws = Draws(replicate)
    when = poisson(draws, "arrivals", ARRIVALS, HOURS)
    first, second = (exponential(draws, s, len(when)) for s in ("own desk", "partner's desk"))
    jobs = [
        (hour, Job(1, hour, i, i, (Stage(0, 0.0, a), Stage(1, 0.0, b))))
        for i, (hour, a, b) in enumerate(zip(when.tolist(), first, second, strict=True))
    ]
    duty = np.full((2, HOURS), SERVERS, np.int64)
    begun, _ = worked(grain, duty, jobs, HOURS)
    late = (when > WARM) & ~np.isnan(begun[:, 1])
    own = begun[late, 0] - when[late]
    partner = begun[late, 1] - (begun[late, 0] + first[late])
    return float(own.mean()), float(partner.mean())


def test_two_desks_in_a_row_are_two_queues_of_erlang() -> None:
    """Erlang C at both: what leaves a queue M/M/c is Poisson again (Burke 1956)."""
    waits = np.array([tandem("strategic", r) for r in range(24)])
    expected = mean_wait(ARRIVALS, 1.0, SERVERS)
    assert expected == pytest.approx(0.554113, abs=1e-6)
    for proof, wait in zip(("8.1", "8.2"), waits.T, strict=True):
        error = float(wait.std(ddof=1) / math.sqrt(len(wait)))
        prove(proof, float(wait.mean()), 0.554113, error)


def test_a_process_a_request_is_a_queue_of_erlang() -> None:
    waits = np.array([tandem("tactical", r)[0] for r in range(8)])
    error = float(waits.std(ddof=1) / math.sqrt(len(waits)))
    prove("8.3", float(waits.mean()), 0.554113, error)


def changing(replicate: int) -> tuple[NDArray[np.int64], list[tuple[float, Job]]]:
    """Return three desks whose officers come and go, and requests of two ranks through them."""
    draws, hours = Draws(100 + replicate), 24 * 14
    hour = np.arange(hours)
    duty = np.stack([
        np.where((hour % 24 >= 8) & (hour % 24 < 16), 2, 0),
        np.where((hour % 24 >= 12) & (hour % 24 < 20), 3, 1),
        np.where((hour // 24 % 7 < 5) & (hour % 24 >= 8) & (hour % 24 < 18), 1, 0),
    ]).astype(np.int64)  # fmt: skip
    when = poisson(draws, "arrivals", 1.2, hours)
    work = draws.keyed("work", np.arange(len(when))[:, None], np.arange(3)) * 1.4
    ways = draws.keyed("way", np.arange(len(when)))
    jobs = []
    for i, at in enumerate(when.tolist()):
        desks = ((0, 1), (1, 2), (2, 0), (1,))[int(ways[i] * 4)]
        path = tuple(Stage(d, 3.0 * (d == 1), float(work[i, k])) for k, d in enumerate(desks))
        jobs.append((at + path[0].transit, Job(int(work[i, 0] > 0.7), at, i, i, path)))
    return duty, jobs


def test_the_grains_answer_in_the_same_minute() -> None:
    """Rows in batches and a process a request: shifts, priorities, distances, closed desks."""
    worst, answers = 0.0, 0
    for replicate in range(10):
        duty, jobs = changing(replicate)
        _, rows = worked("strategic", duty, jobs, duty.shape[1])
        _, processes = worked("tactical", duty, jobs, duty.shape[1])
        assert np.array_equal(np.isnan(rows), np.isnan(processes))
        done = ~np.isnan(rows)
        answers += int(done.sum())
        worst = max(worst, float(np.abs(rows - processes)[done].max()))
    assert answers > 1500
    prove("8.4", worst, 0.0, 0.0, absolute=1e-9)


def test_urgent_requests_wait_as_in_a_queue_with_priorities() -> None:
    """One officer, two ranks: waits of Cobham (1954), W0 = rho, over (1 - rho1)(1 - rho)."""
    urgent, plain, hours = 0.3, 0.4, 3000
    waits = []
    for replicate in range(24):
        draws = Draws(500 + replicate)
        rates = enumerate((urgent, plain))
        streams = [poisson(draws, f"rank {r}", rate, hours) for r, rate in rates]
        rank = np.repeat([0, 1], [len(s) for s in streams])
        when = np.concatenate(streams)
        work = exponential(draws, "work", len(when))
        jobs = [
            (float(h), Job(int(r), float(h), i, i, (Stage(0, 0.0, float(w)),)))
            for i, (h, r, w) in enumerate(zip(when, rank, work, strict=True))
        ]
        begun, _ = worked("strategic", np.ones((1, hours), np.int64), jobs, hours)
        wait = begun[:, 0] - when
        settled = (when > WARM) & ~np.isnan(wait)
        waits.append([wait[settled & (rank == r)].mean() for r in (0, 1)])
    rho = urgent + plain
    expected = (rho / (1 - urgent), rho / ((1 - urgent) * (1 - rho)))
    means = np.array(waits)
    for proof, column, theory in zip(("8.5", "8.6"), means.T, expected, strict=True):
        error = float(column.std(ddof=1) / math.sqrt(len(column)))
        prove(proof, float(column.mean()), theory, error)


def test_times_of_work_are_lognormal_with_the_mean_stated() -> None:
    draws, spread, n = Draws(3), 0.8, 200_000
    normal = draws.normal(draws.event_base(np.arange(n, dtype=np.uint64), np.zeros(n)), 17)
    factor = np.exp(spread * normal - spread**2 / 2)
    prove("8.7", float(factor.mean()), 1.0, float(factor.std(ddof=1) / math.sqrt(n)))
    deviation = (normal - normal.mean()) ** 2
    prove("8.8", float(deviation.mean()), 1.0, float(deviation.std(ddof=1) / math.sqrt(n)))
