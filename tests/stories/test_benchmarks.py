"""The benchmarks measure what they say: sizes of `stress`, work of the programs beside it."""

from __future__ import annotations

from collections import Counter

import pytest

from sim.model import BorderModel
from sim.scenario.specs.scenario import Scenario
from tests.benchmarks import plain_mesa, plain_numpy
from tests.benchmarks.growth import fit
from tests.benchmarks.stress import COOPERATION, build


@pytest.fixture(scope="module")
def small() -> Scenario:
    return build(800, days=30)


def test_stress_has_the_stated_sizes(small: Scenario) -> None:
    sizes = {
        "places": len(small.places), "legs": len(small.legs), "sectors": len(small.sectors),
        "posts": len(small.posts), "networks": len(small.networks),
        "profiles": len(small.profiles),
        "exits": sum(place.kind == "exit" for place in small.places),
    }  # fmt: skip
    assert sizes == {
        "places": 80, "legs": 320, "sectors": 40, "posts": 20, "networks": 20, "profiles": 8,
        "exits": 6,
    }  # fmt: skip
    served = Counter(service.leg for network in small.networks for service in network.services)
    assert set(served.values()) == {7}
    assert len(served) == 40
    switches = small.switches.model_dump()
    assert all(value is True for value in switches.values() if isinstance(value, bool))


def test_stress_keeps_its_books_with_everything_on(small: Scenario) -> None:
    model = BorderModel(small, 1, checks="full")
    model.run()
    assert set(model.phase_seconds) == {
        "measures", "passages", "clock", "choices", "learning", "record",
    }  # fmt: skip
    assert model.recorder.columns("flows")["parties"].sum() > 800
    assert (model.recorder.columns("sectors")["intercepted"] > 0).any()
    assert (model.recorder.columns("networks")["carried"] > 0).any()
    assert (model.recorder.columns("posts")["found"] > 0).any()
    # Cooperation: every part of it does something.
    requests, cases = model.recorder.columns("requests"), model.recorder.columns("cases")
    assert {"centre", "contact_points"} <= set(requests["route"])
    assert {"identity", "vehicle", "readmission", "contraband", "other"} <= set(requests["kind"])
    assert "transferred" in cases["result"]
    assert (model.recorder.columns("seizures")["found"] > 0).any()
    assert (model.recorder.columns("investigations")["usable"] > 0).any()
    assert model.world.together.asked("s8_1", "III")


def test_stress_without_cooperation_asks_nobody(small: Scenario) -> None:
    off = build(800, days=3, cooperation=False)
    assert {name for name, on in off.switches.model_dump().items() if on is False} == {*COOPERATION}
    model = BorderModel(off, 1)
    model.run()
    assert model.world.requests.book.size == 0
    assert model.world.readmission is None
    assert small.networks == off.networks


def test_stress_has_about_as_many_parties_as_asked(small: Scenario) -> None:
    parties = BorderModel(build(5000), 1).world.crowd.planned
    # Persons are fixed; the spread of party sizes leaves about 1 % at this size.
    assert parties == pytest.approx(5000, rel=0.04)


def test_plain_numpy_moves_everybody_about_25_times_a_year() -> None:
    made = plain_numpy.run(build(1000), 2000)
    # About exponential times between legs: the error of the mean is 5 / sqrt(2000) legs.
    assert made["legs"] / 2000 == pytest.approx(25, abs=1.5)
    assert plain_numpy.run(build(1000), 2000) == made


@pytest.mark.parametrize("when_due", [False, True])
def test_plain_mesa_moves_everybody_about_25_times_a_year(when_due: bool) -> None:
    tables = plain_mesa.Tables.of(build(500, days=1))
    made = plain_mesa.run(tables, 400, 30, when_due)
    legs = made["legs"] / 400 * 365 / 30
    # sqrt(2 legs / 400 parties) a month, times 12: standard error 0.9.
    assert legs == pytest.approx(25, abs=3)


def test_a_straight_line_is_found_exactly() -> None:
    line = fit([1e4, 1e5, 1e6], [4.1, 5.0, 14.0])
    assert line.fixed == pytest.approx(4.0)
    assert line.each == pytest.approx(1e-5)
    assert line.worst < 1e-9
    assert line.bend == pytest.approx(1.0)
    assert fit([1e4, 1e5, 1e6], [4.1, 5.0, 30.0]).bend > 2
