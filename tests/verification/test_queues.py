"""Queues of border crossing points against theory, in both grains (MODEL 7; Erlang B of 5a).

Simulated statistics come from 20 independent replications of the tactical post, each a SimPy
process a vehicle, held within 3 standard errors. Where the service is exponential they begin in
the stationary state, so that every arrival counts; elsewhere a warm-up is cut off.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import simpy
from numpy.typing import NDArray

from sim.control.fluid_queue import FluidQueues
from sim.control.stationary import (
    batch_moments,
    erlang_a,
    erlang_b,
    mean_wait,
    pollaczek_khinchine,
    wait_exceeds,
)
from sim.control.tactical_post import Hurry, Line, TacticalPost
from sim.control.traffic import Handling, Traffic
from sim.randomness import Draws, text_key
from sim.scenario.specs.control import Post
from tests.verification.proof import prove
from tests.verification.two_peak_days import exact_waits, two_peak_days

F64 = NDArray[np.float64]

REPLICATIONS = 20
ERLANG_C = {
    "7.1": (0.8, 1, 4.000000), "7.2": (1.5, 2, 1.285714), "7.3": (2.7, 3, 2.723537),
    "7.4": (4.0, 5, 0.554113), "7.5": (9.0, 10, 0.668732), "7.6": (18.0, 20, 0.275385),
}  # fmt: skip


def post(lanes: int, streams: int = 1, booth_share: float = 1.0) -> Post:
    """Return a post whose service takes one hour on average."""
    names = ("cars", "lorries")[:streams]
    return Post.model_validate({
        "id": "gate", "country": "SRB", "lat": 44, "lon": 20, "kind": "road",
        "officers": {"border_police": lanes}, "shift": "day", "booth_share": booth_share,
        "cue_share": 0, "referral_cued": 0, "referral_plain": 0,
        "streams": [{
            "id": name, "demand": 1, "pattern": "flat", "lanes": lanes, "first_line": "1 h",
            "second_line_share": 0.5 if booth_share < 1 else 0, "second_line": "30 min",
            "persons_per_unit": 1,
        } for name in names],
    })  # fmt: skip


def steady(rate: float, units: int, handling: Handling, draws: Draws, present: int = 0) -> Traffic:
    """Return units of steady traffic, the first at hour 0, and before them those present then.

    An arrival at hour 0 sees the state at rest, and so does each one after it; the first
    arrival *after* hour 0 would see what is left of it (Palm against time averages).
    """
    hours = int(1.5 * units / rate + 50)
    drawn = Traffic.draw("gate cars", np.full(hours, rate), handling, draws)
    first = Traffic.draw("before", np.full(1, 4.0 * present + 40.0), handling, draws)
    assert drawn.arrive.size >= units
    assert first.arrive.size >= present
    columns = {
        name: np.concatenate([getattr(first, name)[:present], getattr(drawn, name)[:units]])
        for name in ("booth", "second", "patience", "priority")
    }
    arrive = np.concatenate([np.zeros(present), drawn.arrive[:units] - drawn.arrive[0]])
    return Traffic(arrive=arrive, **columns)


def stationary_present(rate: float, servers: int, draws: Draws) -> int:
    """Draw the number present in M/M/c at rest, service rate 1."""
    u = draws.scalar("present at the start")
    weights: list[float] = []
    n, weight = 0, 1.0
    while n <= servers or weight > 1e-12 * sum(weights):
        weights.append(weight)
        n += 1
        weight *= rate / min(n, servers)
    return int(np.searchsorted(np.cumsum(weights) / sum(weights), u))


def line_of(
    servers: int, traffic: Traffic, until: float | None = None, hurry: Hurry | None = None
) -> Line:
    """Run one stream at a post with all lanes staffed and return its line."""
    env = simpy.Environment()
    run = TacticalPost(env, post(servers), {"cars": traffic}, np.full(1, servers), hurry=hurry)
    env.run(until)
    line = run.lines["cars"]
    line.close_books()
    return line


def seeds(proof: str) -> list[int]:
    """Return the seeds of a proof's replications, its own."""
    first = text_key(f"proof {proof}") % 2**31
    return [first + k for k in range(REPLICATIONS)]


def replicate(proof: str, statistic: Callable[[Draws], float]) -> tuple[float, float]:
    """Return mean and standard error over independent replications."""
    values = np.array([statistic(Draws(seed)) for seed in seeds(proof)])
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(REPLICATIONS))


def waits_at_rest(rate: float, servers: int, units: int, draws: Draws) -> F64:
    """Return the waits of the first units to arrive at an M/M/c queue at rest."""
    present = stationary_present(rate, servers, draws)
    line = line_of(servers, steady(rate, units, Handling(first_line=1.0), draws, present))
    waits = np.array(line.waited)[present:]  # first come, first served
    assert waits.size == units
    return waits


@pytest.mark.parametrize("proof", sorted(ERLANG_C))
def test_tactical_queue_meets_erlang_c(proof: str) -> None:
    rate, servers, expected = ERLANG_C[proof]
    assert mean_wait(rate, 1.0, servers) == pytest.approx(expected, abs=5e-7)
    mean, error = replicate(proof, lambda d: float(waits_at_rest(rate, servers, 3000, d).mean()))
    prove(proof, mean, expected, error)


def test_tactical_queue_meets_the_tail_of_the_wait() -> None:
    expected = wait_exceeds(4.0, 1.0, 5, 1.0)
    assert expected == pytest.approx(0.203847, abs=5e-7)
    mean, error = replicate("7.7", lambda d: float((waits_at_rest(4.0, 5, 3000, d) > 1.0).mean()))
    prove("7.7", mean, expected, error)


def test_strategic_queue_at_rest_meets_erlang_c() -> None:
    cases = list(ERLANG_C.values())
    queues = FluidQueues(np.ones(len(cases), dtype=np.intp))
    rates = np.array([rate for rate, _, _ in cases]) * 20.0
    servers = np.array([[c for _, c, _ in cases]])
    queues.set_servers(servers, np.full((1, len(cases)), 20.0))
    for _ in range(600):
        served, waiting = queues.advance(rates)
    worst = max(abs(20.0 * waiting / served / [w for _, _, w in cases] - 1.0))
    prove("7.8", float(worst), 0.0, 0.0, absolute=0.005)


def test_littles_law_holds_on_every_queue() -> None:
    """Arrivals in a finished run wait, in sum, as long as the queue stood: an identity."""
    draws = Draws(5)
    gate = post(3, streams=2, booth_share=0.6)
    handling = Handling(1.0, 0.5, 0.5, patience=2.0)
    units = {s: Traffic.draw(s, np.full(40, 0.9), handling, draws) for s in ("cars", "lorries")}
    env = simpy.Environment()
    duty = np.array([6.0, 4.0, 0.0, 5.0] * 10)
    run = TacticalPost(env, gate, units, np.append(duty, 6.0))
    env.run()
    worst, queues = 0.0, 0
    for line in (*run.lines.values(), run.second_line):
        line.close_books()
        assert line.waiting == 0
        assert line.area > 1.0
        worst = max(worst, abs(sum(line.waited) + line.reneged_wait - line.area) / line.area)
        queues += 1
    assert queues == 3
    assert all(line.reneged for line in run.lines.values())
    prove("7.9", worst, 0.0, 0.0, absolute=1e-9)


def warm(rate: float, handling: Handling, units: int, draws: Draws) -> float:
    line = line_of(1, steady(rate, units + 400, handling, draws))
    return float(np.array(line.waited)[400:].mean())


@pytest.mark.parametrize(
    ("proof", "handling"),
    [
        ("7.10", Handling(1.0, distribution="deterministic", variation=0.0)),
        ("7.11", Handling(1.0, distribution="lognormal", variation=1.5)),
    ],
)
def test_tactical_queue_meets_pollaczek_khinchine(proof: str, handling: Handling) -> None:
    expected = pollaczek_khinchine(0.7, 1.0, handling.variation**2)
    mean, error = replicate(proof, lambda d: warm(0.7, handling, 4000, d))
    prove(proof, mean, expected, error)


def test_nobody_is_served_without_staff() -> None:
    """Both grains: with no officer the queue is everyone who came, and nobody has been served."""
    traffic = Traffic.draw("gate cars", np.full(6, 7.0), Handling(1.0), Draws(3))
    env = simpy.Environment()
    run = TacticalPost(env, post(4), {"cars": traffic}, np.zeros(6))
    env.run(6.0)
    line = run.lines["cars"]
    assert not line.waited
    assert line.waiting == traffic.arrive.size > 20
    queues = FluidQueues(np.ones(1, dtype=np.intp))
    queues.set_servers(np.zeros((1, 1), dtype=np.intp), np.zeros((1, 1)))
    served = sum(float(queues.advance(np.array([7.0]))[0][0]) for _ in range(6))
    assert served == 0.0
    prove("7.12", float(queues.waiting()[0]), 42.0, 0.0, absolute=1e-9)


def test_no_unit_is_lost_in_the_strategic_grain() -> None:
    """Arrived less served is present, in every hour, whatever staff and load do."""
    draws = Draws(9)
    hours, rows = 200, 12
    u = [draws.keyed("x", i, np.arange(hours * rows)).reshape(hours, rows) for i in range(3)]
    arrivals, servers = 90.0 * u[0] ** 2, (5.0 * u[1]).astype(np.intp)
    queues = FluidQueues(np.repeat([1, 4], 6))
    queues.set_servers(servers, np.where(u[2] < 0.1, 0.0, 5.0 + 20.0 * u[2]))
    worst = 0.0
    for hour in range(hours):
        before = queues.present
        served, waiting = queues.advance(arrivals[hour], hour)
        assert (served >= 0).all()
        assert (waiting >= 0).all()
        assert (queues.present >= 0).all()
        worst = max(worst, float(abs(arrivals[hour] - served - queues.present + before).max()))
    prove("7.20", worst, 0.0, 0.0, absolute=1e-9)


RENEGING = (6.0, 5, 0.5)  # arrivals and patience rate per service time, servers


def reneging(draws: Draws) -> tuple[float, float]:
    """Return (share given up, mean queue) of M/M/5+M after a warm-up of 50 service times."""
    rate, servers, patience = RENEGING
    handling = Handling(1.0, patience=1.0 / patience)
    traffic = Traffic.draw("gate cars", np.full(450, rate), handling, draws)
    env = simpy.Environment()
    run = TacticalPost(env, post(servers), {"cars": traffic}, np.full(1, servers))
    line = run.lines["cars"]
    env.run(50.0)
    line.close_books()
    before = line.area
    env.run(400.0)
    line.close_books()
    queue = (line.area - before) / 350.0
    env.run()
    counted = [sum(50.0 <= t < 400.0 for t in times) for times in (line.reneged, line.arrived)]
    return counted[0] / sum(counted), queue


def test_tactical_queue_meets_erlang_a() -> None:
    rate, servers, patience = RENEGING
    share, queue = erlang_a(rate, 1.0, servers, patience)
    found = np.array([reneging(Draws(seed)) for seed in seeds("7.13")])
    error = found.std(axis=0, ddof=1) / math.sqrt(REPLICATIONS)
    prove("7.13", float(found[:, 0].mean()), share, float(error[0]))
    prove("7.14", float(found[:, 1].mean()), queue, float(error[1]))


def test_erlang_a_has_erlang_b_and_c_at_its_ends() -> None:
    assert erlang_a(2.0, 1.0, 3, 1e9)[0] == pytest.approx(erlang_b(2.0, 3), rel=1e-6)
    share, queue = erlang_a(4.0, 1.0, 5, 1e-9)
    assert share == pytest.approx(0.0, abs=1e-8)
    assert queue == pytest.approx(4.0 * mean_wait(4.0, 1.0, 5), rel=1e-6)


def blocked(draws: Draws) -> float:
    """Return the share of M/M/3 arrivals that find every server busy and leave at once."""
    handling = Handling(1.0, patience=0.0, deadline=True)
    traffic = Traffic.draw("gate cars", np.full(1020, 2.0), handling, draws)
    line = line_of(3, traffic)
    counted = [sum(t >= 20.0 for t in times) for times in (line.reneged, line.arrived)]
    return counted[0] / sum(counted)


def test_blocked_share_is_erlang_b() -> None:
    expected = erlang_b(2.0, 3)
    assert expected == pytest.approx(0.210526, abs=5e-7)
    mean, error = replicate("5a.1", blocked)
    prove("5a.1", mean, expected, error)


def batches(draws: Draws) -> float:
    """Return the mean number waiting and in service of flights of 6 at 3 booths, load 0.75."""
    handling = Handling(1.0, batch=6)
    traffic = Traffic.draw("gate cars", np.full(2300, 2.25), handling, draws)
    env = simpy.Environment()
    run = TacticalPost(env, post(3), {"cars": traffic}, np.full(1, 3.0))
    line = run.lines["cars"]
    env.run(300.0)  # batches relax slowly: several times the relaxation of single arrivals
    line.close_books()
    before = line.area
    env.run(2300.0)
    line.close_books()
    return (line.area - before) / 2000.0


def test_flights_meet_the_batch_queue() -> None:
    mean, error = replicate("7.15", batches)
    expected = float(batch_moments(np.array([0.75]), 3, 6)[0][0]) - 2.25
    prove("7.15", mean, expected, error)


def test_strategic_grain_meets_the_exact_transient_queue() -> None:
    """Each day, without sampling error: Kolmogorov equations of M(t)/M/c."""
    days = list(two_peak_days(20, 1, (2, 5), (12.0, 30.0)))
    exact, exact_hourly = exact_waits(days)
    found = [day.strategic() for day in days]
    mean = np.array([m for m, _ in found]) / exact - 1.0
    late = np.array([np.percentile(h, 95) for _, h in found])
    late = late / np.percentile(exact_hourly, 95, axis=1) - 1.0
    prove("7.16", float(abs(mean).max()), 0.0, 0.0, absolute=0.05)
    prove("7.17", float(abs(late).max()), 0.0, 0.0, absolute=0.10)


def test_grains_agree() -> None:
    """20 two-peak days, tactical averaged over 20 replications; relative difference of the sums.

    Each day is held too, within the tolerance and 3 standard errors of its tactical mean.
    """
    days = list(two_peak_days(20, 1, (2, 5), (12.0, 30.0)))
    mean, mean_error, late = np.empty((3, len(days)))
    found = np.empty((2, len(days)))
    for i, day in enumerate(days):
        runs = [day.tactical(100 * i + k) for k in range(REPLICATIONS)]
        waits, units = (np.array([r[j] for r in runs]) for j in (0, 1))
        mean[i] = waits.sum() / units.sum()
        each = waits.sum(axis=1) / units.sum(axis=1)
        mean_error[i] = each.std(ddof=1) / math.sqrt(REPLICATIONS)
        late[i] = np.percentile(waits.sum(axis=0) / units.sum(axis=0), 95)
        overall, hourly = day.strategic()
        found[:, i] = overall, np.percentile(hourly, 95)
    assert (abs(found[0] - mean) <= 0.10 * mean + 3.0 * mean_error).all()
    error = math.sqrt(float((mean_error**2).sum())) / float(mean.sum())
    assert error < 0.03
    prove("7.18", float(found[0].sum() / mean.sum()), 1.0, error, absolute=0.10)
    prove("7.19", float(found[1].sum() / late.sum()), 1.0, error, absolute=0.15)


def test_officers_hurry_when_many_wait() -> None:
    """State-dependent service: twice the speed from one waiting a lane on; fewer wait."""
    usual = np.empty(REPLICATIONS)
    hurried = np.empty(REPLICATIONS)
    for k in range(REPLICATIONS):
        traffic = steady(1.6, 600, Handling(1.0), Draws(k))
        usual[k] = np.mean(line_of(2, traffic).waited)
        hurried[k] = np.mean(line_of(2, traffic, hurry=Hurry(1.0, 2.0)).waited)
    saved = usual - hurried
    assert saved.mean() > 5.0 * saved.std(ddof=1) / math.sqrt(REPLICATIONS)
