"""Generated days with two peaks, and the exact transient queue that the grains are held against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.clock import Clock
from sim.control.posts import Posts
from sim.control.tactical_post import TacticalPost
from sim.randomness import Draws
from sim.scenario.specs.control import DemandPattern, Post

F64 = NDArray[np.float64]
#: A Monday in a month of 30 days, so that weekday and month weights of 1 leave demand alone.
DAY = date(2018, 4, 2)
CLOCK = Clock(DAY, date(2018, 4, 3), "Europe/Belgrade")


@dataclass(frozen=True)
class TwoPeakDay:
    """A day of one stream at one post: arrivals per hour, lanes, units per hour and lane."""

    peak_load: float
    lanes: int
    service: float
    rates: F64

    def post(self) -> Post:
        """Return the post: every officer in a booth, nobody referred."""
        return Post.model_validate({
            "id": "gate", "country": "SRB", "lat": 44, "lon": 20, "kind": "road",
            "officers": {"border_police": self.lanes}, "shift": "day", "booth_share": 1,
            "cue_share": 0, "referral_cued": 0, "referral_plain": 0,
            "streams": [{
                "id": "cars", "demand": float(self.rates.sum()), "pattern": "day",
                "lanes": self.lanes, "first_line": 60.0 / self.service, "second_line_share": 0,
                "second_line": 0, "persons_per_unit": 2,
            }],
        })  # fmt: skip

    def strategic(self) -> tuple[float, F64]:
        """Return mean wait and hourly mean waits, hours, of the strategic grain."""
        pattern = DemandPattern.model_validate(
            {"id": "day", "hours": self.rates.tolist(), "weekdays": [1] * 7, "months": [1] * 12}
        )
        posts = Posts([self.post()], [pattern], [], CLOCK, ["Europe/Belgrade"])
        served, spent, hourly = 0.0, 0.0, np.empty(24)
        for hour in range(24):
            posts.step(hour, 1, np.array([self.lanes]))
            row = posts.daily()
            hourly[hour] = row["mean_wait"][0] / 60.0
            served += row["served"][0]
            spent += hourly[hour] * row["served"][0]
        return spent / served, hourly

    def tactical(self, seed: int) -> tuple[F64, F64]:
        """Return summed waits (hours) and units by hour of arrival, one replication."""
        env = simpy.Environment()
        officers = np.full(24, float(self.lanes))
        post = TacticalPost.from_demand(
            env, self.post(), self.rates[None, :], officers, Draws(seed)
        )
        env.run()
        line = post.lines["cars"]
        hour = np.array(line.arrived, dtype=np.intp)
        waits = np.bincount(hour, weights=np.array(line.waited), minlength=24).astype(float)
        return waits, np.bincount(hour, minlength=24).astype(float)


def two_peak_days(
    count: int, seed: int, lanes: tuple[int, int], service: tuple[float, float]
) -> Iterator[TwoPeakDay]:
    """Yield days whose busiest hour has load 0.7 to 1.2, evenly spread.

    Args:
        count: Number of days.
        seed: Of the generator.
        lanes: Fewest and most lanes.
        service: Fewest and most units per hour and lane.
    """
    draws = Draws(seed)
    at = np.arange(24) + 0.5
    for k in range(count):
        u = [draws.scalar("two-peak day", k, i) for i in range(7)]
        n = lanes[0] + int(u[0] * (lanes[1] - lanes[0] + 1))
        mu = service[0] + u[1] * (service[1] - service[0])
        morning = np.exp(-0.5 * ((at - 6.0 - 3.0 * u[2]) / (1.2 + 1.3 * u[3])) ** 2)
        evening = np.exp(-0.5 * ((at - 15.0 - 4.0 * u[4]) / (1.2 + 1.3 * u[5])) ** 2)
        shape = 0.2 + np.maximum(morning, (0.7 + 0.3 * u[6]) * evening)
        load = 0.7 + 0.5 * (k + 0.5) / count
        yield TwoPeakDay(load, n, mu, shape / shape.max() * load * n * mu)


def exact_waits(days: list[TwoPeakDay], most: int = 300) -> tuple[F64, F64]:
    """Return mean wait and hourly mean waits of M(t)/M/c by the Kolmogorov equations, hours.

    Uniform steps short against the shortest rate, up to ``most`` units present; the wait of a
    unit that meets n present is (n - c + 1)+ / (c mu). Shapes (days,) and (days, 24).

    Raises:
        AssertionError: Probability has reached the last state.
    """
    n = np.arange(most + 1)
    lanes = np.array([[d.lanes] for d in days])
    service = np.array([[d.service] for d in days])
    rates = np.array([d.rates for d in days])
    leave = service * np.minimum(n, lanes)
    wait = np.maximum(n - lanes + 1, 0) / (service * lanes)
    state = np.zeros((len(days), most + 1))
    state[:, 0] = 1.0
    hourly = np.zeros_like(rates)
    for hour in range(24):
        come = rates[:, hour : hour + 1]
        steps = int(np.ceil((come + service * lanes).max() / 0.4))
        enter, left = come / steps, leave / steps
        stay = 1.0 - enter - left
        stay[:, -1:] += enter
        for _ in range(steps):
            hourly[:, hour] += (wait * state).sum(axis=1) / steps
            moved = state * stay
            moved[:, 1:] += state[:, :-1] * enter
            moved[:, :-1] += state[:, 1:] * left[:, 1:]
            state = moved
    assert state[:, -1].max() < 1e-9
    return (hourly * rates).sum(axis=1) / rates.sum(axis=1), hourly
