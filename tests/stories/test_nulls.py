"""What a plan is held against: cooperation taken out, officers left in, history told once."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

from sim.errors import InputError, ModelError
from sim.experiments.designs import design
from sim.experiments.nulls import (
    COOPERATION_LISTS,
    content,
    matched_null,
    own_baseline,
    same_run,
)
from sim.scenario.adding import read_measure
from sim.scenario.loading import from_text
from sim.scenario.measures import Measure, kinds
from sim.scenario.quantities import Quantity
from sim.scenario.schema import document_schema
from sim.scenario.specs.agreements import Agreement
from sim.scenario.specs.investigations import Investigation
from sim.scenario.specs.scenario import Scenario
from tests.model_runs import measure, under
from tests.stories.partners import partners
from tests.stories.small_world import PLAN, small_world, write

#: Lists that are no cooperation: what only a plan brings of them stays in its null.
PLAIN_LISTS = {
    "countries", "places", "legs", "routes", "screenlines", "profiles", "mixes", "arrivals",
    "stocks", "powers", "shift_patterns", "sectors", "detection_widths", "aftermath",
    "demand_patterns", "posts", "hit_rates", "hazards", "screening", "networks", "other_crime",
    "reserves", "observation_rules", "targets", "fitted_sets", "ablations", "history", "measures",
    "holidays", "investigations", "forged_documents", "interpreted_screening",
}  # fmt: skip

PATROLS = measure(
    "joint_patrol", date(2020, 3, 3), date(2020, 3, 10), at="sector:meadows",
    officers={"AAA": 20, "BBB": 10}, taken_from={"AAA": "reserve:avaland", "BBB": "post:bridge"},
)  # fmt: skip
STAFFING = measure(
    "staffing", date(2020, 3, 3), None, at="sector:meadows", officers={"BBB": 10}
)  # fmt: skip
AGREEMENT = measure(
    "agreement", date(2020, 3, 3), None, at=["country:AAA", "country:BBB"],
    powers=["information_exchange"],
)  # fmt: skip


def test_every_list_of_a_scenario_is_known_to_be_cooperation_or_not() -> None:
    lists = {name for name, field in Scenario.model_fields.items()
             if getattr(field.annotation, "__origin__", None) is tuple}  # fmt: skip
    assert all(get_args(Scenario.model_fields[name].annotation) for name in lists)
    assert lists == PLAIN_LISTS | set(COOPERATION_LISTS)
    assert not PLAIN_LISTS & set(COOPERATION_LISTS)


def test_the_null_keeps_the_officers_and_drops_what_is_cooperation(tmp_path: Path) -> None:
    base = partners(tmp_path)
    plan = under(base, PATROLS, AGREEMENT)
    null = matched_null(base, plan)
    (kept,) = null.measures
    assert (kept.kind, kept.id) == ("staffing", PATROLS.id)
    posted = {(p.target, p.country, p.officers) for p in kept.postings()}
    assert {("sector:meadows", "AAA", 20.0), ("sector:meadows", "BBB", 10.0),
            ("post:bridge", "BBB", -10.0)} <= posted  # fmt: skip
    assert not kept.changes()
    assert not same_run(null, base)
    assert not same_run(null, plan)


def test_an_agreement_that_only_the_plan_brings_is_not_in_its_null(tmp_path: Path) -> None:
    base = partners(tmp_path)
    row = Agreement.model_validate({"id": "new", "parties": ["AAA", "BBB"],
                                    "powers": ["readmission"]})  # fmt: skip
    plan = base.model_copy(update={"agreements": (*base.agreements, row), "plan": "it"})
    assert same_run(matched_null(base, plan), base)
    assert content(base) != content(plan)


def test_an_investigation_loses_partners_and_keeps_its_investigators(tmp_path: Path) -> None:
    alone = Investigation.model_validate({
        "id": "case", "network": "ferrymen", "country": "BBB", "investigators": 6, "half": 4,
        "fastest": 20, "memory": 90, "threshold": 30, "interception": 1, "debriefing": 2,
        "debriefed_share": 0.2, "answer": 3, "financial": 5, "inquiries": 1, "taken": 1,
    })  # fmt: skip
    together = alone.model_copy(update={"joint_team": ("AAA",), "investigators": Quantity(
        9.0, unit="officers")})  # fmt: skip
    base = partners(tmp_path).model_copy(update={"investigations": (alone,)})
    plan = base.model_copy(update={"investigations": (together,)})
    (row,) = matched_null(base, plan).investigations
    assert (row.joint_team, row.investigators.value) == ((), 9.0)
    assert same_run(matched_null(plan, plan), plan)


def test_measures_of_the_scenario_itself_stay_on_both_sides(tmp_path: Path) -> None:
    base = under(partners(tmp_path), PATROLS)
    assert same_run(matched_null(base, base), base)


def edited(base: Scenario, measure_: Measure, **keys: Any) -> tuple[Measure, ...]:
    """Return the measures of the null of a plan that edits a measure of the scenario."""
    fields = type(measure_).model_fields.items()
    text = {field.alias or name: getattr(measure_, name) for name, field in fields} | keys
    plan = base.model_copy(update={"measures": (type(measure_).model_validate(text),)})
    null = matched_null(base, plan)
    assert from_text(null.as_text()).measures == null.measures
    return null.measures


def test_the_null_of_an_edit_keeps_what_the_scenario_had(tmp_path: Path) -> None:
    """Five more officers of Avaland: the scenario's patrols go on, the five are like the host's."""
    base = under(partners(tmp_path), PATROLS)
    kept, more = edited(base, PATROLS, officers={"AAA": 25, "BBB": 10})
    assert kept == PATROLS
    assert more.kind == "staffing"
    posted = {(p.target, p.officers, p.as_host) for p in more.postings()}
    assert posted == {("sector:meadows", 5.0, True), ("reserve:avaland", -5.0, False)}
    assert not more.changes()
    (fewer,) = edited(base, PATROLS, officers={"AAA": 10, "BBB": 10})
    assert {p.officers for p in fewer.postings() if p.officers > 0} == {10.0}
    assert fewer.kind == "joint_patrol"


def test_the_null_of_an_edit_has_the_scenario_s_own_days_places_and_keys(tmp_path: Path) -> None:
    base = under(partners(tmp_path), PATROLS)
    longer = edited(base, PATROLS, at=["sector:meadows", "sector:fields"], until=date(2020, 3, 12),
                    legal_base="agreement:convention", hours="18:00-06:00")  # fmt: skip
    assert [(m.kind, m.at, m.since.day, m.until and m.until.day) for m in longer] == [
        ("joint_patrol", ("sector:meadows",), 3, 10),
        ("staffing", ("sector:fields",), 3, 12),
        ("staffing", ("sector:meadows",), 10, 12),
    ]
    assert getattr(longer[0], "legal_base", "") is None
    (other,) = edited(base, PATROLS, **{"from": date(2020, 3, 10), "until": date(2020, 3, 12)})
    assert other.kind == "staffing"
    assert edited(base, PATROLS) == base.measures


def test_the_null_of_an_edited_operation_carries_its_equipment_and_cost_once(
    tmp_path: Path,
) -> None:
    acting = measure(
        "joint_operation", date(2020, 3, 3), date(2020, 3, 10), at="sector:meadows",
        officers={"AAA": {"border_police": 6}}, taken_from={"AAA": "reserve:avaland"},
        equipment={"AAA": {"drone": 1}}, fixed_cost=900.0,
    )  # fmt: skip
    base = under(partners(tmp_path), acting)
    kept, more = edited(base, acting, officers={"AAA": {"border_police": 9, "customs": 2}},
                        brings=["language"])  # fmt: skip
    assert kept == acting
    assert {(p.service, p.officers) for p in more.postings() if p.officers > 0} == {
        ("border_police", 3.0), ("customs", 2.0),
    }  # fmt: skip
    assert more.changes() == ()
    assert {p.as_host for p in more.postings() if p.officers > 0} == {True}
    assert getattr(more, "fixed_cost", 0.0) is None


def test_the_null_of_an_edit_that_is_cooperation_all_through_is_the_scenario(
    tmp_path: Path,
) -> None:
    base = under(partners(tmp_path), AGREEMENT)
    wider = edited(base, AGREEMENT, powers=["information_exchange", "readmission"])
    assert wider == base.measures
    desk = measure(
        "centre_desk", date(2020, 3, 3), None, at="desk:mill_bbb", officers={"BBB": 2},
        taken_from={"BBB": "post:bridge"}, hours="08:00-16:00",
    )  # fmt: skip
    kept, more = edited(under(partners(tmp_path), desk), desk, officers={"BBB": 5},
                        hours="00:00-24:00")  # fmt: skip
    assert kept == desk
    assert {(p.target, p.officers) for p in more.postings()} == {
        ("desk:mill_bbb", 3.0), ("post:bridge", -3.0),
    }  # fmt: skip


def test_an_edit_leaves_the_team_that_the_scenario_has(tmp_path: Path) -> None:
    team = measure("investigation", date(2020, 3, 3), None, at="investigation:x", investigators=4,
                   joint_team=["AAA"])  # fmt: skip
    base = under(partners(tmp_path), team)
    (kept,) = edited(base, team, investigators=9, central_office=True)
    assert {c.quantity: c.value for c in kept.changes()} == {
        "investigators": 9.0, "joint_team": ("AAA",), "legal_base": "",
    }  # fmt: skip


def test_a_plan_without_cooperation_is_its_own_null(tmp_path: Path) -> None:
    base = small_world(tmp_path)
    plan = under(base, STAFFING)
    assert same_run(matched_null(base, plan), plan)


def test_history_that_a_plan_tells_anew_is_left_out_of_its_baseline(tmp_path: Path) -> None:
    told = STAFFING.model_copy(update={"id": "told"})
    other = STAFFING.model_copy(update={"id": "other"})
    base = small_world(tmp_path).model_copy(update={"history": (told, other)})
    anew = under(base.model_copy(update={"history": (other,)}), told)
    assert own_baseline(base, anew).history == (other,)
    # What a plan only removes is what it does: its baseline has it.
    removed = base.model_copy(update={"history": (other,)})
    assert own_baseline(base, removed) is base


def test_a_plan_that_tells_history_anew_is_compared_with_a_run_without_it() -> None:
    made = design("adriatic_shift", ["rapid_reaction_2018"])
    (row,) = made.plans
    assert row.baseline != "baseline"
    against = {m.id for m in made.runs[row.baseline].history}
    assert {m.id for m in made.baseline.history} - against == {"mne_army_august_2018"}
    assert not made.runs[row.baseline].measures
    assert dict(row.effects)["whole"] == (row.baseline, row.plan)


def test_runs_that_would_be_the_same_are_made_once(tmp_path: Path) -> None:
    world, plan = write(tmp_path), write(tmp_path, text=PLAN, name="nights.yaml")
    other = write(tmp_path, ("meadow_nights", "again"), text=PLAN, name="again.yaml")
    made = design(str(world), [str(plan), str(other)])
    assert list(made.runs) == ["baseline", "plan:meadow_nights"]
    assert [p.null_is for p in made.plans] == ["plan", "plan"]
    assert made.plans[1].plan == "plan:meadow_nights"
    assert made.plans[0].treated == ("sector:meadows",)
    assert (made.plans[0].since, made.plans[0].until) == ("2020-04-01", "2020-04-20")
    assert made.plans[0].summary.startswith("Ten officers")


def test_a_setting_of_a_plans_row_reaches_that_plan_alone(tmp_path: Path) -> None:
    world, plan = write(tmp_path), write(tmp_path, text=PLAN, name="nights.yaml")
    sets = ("measures.nights.officers.BBB=5", "parameters.kappa=2")
    made = design(str(world), [str(plan)], sets)
    (row,) = made.runs["plan:meadow_nights"].measures
    assert [p.officers for p in row.postings() if p.officers > 0] == [5.0]
    assert all(s.parameter("kappa") == 2 for s in made.runs.values())
    with pytest.raises(InputError, match=r"no row 'days' in measures"):
        design(str(world), [str(plan)], ("measures.days.officers.BBB=5",))


def test_adaptation_adds_frozen_runs_of_plan_and_baseline(tmp_path: Path) -> None:
    world, plan = write(tmp_path), write(tmp_path, text=PLAN, name="nights.yaml")
    made = design(str(world), [str(plan)], adaptation=True)
    (row,) = made.plans
    frozen = [made.runs[name].adaptation_frozen_from for name in (row.frozen_baseline,
              row.frozen_plan)]  # fmt: skip
    assert frozen == [date(2020, 4, 1)] * 2
    with pytest.raises(InputError, match="no network learns"):
        design(str(world), [str(plan)], ("switches.smugglers=fixed",), adaptation=True)


@pytest.mark.parametrize(
    ("plans", "treated", "rule"),
    [([], (), "no-plan"), (["a", "a"], (), "plan-twice"), (["nights.yaml"], ("country:BBB",),
     "no-crossing")],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused_by_name(
    tmp_path: Path, plans: list[str], treated: tuple[str, ...], rule: str
) -> None:
    world = write(tmp_path)
    write(tmp_path, text=PLAN, name="nights.yaml")
    names = [str(tmp_path / p) if p.endswith("yaml") else p for p in plans]
    with pytest.raises(InputError, match=rule):
        design(str(world), names, treated=treated)


@pytest.mark.parametrize("kind", ["staffing", "joint_operation"])
def test_only_a_null_works_like_the_hosts_own(kind: str, tmp_path: Path) -> None:
    """No file and no order may say so: the key is not among the kind's, and is refused."""
    base = partners(tmp_path)
    officers: Any = {"AAA": 6} if kind == "staffing" else {"AAA": {"border_police": 6}}
    row = {"id": "a", "kind": kind, "at": "sector:meadows", "as_host": True,
           "officers": officers, "taken_from": {"AAA": "reserve:avaland"}}  # fmt: skip
    found, problems = read_measure(row, base.start, None)
    assert found is None
    assert [(p.rule, p.key) for p in problems] == [("unknown-key", "as_host")]
    # Packs of earlier versions say that it is not so.
    found, problems = read_measure(row | {"as_host": False}, base.start, None)
    assert found is not None
    assert problems == []
    assert "as_host" not in str(kinds()[kind].model_json_schema())
    assert "as_host" not in str(document_schema())


def test_a_null_reads_back_as_it_was(tmp_path: Path) -> None:
    acting = measure(
        "joint_operation", date(2020, 3, 3), date(2020, 3, 10), at="sector:meadows",
        officers={"AAA": {"border_police": 6}}, taken_from={"AAA": "reserve:avaland"},
    )  # fmt: skip
    base = partners(tmp_path)
    null = matched_null(base, under(base, acting, PATROLS))
    back = from_text(json.loads(json.dumps(null.as_text())))
    assert back.measures == null.measures
    hosts = [p.as_host for m in back.measures for p in m.postings() if p.officers > 0]
    assert hosts == [True, True, True]


def test_what_another_version_recorded_and_this_one_refuses_is_said(tmp_path: Path) -> None:
    text = json.loads(json.dumps(under(partners(tmp_path), PATROLS).as_text()))
    text["measures"][0]["at"] = []
    with pytest.raises(ModelError, match=r"recorded by another version; this one refuses at \("):
        from_text(text)
