"""What happens at a border crossing point, hour by hour and vehicle by vehicle."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
import simpy
from numpy.typing import NDArray

from sim.clock import Clock
from sim.control.post_days import QueueState, Trajectory, known_days, run_days
from sim.control.posts import CLAIMED, INTERCEPTED, NOTHING_LISTED, PASSED, REFUSED, Posts
from sim.control.tactical_post import TacticalPost
from sim.control.traffic import Traffic
from sim.cooperation.alerts import Alerts
from sim.errors import ModelError
from sim.kernels.alerts import Lists
from sim.movement.crowd import Crowd
from sim.randomness import Draws, arrival_keys
from sim.records.tables import TABLES
from sim.scenario.specs.control import DemandPattern, HitRate, Post

F64 = NDArray[np.float64]
ZONE = "Europe/Belgrade"
CLOCK = Clock(date(2018, 4, 2), date(2018, 4, 9), ZONE)
FLAT = DemandPattern.model_validate(
    {"id": "flat", "hours": [1] * 24, "weekdays": [1] * 7, "months": [1] * 12}
)
CARS = {
    "id": "cars", "demand": 480, "pattern": "flat", "lanes": 2, "first_line": 3,
    "second_line_share": 0.1, "second_line": 20, "persons_per_unit": 2,
}  # fmt: skip
HITS = tuple(
    HitRate.model_validate(
        {"id": f"row{i}", "use": use, "method": method, "minutes": m, "trained": t, "hit": hit}
    )
    for i, (use, method, m, t, hit) in enumerate([
        ("hidden", "visual", 20, False, 0.2), ("hidden", "dogs", 10, False, 0.6),
        ("hidden", "dogs", 40, False, 0.9), ("forged", "document_reader", 20, False, 0.5),
        ("forged", "document_reader", 20, True, 0.8),
    ])
)  # fmt: skip


def bridge(**changes: Any) -> Post:
    row = {
        "id": "bridge", "country": "SRB", "lat": 44, "lon": 20, "kind": "road",
        "officers": {"border_police": 20}, "shift": "three", "booth_share": 0.5,
        "cue_share": 0.25, "referral_cued": 0.8, "referral_plain": 0.2, "streams": [CARS],
    }  # fmt: skip
    return Post.model_validate(row | changes)


def posts(*specs: Post) -> Posts:
    return Posts(specs, [FLAT], HITS, CLOCK, [ZONE] * len(specs))


def wait(post: Posts) -> float:
    """Return the wait of a car joining the first post now, hours."""
    return float(post.waits[0])


def units(*arrive: float, service: float = 0.2, **columns: Any) -> Traffic:
    n = len(arrive)
    full: dict[str, NDArray[Any]] = {
        "booth": np.full(n, service), "second": np.zeros(n), "patience": np.full(n, np.inf),
        "priority": np.zeros(n, dtype=np.int64),
    }  # fmt: skip
    full |= {k: np.asarray(v) for k, v in columns.items()}
    return Traffic(arrive=np.array(arrive), **full)


def test_a_post_closes_at_ten_and_opens_at_six() -> None:
    """20 cars an hour; from 22:00 to 06:00 arrivals turn away and what stands there waits."""
    post = posts(bridge(hours="06:00-22:00"))
    one = np.array([1.0])  # half an officer in the booth: 10 cars an hour
    post.step(0, 6, one)
    assert post.turned_away[0] == pytest.approx(120)
    assert post.daily()["served"][0] == 0
    post.step(6, 16, one)
    standing = post.queue[0]
    assert standing == pytest.approx(160, abs=5)
    post.step(22, 2, one)
    # Closed until 06:00, then what stands there through two lanes of 20 cars an hour each.
    assert wait(post) == pytest.approx(6 + 160 / 40, rel=0.02)
    assert post.daily()["served"][0] == pytest.approx(160, abs=1.5)
    post.step(24, 6, one)
    assert post.queue[0] == pytest.approx(160, abs=1.5)
    assert post.turned_away[0] == pytest.approx(20 * (6 + 8))
    post.step(30, 16, np.array([8.0]))
    assert post.queue[0] < 1.0
    assert post.daily()["served"][0] == pytest.approx(160 + 16 * 20, abs=3)


def test_half_an_hour_of_opening_counts_as_half() -> None:
    post = posts(bridge(hours="06:30-22:00"))
    post.step(6, 1, np.array([8.0]))
    assert post.turned_away[0] == pytest.approx(10)
    assert post.daily()["served"][0] == pytest.approx(10, abs=1.5)


def test_opening_hours_follow_summer_time() -> None:
    """On 2018-10-28 the post still opens at 06:00 on the wall, an hour later for the sun."""
    clock = Clock(date(2018, 10, 27), date(2018, 10, 30), ZONE)
    post = Posts([bridge(hours="06:00-22:00")], [FLAT], HITS, clock, [ZONE])
    open_ = post.opening(np.array([0]), np.arange(clock.hours))
    assert np.flatnonzero(open_)[[0, 16, 32]].tolist() == [6, 31, 55]


def test_a_measure_closes_the_post_and_it_reverts() -> None:
    post = posts(bridge())
    before = post.value(0, "open")
    post.change(0, "open", False)
    post.step(0, 3, np.array([10.0]))
    assert post.turned_away[0] == pytest.approx(60)
    assert wait(post) == np.inf
    post.change(0, "open", before)
    post.step(3, 3, np.array([10.0]))
    assert post.turned_away[0] == pytest.approx(60)
    assert post.daily()["served"][0] == pytest.approx(60, abs=2)
    assert wait(post) < 0.1


def test_one_more_lane_shortens_the_wait() -> None:
    """Two lanes of 20 cars an hour against 30 cars; a third lane by measure; an unknown stream."""
    post = posts(bridge(streams=[CARS | {"demand": 720}]))
    ten = np.array([10.0])
    post.step(0, 24, ten)
    two = post.daily()["mean_wait"][0]
    assert post.value(0, "lanes.cars") == 2
    post.change(0, "lanes.cars", 3)
    post.step(24, 24, ten)
    assert post.daily()["mean_wait"][0] < 0.5 * two
    with pytest.raises(ModelError, match=r"bridge has no quantity 'lanes\.flights'"):
        post.change(0, "lanes.flights", 3)


def test_an_unstaffed_booth_serves_nobody_and_then_catches_up() -> None:
    post = posts(bridge())
    post.step(0, 5, np.array([0.0]))
    assert post.queue[0] == pytest.approx(100)
    assert post.state_of(0) == {"units_waiting": pytest.approx(100), "officers_on_duty": 0.0}
    assert wait(post) == pytest.approx(1 + 100 / 20)
    post.step(5, 19, np.array([4.0]))
    day = post.daily()
    assert day["served"][0] == pytest.approx(480, abs=3)
    assert day["on_duty"][0] == pytest.approx(4 * 19 / 24)
    # 250 car-hours until 05:00; then 40 served and 20 come an hour: 5 h to clear, 250 more. A
    # tenth waits in the second line of two officers besides.
    assert day["mean_wait"][0] == pytest.approx(60 * 500 / 480, rel=0.1)


def test_the_day_has_the_columns_of_its_table() -> None:
    post = posts(bridge(), bridge(id="ford", streams=[CARS, CARS | {"id": "lorries"}]))
    post.step(0, 24, np.array([10.0, 10.0]))
    day = post.daily()
    assert list(day) == [c.name for c in TABLES["posts"].columns if c.name != "day"]
    assert day["post"].tolist() == ["bridge", "ford", "ford"]
    assert day["stream"].tolist() == ["cars", "cars", "lorries"]
    assert day["false_alerts"][0] == pytest.approx(48, rel=0.01)
    post.change(0, "open", False)
    post.step(24, 24, np.array([10.0, 10.0]))
    assert np.isnan(post.daily()["mean_wait"]).tolist() == [True, False, False]


def test_lawful_units_wait_in_the_second_line_too() -> None:
    """False alerts cost time: two officers search 6 cars an hour, and 10 are sent to them."""
    few = posts(bridge(streams=[CARS | {"second_line_share": 0.0}]))
    many = posts(bridge(streams=[CARS | {"second_line_share": 0.5}]))
    for post in (few, many):
        post.step(0, 24, np.array([4.0]))
    assert many.daily()["mean_wait"][0] > few.daily()["mean_wait"][0] + 30


def test_a_row_does_not_depend_on_the_other_posts() -> None:
    alone, together = posts(bridge()), posts(bridge(id="ford", hours="08:00-12:00"), bridge())
    for hour in range(0, 48, 2):
        alone.step(hour, 2, np.array([1.0 + hour % 5]))
        together.step(hour, 2, np.array([7.0, 1.0 + hour % 5]))
    both = together.daily()["mean_wait"]
    assert alone.daily()["mean_wait"][0] == pytest.approx(both[1], rel=1e-12)
    assert alone.waits[0] == pytest.approx(together.waits[1], rel=1e-12)
    assert both[0] != pytest.approx(both[1], rel=0.01)


def test_planned_days_are_the_days_moved_one_by_one() -> None:
    """Six days side by side, with queues that stand overnight, against window by window."""
    specs = bridge(streams=[CARS | {"demand": 700}]), bridge(id="ford", hours="06:00-22:00")
    rounds = np.arange(24 * 6)
    duty = np.array([4.0 + (rounds // 8) % 3, 1.0 + (rounds // 24) % 4])
    planned, stepped = posts(*specs), posts(*specs)
    planned.plan(0, 3, duty)
    for hour in range(0, 24 * 6, 3):
        planned.step(hour, 3, duty[:, hour : hour + 3])
        stepped.step(hour, 3, duty[:, hour : hour + 3])
        assert planned.waits == pytest.approx(stepped.waits, abs=1e-4)
        if hour % 24 == 21:
            ours, theirs = planned.daily(), stepped.daily()
            for column in ("served", "mean_wait", "max_wait", "queue", "on_duty"):
                assert ours[column] == pytest.approx(theirs[column], abs=1e-3)
    assert stepped.queue.max() > 5
    assert planned.turned_away == pytest.approx(stepped.turned_away)


def test_a_plan_dropped_within_a_day_leaves_the_queues_to_the_last_digit() -> None:
    """What stands overnight is handed on from window to window alike, planned or stepped."""
    specs = bridge(streams=[CARS | {"demand": 700}]), bridge(id="ford", hours="06:00-22:00")
    rounds = np.arange(24 * 6)
    duty = np.array([4.0 + (rounds // 8) % 3, 1.0 + (rounds // 24) % 4])
    kept, dropped = posts(*specs), posts(*specs)
    for post in (kept, dropped):
        post.plan(0, 3, duty)
    for hour in range(0, 24 * 6, 3):
        if hour == 33:
            dropped.hold()
            assert dropped.plan_was_dropped()
        for post in (kept, dropped):
            post.step(hour, 3, duty[:, hour : hour + 3])
        assert np.array_equal(kept.waits, dropped.waits)
        assert np.array_equal(kept.queue, dropped.queue)
    assert kept.queue.max() > 5
    assert not kept.plan_was_dropped()


def test_days_asked_for_again_are_remembered_until_anything_differs() -> None:
    duty = np.full((1, 72), 4.0)
    state = QueueState.empty(1, 1)

    def ask(post: Posts, staff: F64 = duty, begin: int = 0) -> Trajectory:
        return known_days(post, begin, 3, staff, state)

    first, again = ask(posts(bridge())), ask(posts(bridge()))
    assert again is first
    assert np.array_equal(first.waited, run_days(posts(bridge()), 0, 3, duty, state).waited)
    with pytest.raises(ValueError, match="read-only"):
        first.books["served"][:] = 0.0
    with pytest.raises(ValueError, match="read-only"):
        first.served[:] = 0.0
    shorter, shut = posts(bridge()), posts(bridge())
    shorter.set_hours(0, "06:00-20:00")
    shut.open[0] = False
    for other in (ask(shorter), ask(shut), ask(posts(bridge()), duty - 3.0), ask(posts(bridge()),
                  begin=24)):  # fmt: skip
        assert other is not first


def test_who_is_found_at_the_post() -> None:
    """P(found) = P(referred | cue) x hit of the best method; claims are claims; alerts refer."""
    n = 40_000
    post = posts(bridge(methods=["visual", "dogs", "document_reader"]))
    draws = Draws(1)
    base = draws.event_base(arrival_keys("test", 3 * n), np.zeros(3 * n, np.int64))
    where, use = np.zeros(3 * n, np.intp), np.repeat([0, 1, 2], n)
    referred = 0.25 * 0.8 + 0.75 * 0.2
    hit = (0.6 + 0.3 * 10 / 30, 0.5)  # dogs, 20 minutes between rows of 10 and 40; reader, 20
    expected = [referred * hit[0], referred * hit[1], 0.0]
    assert post.found_share(where, use)[[0, n, 2 * n]] == pytest.approx(expected)
    two, due, crowd = np.full(3 * n, 2, np.uint8), np.zeros(3 * n, np.int32), Crowd.empty(3 * n)
    crowd.offer[:] = 0

    def meet(alerts: Lists = NOTHING_LISTED) -> NDArray[np.int8]:
        """Let everybody come, who has waited, by a leg for each use."""
        ways = np.array([[0, 0, 0], [0, 1, 0], [0, 2, 0]])
        rows = np.arange(3 * n)
        return post.meet(rows, use, due, base, two, 0, 0, crowd.records, ways, alerts).outcome

    outcome = meet()
    for code, part, share in ((INTERCEPTED, 0, expected[0]), (REFUSED, 1, expected[1])):
        mine = outcome[part * n : part * n + n]
        assert set(mine.tolist()) == {PASSED, code}
        error = np.sqrt(share * (1 - share) / n)
        assert abs((mine == code).mean() - share) < 3 * error
    assert (outcome[2 * n :] == CLAIMED).all()
    post.step(0, 1, np.array([4.0]))
    day = post.daily()
    assert day["tried"][0] == 4 * n
    assert day["found"][0] == 2 * int(np.isin(outcome, (INTERCEPTED, REFUSED)).sum())
    alerts = Alerts(1, [1], np.zeros(1, np.intp))
    alerts.place(np.array([0]), np.array([0]), np.array([1.0]))
    alerted = meet(alerts.lists)
    assert abs((alerted[:n] == INTERCEPTED).mean() - hit[0]) < 0.01
    post.change(0, "trained", True)
    post.change(0, "methods", ("document_reader",))
    assert post.found_share(where, use)[[0, n]] == pytest.approx([0.0, referred * 0.8])


def test_vehicles_take_turns_at_the_booth() -> None:
    """12 minutes each at one lane; the second hour is unstaffed; the timetable is exact."""
    env = simpy.Environment()
    spec = bridge(booth_share=1, streams=[CARS | {"lanes": 1, "second_line_share": 0}])
    traffic = units(0.1, 0.1, 0.15, 0.9, 1.5)
    run = TacticalPost(env, spec, {"cars": traffic}, np.array([1.0, 0.0, 1.0]))
    env.run()
    line = run.lines["cars"]
    begun = [a + w for a, w in zip(line.arrived, line.waited, strict=True)]
    assert begun == pytest.approx([0.1, 0.3, 0.5, 0.9, 2.0])


def test_priority_goes_first_and_deadlines_are_kept() -> None:
    env = simpy.Environment()
    spec = bridge(booth_share=1, streams=[CARS | {"lanes": 1, "second_line_share": 0}])
    traffic = units(
        0.1, 0.12, 0.14, 0.16, service=0.5,
        priority=[1, 1, 1, 0], patience=[np.inf, np.inf, 0.6, np.inf],
    )  # fmt: skip
    run = TacticalPost(env, spec, {"cars": traffic}, np.array([1.0]))
    env.run()
    line = run.lines["cars"]
    assert line.arrived == [0.1, 0.16, 0.12]
    assert line.waited == pytest.approx([0.0, 0.44, 0.98])
    assert line.reneged == [0.14]
    assert line.reneged_wait == pytest.approx(0.6)


def test_referred_vehicles_go_on_to_the_second_line() -> None:
    """Four officers, half in booths: two at the second line, busy half an hour each."""
    env = simpy.Environment()
    traffic = units(0.0, 0.0, 0.05, 0.05, service=0.1, second=[0.5, 0.5, 0.0, 0.5])
    run = TacticalPost(env, bridge(), {"cars": traffic}, np.array([4.0]))
    env.run()
    assert run.second_line.arrived == pytest.approx([0.1, 0.1, 0.2])
    assert run.second_line.waited == pytest.approx([0.0, 0.0, 0.4])


def test_a_shared_officer_is_slower() -> None:
    """Half an officer in the booth serves a 12-minute car in 24."""
    env = simpy.Environment()
    run = TacticalPost(env, bridge(), {"cars": units(0.0, 0.0)}, np.array([1.0]))
    env.run()
    assert run.lines["cars"].waited == pytest.approx([0.0, 0.4])
    with pytest.raises(ModelError, match="post bridge has no stream 'buses'"):
        TacticalPost(env, bridge(), {"buses": units(0.0)}, np.array([1.0]))
