"""Every switch off makes exactly nothing of what it makes, and on, something (MODEL 1)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest

from sim.experiments.nulls import matched_null, same_run
from sim.model import BorderModel
from sim.movement.choice import RouteChoice, Terms
from sim.movement.crowd import ALONE, DEAD_OR_MISSING, GAVE_UP
from sim.randomness import salt
from sim.scenario.adding import problems_of
from sim.scenario.specs.scenario import Scenario, Switches
from tests.model_runs import differing, finished, listening, measure, table, under
from tests.readmission_rows import with_readmission
from tests.stories.centre_world import centre_world
from tests.stories.partners import CHANGES, partners
from tests.stories.small_world import PLAN, small_world, write

Make = Callable[..., Scenario]

#: Short, deadly and with a winter, so that every mechanism has something to make.
LIVELY = (
    ("season_win: 0", "season_win: 0.745"),
    ("winter_factor: 2, deaths: 5,", "winter_factor: 2, deaths: 5000,"),
)
HISTORY = """\
history:
  - {id: fence, kind: condition, at: sector:meadows, from: 2020-03-05, barrier: 4 h}
  - {id: camera, kind: equipment, at: sector:meadows, from: 2020-02-01, until: 2020-03-20, equipment: {thermal_camera: 3}}
targets:
"""  # noqa: E501


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Return the lively small world with switches set, e.g. ``make(race="off")``."""

    folder = tmp_path_factory.mktemp("worlds")

    def made(
        *changes: tuple[str, str],
        plans: Sequence[str] = (),
        until: str = "2020-03-30",
        **switches: str,
    ) -> Scenario:
        sets = [f"until={until}", *(f"switches.{k}={v}" for k, v in switches.items())]
        return small_world(folder, *LIVELY, *changes, plans=plans, sets=sets)

    return made


@pytest.fixture(scope="module")
def usual(make: Make) -> BorderModel:
    """Return the run with every switch where it is."""
    return finished(make())


def outcome(model: BorderModel, name: str) -> pd.Series[float]:
    rows = table(model, "outcomes")
    return rows.loc[rows["outcome"] == name, "value"]


def persons(model: BorderModel, name: str, column: str = "persons") -> int:
    return int(table(model, name)[column].sum()) if name in model.recorder.tables() else 0


# Choice ---------------------------------------------------------------------------------------

CLONE = (
    "  - {id: capital_road,",
    "  - {id: meadow_road_too, from: meadow, to: town, mode: car, distance: 30 km, "
    "duration: 1 h, cost: EUR 20, hazard: road}\n  - {id: capital_road,",
)


def share_of_path(scenario: Scenario) -> np.ndarray[Any, Any]:
    model = BorderModel(scenario)
    model.step()
    world = model.world
    path = world.graph.leg_index("meadow_path")
    return np.array([world.choice.leg_shares(c)[path] for c in range(world.choice.classes)])


def test_choice_logit(make: Make) -> None:
    """Variety further on counts for nothing: a leg is worth its own best way on."""
    alone, cloned = (share_of_path(make(*c, choice="logit")) for c in ((), (CLONE,)))
    assert np.array_equal(alone, cloned)
    assert (alone > 0).all()
    assert (share_of_path(make(CLONE)) > share_of_path(make())).all()


def test_choice_shortest_path(
    make: Make, usual: BorderModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody strays from the shortest way, stays, or asks a network."""
    with listening(monkeypatch) as heard:
        model = finished(make(choice="shortest_path"))
    flows = table(model, "flows")
    assert (flows.groupby("tail")["leg"].nunique() == 1).all()
    assert salt("stay") not in set(heard.salt.tolist())
    assert persons(model, "networks", "carried") == 0
    assert (table(usual, "flows").groupby("tail")["leg"].nunique() > 1).any()
    assert persons(usual, "networks", "carried") > 0


# Learning -------------------------------------------------------------------------------------

#: Beliefs and awareness that would be quite different if anybody acted on them.
OTHER_BELIEFS = (("belief_half_life: 60 d", "belief_half_life: 5 d"),
                 ("belief_delay: 14 d", "belief_delay: 0 d"),
                 ("prior_strength: 20 persons", "prior_strength: 1 persons"))  # fmt: skip
OTHER_AWARENESS = (("kappa: 3", "kappa: 300"), ("awareness_delay: 14 d", "awareness_delay: 0 d"))


def asked(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return what every solution of the route choice was told, and what was known then."""
    told: list[dict[str, Any]] = []
    model = BorderModel(scenario, checks="full")
    world = model.world
    solve, solve_values = RouteChoice.solve, world.values.solve
    gate, now = world.graph.leg_index("bridge_lorry"), [0]

    def at(hour: int) -> None:
        now[0] = hour
        solve_values(hour)

    def spied(self: RouteChoice, terms: Terms, price: Any) -> None:
        told.append({
            "stopped": terms.stopped.copy(), "available": terms.available[gate],
            "believed": world.beliefs.stopped(), "aware": world.awareness.value[0],
            "true": world.values.true_stopped(now[0])[None, :, None],
            "prior": world.values.prior[None, :, None],
        })  # fmt: skip
        solve(self, terms, price)

    with monkeypatch.context() as patch:
        patch.setattr(RouteChoice, "solve", spied)
        patch.setattr(world.values, "solve", at)
        model.run()
    assert len(told) > 4
    return told


def who_acts_on(
    make: Make, learning: str, *changes: tuple[tuple[str, str], ...]
) -> tuple[bool, ...]:
    """Return whether people act otherwise where each set of parameters is changed."""
    one = finished(make(learning=learning))
    others = (finished(make(*change, learning=learning)) for change in changes)
    return tuple(differing(one, two, ignore=("knowledge",)) != [] for two in others)


@pytest.mark.parametrize(
    ("learning", "stopped", "aware"),
    [("both", "believed", True), ("awareness", "prior", True), ("belief", "believed", False),
     ("prior", "prior", False), ("truth", "true", False)],
)  # fmt: skip
def test_learning_tells_the_choice_what_it_says(
    make: Make, monkeypatch: pytest.MonkeyPatch, learning: str, stopped: str, aware: bool
) -> None:
    more = measure("staffing", make().start, None, at="sector:meadows", officers={"BBB": 90})
    told = asked(under(make(learning=learning), more), monkeypatch)
    for each in told[1:]:
        assert np.array_equal(
            each["stopped"], np.broadcast_to(each[stopped], each["stopped"].shape)
        )
        assert each["available"] == (each["aware"] if aware else 1.0)
    last = told[-1]
    for other in {"believed", "prior", "true"} - {stopped}:
        assert not np.array_equal(last["stopped"][0, :, 0], last[other][0, :, 0])


def test_learning_awareness(make: Make) -> None:
    assert who_acts_on(make, "awareness", OTHER_BELIEFS, OTHER_AWARENESS) == (False, True)


def test_learning_belief(make: Make) -> None:
    assert who_acts_on(make, "belief", OTHER_BELIEFS, OTHER_AWARENESS) == (True, False)


def test_learning_prior(make: Make) -> None:
    assert who_acts_on(make, "prior", (*OTHER_BELIEFS, *OTHER_AWARENESS)) == (False,)


def test_learning_truth(make: Make) -> None:
    assert who_acts_on(make, "truth", (*OTHER_BELIEFS, *OTHER_AWARENESS)) == (False,)


# Networks -------------------------------------------------------------------------------------


def weeks_of(model: BorderModel) -> pd.DataFrame:
    """Return how many different shares and prices each service had over the weeks."""
    weeks = table(model, "networks")
    assert weeks["week"].nunique() > 4
    return weeks.groupby(["network", "leg"])[["share", "price"]].nunique()


def test_smugglers_off(make: Make, usual: BorderModel) -> None:
    model = BorderModel(make(smugglers="off"), checks="full")
    while model.now < model.clock.hours:
        model.step()
        assert (model.world.crowd.offer == ALONE).all(), "somebody is guided"
    model.run()
    assert "networks" not in model.recorder.tables()
    assert outcome(model, "network_revenue").isna().all()
    assert persons(usual, "networks", "carried") > 0


def test_smugglers_fixed(make: Make, usual: BorderModel, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(monkeypatch) as heard:
        model = finished(make(smugglers="fixed"))
    assert (weeks_of(model) == 1).all(axis=None)
    assert "smuggling crew" not in heard.streams
    assert persons(model, "networks", "carried") > 0
    assert (weeks_of(usual) > 1).all(axis=None)


def test_smugglers_best_response(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left to chance: crews go where the profit is, no crew draws."""
    with listening(monkeypatch) as heard:
        model = finished(make(smugglers="best_response"))
    assert "smuggling crew" not in heard.streams
    assert (weeks_of(model)["price"] > 1).all()
    assert (weeks_of(model)["share"] > 1).all()
    with listening(monkeypatch) as heard:
        finished(make())
    assert "smuggling crew" in heard.streams


# On or off ------------------------------------------------------------------------------------


def test_retries_off(make: Make, usual: BorderModel) -> None:
    """One border, no way back over it: whoever is stopped there never tries again."""
    model = finished(make(retries="off"))
    crowd = model.world.crowd
    attempts = crowd.attempts[: crowd.size]
    assert attempts.max() == 1
    assert model.world.books.tally[GAVE_UP, 0] > 0
    crowd = usual.world.crowd
    assert crowd.attempts[: crowd.size].max() > 1


def test_season_off(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(monkeypatch) as heard:
        model = finished(make(season="off"))
    assert salt("season") not in set(heard.salt.tolist())
    without = make(("season_win: 0.745", "season_win: 0"))
    assert differing(model, finished(without)) == []
    with listening(monkeypatch) as heard:
        winter = finished(make())
    assert salt("season") in set(heard.salt.tolist())
    assert "flows" in differing(model, winter)


def test_history_off(make: Make, usual: BorderModel) -> None:
    past = ("targets:\n", HISTORY)
    on, off = finished(make(past)), finished(make(past, history="off"))
    assert set(table(on, "events")["subject"]) == {"sector:meadows"}
    assert "events" not in off.recorder.tables()
    assert differing(off, usual) == []
    assert "sectors" in differing(on, usual)


def test_initial_stocks_off(make: Make, usual: BorderModel) -> None:
    model = finished(make(initial_stocks="off"))
    assert not model.world.crowd.stock.any()
    assert persons(model, "screenlines", "stock_persons") == 0
    assert model.world.books.entered[0] == usual.world.books.entered[0] - 100
    assert differing(model, finished(make().model_copy(update={"stocks": ()}))) == []
    assert usual.world.crowd.stock.any()


def test_race_off(make: Make, usual: BorderModel) -> None:
    model = finished(make(race="off"))
    assert persons(model, "sectors", "lost") == 0
    assert persons(model, "sectors", "intercepted") > 0
    assert np.isneginf(model.world.sectors.units.busy_until).all()
    assert persons(usual, "sectors", "lost") > 0
    assert np.isfinite(usual.world.sectors.units.busy_until).any()


def test_posts_off(make: Make, usual: BorderModel) -> None:
    model = finished(make(posts="off"))
    assert "posts" not in model.recorder.tables()
    assert "bridge_lorry" not in set(table(model, "flows")["leg"])
    assert "post:bridge" not in set(table(model, "institutions")["institution"])
    for name in ("lawful_wait", "interceptions_at_posts", "officer_hours_posts"):
        assert outcome(model, name).isna().all(), name
    assert "bridge_lorry" in set(table(usual, "flows")["leg"])
    assert persons(usual, "posts", "tried") > 0


def test_posts_off_leaves_plans_possible(make: Make, tmp_path: Path) -> None:
    """A plan may take officers from a post whose queue and searches are not modelled."""
    plan = write(tmp_path, text=PLAN, name="nights.yaml")
    model = finished(make(plans=[str(plan)], until="2020-04-03", posts="off"))
    assert table(model, "events")["kind"].tolist() == ["measure begins"] * 2


def test_hazard_off(make: Make, usual: BorderModel) -> None:
    model = finished(make(hazard="off"))
    for name in ("deaths", "injuries", "death_rate"):
        assert outcome(model, name).isna().all(), f"{name} is not recorded"
        assert outcome(usual, name).notna().any()
    ledger = table(model, "ledger").set_index("item")["value"]
    assert ledger[["deaths", "injuries", "exposure_hours"]].isna().all()
    assert model.world.books.tally[DEAD_OR_MISSING].tolist() == [0, 0, 0]
    assert usual.world.books.tally[DEAD_OR_MISSING, 0] == outcome(usual, "deaths").iloc[0] > 0


def test_other_crime_off(make: Make) -> None:
    flows = """\
other_crime:
  - {id: past, goods: cash, sector: meadows, consignments: 20 units/d, size: 5, stay: 3 h}
provenance: {source"""
    with_flows = ("provenance: {source", flows)
    model = finished(make(with_flows, other_crime="off"))
    assert differing(model, finished(make())) == []
    assert "seizures" in differing(model, finished(make(with_flows)))


def test_readmission_off(make: Make, usual: BorderModel) -> None:
    with_tracks = with_readmission(make())
    off = finished(with_readmission(make(readmission="off")))
    assert differing(off, usual) == []
    assert "cases" in differing(finished(with_tracks), usual)


def test_centres_off(make: Make, tmp_path: Path) -> None:
    """Without anybody to ask, nothing is asked, settled, named or let go."""
    sets = ["until=2020-03-30"]
    on = finished(centre_world(tmp_path, *LIVELY, sets=sets))
    off = finished(centre_world(tmp_path, *LIVELY, sets=[*sets, "switches.centres=off"]))
    # Only the officers on the books of desks are there, as institutions report.
    assert differing(off, finished(make()), ignore=("institutions",)) == []
    assert {"requests", "centres", "desks", "flows"} <= set(differing(on, off))
    assert not {"requests", "centres", "desks", "desk_hours"} & set(off.recorder.tables())


def test_centres_off_leaves_the_officers_of_a_desk_at_home(tmp_path: Path) -> None:
    """No centre, no desk to join: nobody leaves the sector, and no desk gets other shifts."""
    world = centre_world(tmp_path, sets=["until=2020-03-20"])
    joining = measure(
        "centre_desk", date(2020, 3, 5), None, at="desk:mill_bbb", officers={"BBB": 20},
        taken_from={"BBB": "sector:meadows"}, hours="00:00-24:00", shift="round_the_clock",
    )  # fmt: skip
    plan = under(world, joining)
    off = switched_off(plan, "centres")
    assert differing(finished(off), finished(switched_off(world, "centres"))) == []
    assert same_run(matched_null(world, off), off)
    assert {"sectors", "desks"} <= set(differing(finished(plan), finished(world)))


@pytest.mark.parametrize("kind", ["centre_desk", "joint_patrol", "officer_exchange"])
def test_what_is_switched_off_cannot_be_ordered_during_a_run(tmp_path: Path, kind: str) -> None:
    world = centre_world(tmp_path, *CHANGES)
    keys: dict[str, Any] = {"at": "sector:meadows", "taken_from": {"AAA": "sector:fields"}}
    if kind == "centre_desk":
        keys = {"at": "desk:mill_aaa", "taken_from": {"AAA": "sector:fields"}}
    order = measure(kind, date(2020, 3, 5), date(2020, 3, 9), officers={"AAA": 5}, **keys)
    assert problems_of(world, order) == []
    (problem,) = problems_of(switched_off(world, order.switch), order)
    assert (problem.rule, problem.key) == ("switched-off", "kind")
    assert order.switch in problem.message


def test_investigations_off(make: Make, usual: BorderModel) -> None:
    rows = """\
investigations:
  - {id: f, network: ferrymen, country: BBB, investigators: 9, half: 1, fastest: 1 d, memory: 90 d,
     threshold: 0, interception: 1, debriefing: 2, debriefed_share: 10 %, answer: 3, financial: 2,
     inquiries: 1, taken: 3}
provenance: {source"""
    with_cases = ("provenance: {source", rows)
    assert differing(finished(make(with_cases, investigations="off")), usual) == []
    assert {"investigations", "networks"} <= set(differing(finished(make(with_cases)), usual))


def sent(kind: str, tmp_path: Path, officers: Any, **keys: Any) -> tuple[BorderModel, ...]:
    """Return runs with officers of a partner at the meadows: with the switch on, off, nobody."""
    world = partners(tmp_path, until="2020-03-20")
    acting = measure(
        kind, date(2020, 3, 5), None, at="sector:meadows", officers={"AAA": officers},
        taken_from={"AAA": "sector:fields"}, **keys,
    )  # fmt: skip
    both = under(world, acting)
    off = switched_off(both, acting.switch)
    assert same_run(matched_null(world, off), off)
    return finished(both), finished(off), finished(world)


def switched_off(scenario: Scenario, name: str) -> Scenario:
    off = scenario.switches.model_copy(update={name: False})
    return scenario.model_copy(update={"switches": off})


def test_exchange_off(tmp_path: Path) -> None:
    """Nobody leaves home either."""
    on, off, nobody = sent("officer_exchange", tmp_path, 50)
    assert differing(off, nobody) == []
    assert {"sectors", "flows", "events"} <= set(differing(on, nobody))


def test_operations_off(tmp_path: Path) -> None:
    """Neither officers nor equipment nor rounds; no account of what did not happen."""
    pieces = {"AAA": {"thermal_camera": 5}}
    on, off, nobody = sent("joint_operation", tmp_path, {"border_police": 50}, equipment=pieces)
    assert differing(off, nobody) == []
    assert {"sectors", "flows", "operations"} <= set(differing(on, nobody))
    on, off, nobody = sent("joint_patrol", tmp_path, 50)
    assert differing(off, nobody) == []
    assert {"sectors", "flows", "events"} <= set(differing(on, nobody))


# All of them ------------------------------------------------------------------------------------


def positions() -> list[tuple[str, str]]:
    """Return every switch with every position that is not its default."""
    found = []
    for name, field in Switches.model_fields.items():
        choices = get_args(field.annotation)
        values = [str(v) for v in choices if v != field.default] or ["off"]
        assert choices or field.annotation is bool, f"{name} is no switch"
        found += [(name, value) for value in values]
    return found


@pytest.mark.parametrize(("name", "value"), positions())
def test_every_position_of_every_switch_has_a_test(name: str, value: str) -> None:
    here = vars(sys.modules[__name__])
    assert callable(here.get(f"test_{name}_{value}")), f"no test of switches.{name}={value}"


def test_switches_do_nothing_that_is_not_built() -> None:
    assert set(Switches.model_fields) == {
        "choice", "learning", "smugglers", "retries", "season", "history", "initial_stocks",
        "race", "posts", "hazard", "other_crime", "readmission",
        "centres", "investigations", "exchange", "operations",
    }  # fmt: skip
