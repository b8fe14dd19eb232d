"""A comparison from the command to its folder: paired, split, whole, the same on any workers."""

from __future__ import annotations

import itertools
import json
import math
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis import drawing
from analysis.comparison import (
    Comparison,
    Primary,
    _needed_to_tell,
    check_primary,
    compare,
    per_unit_words,
    subjects_of,
    summed,
)
from analysis.comparison_page import page_of
from analysis.verdict import ALWAYS
from sim.app.comparing import print_comparison
from sim.errors import CrossborderError, InputError, RunFolderError
from sim.experiments.comparisons import check_replicates, run_comparison, run_plans
from sim.experiments.designs import Design, _plan
from sim.experiments.ensembles import replicate_seed
from sim.experiments.executors import ProcessExecutor, SerialExecutor
from sim.model import BorderModel
from sim.records.comparison import FATES, FORWARD, ComparedPlan, ComparisonFolder
from sim.records.dictionary import guards
from sim.scenario.drawing import drawn
from sim.scenario.specs.scenario import Scenario
from tests.model_runs import measure, under
from tests.stories.centre_world import centre_text
from tests.stories.commands import Command
from tests.stories.partners import partners
from tests.stories.small_world import PLAN, write
from tests.stories.test_figures import check
from tests.stories.test_report import Page
from tests.stories.test_verdict import row

REPLICATES = 4
PATROLS = measure(
    "joint_patrol", date(2020, 3, 3), date(2020, 3, 12), at="sector:meadows",
    officers={"AAA": 30, "BBB": 20},
    taken_from={"AAA": "reserve:avaland", "BBB": "reserve:belmark"},
)  # fmt: skip
AGREEMENT = measure(
    "agreement", date(2020, 3, 3), None, at=["country:AAA", "country:BBB"],
    powers=["information_exchange"],
)  # fmt: skip


OPERATION = measure(
    "joint_operation", date(2020, 3, 3), date(2020, 3, 6), at="sector:meadows",
    officers={"BBB": {"border_police": 8}}, taken_from={"BBB": "reserve:belmark"},
    fixed_cost=5000.0, officer_hour_cost=20.0,
)  # fmt: skip


def designed(base: Scenario, **plans: Scenario) -> Design:
    made = Design(base)
    made.add("baseline", base)
    for name, plan in plans.items():
        made.plans.append(_plan(made, name, "", plan, adaptation=False, treated=()))
    return made


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Design:
    base = partners(tmp_path_factory.mktemp("world"), until="2020-03-16")
    return designed(base, patrols=under(base, PATROLS), paper=under(base, AGREEMENT),
                    operation=under(base, OPERATION),
                    nothing=base.model_copy(update={"plan": "nothing"}))  # fmt: skip


@pytest.fixture(scope="module")
def comparison(made: Design, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    out = tmp_path_factory.mktemp("compared") / "folder"
    told: list[int] = []
    run_comparison(made, 5, REPLICATES, SerialExecutor(), out, {}, told.append)
    assert told == list(range(1, REPLICATES * len(made.runs) + 1))
    return compare(out, ["interceptions", "intercepted_share@sector:meadows"])


def test_each_run_is_made_once_and_kept_by_name(made: Design, comparison: Comparison) -> None:
    assert list(made.runs) == [
        "baseline", "plan:patrols", "null:patrols", "plan:paper", "plan:operation",
        "null:operation",
    ]  # fmt: skip
    values = comparison.folder.table("values")
    assert set(values["run"]) == set(made.runs)
    assert set(values["replicate"]) == set(range(REPLICATES))
    assert [p.null_is for p in comparison.plans] == ["own", "baseline", "own", "baseline"]


def test_a_run_is_the_run_of_its_seed_and_draw(made: Design, comparison: Comparison) -> None:
    model = BorderModel(drawn(made.runs["plan:patrols"], 5, 1), replicate_seed(5, 3))
    rows = model.run().columns("outcomes")
    whole = rows["month"] == "all"
    kept = comparison.values("plan:patrols")
    for outcome, subject, value in zip(
        rows["outcome"][whole], rows["subject"][whole], rows["value"][whole], strict=True
    ):
        found = kept[outcome, subject][3]
        assert found == value or (math.isnan(found) and math.isnan(value))


def by_hand(scenario: Scenario, outcome: str, subject: str) -> list[float]:
    """Return an outcome of the comparison's replicates, each run here and now."""
    found = []
    for replicate in range(REPLICATES):
        model = BorderModel(drawn(scenario, 5, replicate // 2), replicate_seed(5, replicate))
        rows = pd.DataFrame(model.run().columns("outcomes")).set_index(
            ["outcome", "subject", "month"]
        )
        found.append(float(rows.loc[(outcome, subject, "all"), "value"]))
    return found


def test_added_officers_and_cooperation_sum_to_the_whole(
    made: Design, comparison: Comparison
) -> None:
    """Three scenarios written out by hand: nobody sent, sent like the host's own, sent together."""
    base = made.runs["baseline"]
    alone = measure(
        "staffing", date(2020, 3, 3), date(2020, 3, 12), at="sector:meadows", as_host=True,
        officers={"AAA": 30, "BBB": 20},
        taken_from={"AAA": "reserve:avaland", "BBB": "reserve:belmark"},
    )  # fmt: skip
    outcome, subject = "interceptions", "all"
    nobody, officers, together = (
        np.array(by_hand(scenario, outcome, subject))
        for scenario in (base, under(base, alone), under(base, PATROLS))
    )
    expected = {
        "whole": together - nobody, "officers": officers - nobody,
        "cooperation": together - officers,
    }  # fmt: skip
    for effect, difference in expected.items():
        row = comparison.effect("patrols", effect, outcome, subject)
        assert row is not None
        assert row.result.difference == pytest.approx(difference.mean()), effect
    assert expected["officers"].any()
    assert expected["cooperation"].any()
    hours = comparison.effect("patrols", "cooperation", "officer_hours_sectors")
    assert hours is not None
    assert hours.result.difference == 0
    assert "its null" in comparison.against_null("patrols") or "Cooperation itself" in (
        comparison.against_null("patrols")
    )


@pytest.mark.parametrize("plan", ["paper", "nothing"])
def test_a_plan_that_changes_no_run_differs_by_exactly_nothing(
    comparison: Comparison, plan: str
) -> None:
    """An agreement on information that nobody uses moves nobody: keyed draws (MODEL 2)."""
    rows = [e for e in comparison.effects if e.plan == plan and e.result.sample is not None]
    assert len(rows) > 100
    assert all(e.result.equal == e.result.pairs for e in rows)
    table = comparison.fate_table(plan)
    if table is not None:
        assert table.persons["unchanged"] == table.crossed
    assert comparison.verdict(plan).word == "not shown"


def test_a_plan_whose_null_is_the_baseline_says_so(comparison: Comparison) -> None:
    said = comparison.against_null("paper")
    assert "its null equals the baseline and was not run twice" in said
    assert "cannot be told from its null" in said
    assert "changes nothing" in comparison.against_null("nothing")


def test_fates_sum_to_the_crossings_of_the_baseline(comparison: Comparison) -> None:
    rows = comparison.folder.table("fates")
    own = rows[(rows["plan"] == "patrols") & (rows["side"] == FORWARD)]
    crossings = comparison.folder.table("crossings")
    before = crossings[
        (crossings["plan"] == "patrols") & (crossings["side"] == "baseline")
        & (crossings["leg"] == "meadow_path")
    ].set_index("replicate")["persons"]  # fmt: skip
    for replicate, each in own.groupby("replicate"):
        assert set(each["fate"]) == set(FATES)
        assert each["persons"].sum() == before[replicate]
    assert before.sum() > 0
    table = comparison.fate_table("patrols")
    assert table is not None
    assert sum(table.persons.values()) == pytest.approx(table.crossed)


def test_a_plan_without_measures_may_be_followed_at_places_named(tmp_path: Path) -> None:
    base = partners(tmp_path, until="2020-03-05")
    made = Design(base)
    made.add("baseline", base)
    plan = base.model_copy(update={"plan": "none"})
    made.plans.append(_plan(made, "none", "", plan, adaptation=False,
                            treated=("sector:meadows",)))  # fmt: skip
    read = compare(run_comparison(made, 5, 2, SerialExecutor(), tmp_path / "out", {}))
    table = read.fate_table("none")
    assert table is not None
    assert "mean persons (true), over the whole run" in page_of(read)
    assert table.persons["unchanged"] == table.crossed > 0


def test_a_leg_that_only_the_plan_has_leaves_the_others_what_they_are(tmp_path: Path) -> None:
    """Legs are numbered anew where there is one more; one nobody can pay changes nothing."""
    base = partners(tmp_path, until="2020-03-05")
    path = next(leg for leg in base.legs if leg.id == "meadow_path")
    dear = path.model_copy(update={"id": "a_path", "cost": replace(path.cost, value=1e7)})
    plan = base.model_copy(update={"legs": (dear, *base.legs), "measures": (AGREEMENT,)})
    made = Design(base)
    made.add("baseline", base)
    made.plans.append(_plan(made, "more", "", plan, adaptation=False,
                            treated=("sector:meadows",)))  # fmt: skip
    assert made.plans[0].treated_legs == ("a_path", "meadow_path")
    table = compare(run_comparison(made, 5, 2, SerialExecutor(), tmp_path / "out",
                                   {})).fate_table("more")  # fmt: skip
    assert table is not None
    assert table.persons["unchanged"] == table.crossed > 0


def test_holm_adjusts_the_primary_outcomes_only(comparison: Comparison) -> None:
    adjusted = {(e.outcome, e.subject) for e in comparison.effects if e.p_holm is not None}
    assert adjusted == {("interceptions", "all"), ("intercepted_share", "sector:meadows")}
    roles = {(e.outcome, e.subject): e.role for e in comparison.effects}
    assert roles["deaths", "all"] == "protection"
    assert roles["deaths", "country:AAA"] == "descriptive"


def test_holm_counts_a_primary_outcome_that_no_run_records(comparison: Comparison) -> None:
    alone, two = (
        compare(comparison.folder.path, names).effect("patrols", "whole", "interceptions")
        for names in (["interceptions"], ["interceptions", "arrests"])
    )
    assert alone is not None
    assert two is not None
    assert alone.p_holm is not None
    assert two.p_holm == min(1.0, 2 * alone.p_holm) > alone.p_holm


def test_a_primary_outcome_that_guards_is_listed_once(
    comparison: Comparison, capsys: pytest.CaptureFixture[str]
) -> None:
    read = compare(comparison.folder.path, ["deaths", "interceptions", "injuries@country:AAA"])
    rows, both = read.listed("patrols")
    names = [r.name for r in rows]
    assert len(set(names)) == len(names)
    assert names[:2] == ["deaths", "interceptions"]
    assert "injuries" in names
    assert [r.name for r in both] == ["deaths"]
    note = "Primary and protection outcome at once, listed once: deaths."
    assert note in page_of(read)
    assert read.verdict("patrols").sentence.count("Deaths ") == 1
    print_comparison(read)
    assert note in capsys.readouterr().out


def test_what_differs_from_run_to_run_but_not_in_mean_has_an_interval_too() -> None:
    told = _needed_to_tell(row("interceptions", ((9.0,) * 4, (10.0, 10.0, 8.0, 8.0))))
    assert told == (
        "0 persons, \N{MINUS SIGN}12.7 to +12.7; pairs of runs needed: more than can be run"
    )
    assert "needed: 4 or more" in _needed_to_tell(row("interceptions", ((9.0,) * 2, (10.0, 8.0))))


def test_fates_are_followed_while_the_measures_at_the_treated_places_are_in_force(
    made: Design, tmp_path: Path
) -> None:
    """The agreement of the whole countries holds longer than the patrols; nobody uses it."""
    paper = AGREEMENT.model_copy(update={"since": date(2020, 3, 1)})
    base = made.baseline
    both = designed(base, patrols=under(base, PATROLS), longer=under(base, PATROLS, paper))
    short, longer = both.plans
    assert (longer.since, longer.until) == ("2020-03-01", "2020-03-16")
    assert longer.window == short.window == ("2020-03-03", "2020-03-12")
    elsewhere = _plan(Design(base), "paper", "", under(base, AGREEMENT), adaptation=False,
                      treated=("sector:meadows",))  # fmt: skip
    assert elsewhere.window == ("2020-03-03", "2020-03-16")
    giver = measure("staffing", date(2020, 3, 5), None, at="post:bridge", officers={"AAA": 1},
                    taken_from={"AAA": "sector:meadows"})  # fmt: skip
    taken = _plan(Design(base), "taken", "", under(base, giver, paper), adaptation=False,
                  treated=("sector:meadows",))  # fmt: skip
    assert taken.window == ("2020-03-05", "2020-03-16")
    read = compare(run_comparison(both, 5, 2, SerialExecutor(), tmp_path / "out", {}))
    one, two = read.fate_table("patrols"), read.fate_table("longer")
    assert one is not None
    assert two is not None
    assert one.crossed == two.crossed > 0
    told = set(re.findall(r"mean persons \(true\), (\S+ to \S+)", page_of(read)))
    assert told == {"2020-03-03 to 2020-03-12"}


#: Interrupts a process of its own (here others listen to the collector) in the next collection.
INTERRUPTED = """
import gc, signal, time
from sim.model import BorderModel
from sim.scenario.loading import load

scenario = load("two_routes")
models = [BorderModel(scenario) for _ in range(2)]
gc.collect()
gc.disable()
held = [[i] for i in range(1_000_000)]
models.clear()
signal.signal(signal.SIGALRM, signal.default_int_handler)
try:
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    BorderModel(scenario)
    time.sleep(10)
except KeyboardInterrupt:
    print("heard")
"""


def test_an_interruption_while_models_are_cleared_away_is_not_lost() -> None:
    """It comes while the collector counts; the next Python code, a callback, would swallow it."""
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("heard\n", "")


def test_a_verdict_names_deaths_and_returns_and_judges_every_guard(
    comparison: Comparison,
) -> None:
    _, protected = comparison.judged("patrols")
    assert [row.outcome.name for row in protected] == [g.name for g in guards()]
    sentence = comparison.verdict("patrols").sentence.lower()
    assert all(name.replace("_", " ") in sentence for name in ALWAYS)


def test_costs_are_officer_hours_and_have_a_price_a_unit(comparison: Comparison) -> None:
    (whole, there) = comparison.costs("patrols")[:2]
    assert (whole.name, whole.unit) == ("officer hours", "h")
    assert there.result.difference > 0
    assert set(whole.per_unit) == {"interceptions", "intercepted_share@sector:meadows"}


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_only_an_improvement_has_a_price(
    comparison: Comparison, monkeypatch: pytest.MonkeyPatch, sign: float
) -> None:
    """A worsening told from 0 would have a negative one."""

    def gain(_: Comparison, plan: ComparedPlan, primary: Primary) -> dict[int, float]:
        replicates = comparison.values(plan.plan)[primary.outcome, primary.subject]
        return {r: sign * (5.0 + 0.01 * r) for r in replicates}

    monkeypatch.setattr(Comparison, "_gain", gain)
    cost = comparison.costs("patrols")[0]
    assert {ratio.value is not None for ratio in cost.per_unit.values()} == {sign > 0}


def test_an_operation_that_is_not_ordered_costs_nothing(comparison: Comparison) -> None:
    costs = {cost.name: cost for cost in comparison.costs("operation")}
    cost = costs["operation cost"]
    assert (cost.unit, cost.result.before) == ("EUR", 0.0)
    assert cost.result.after > 5000.0
    assert "operation cost" not in {c.name for c in comparison.costs("patrols")}


def test_two_workers_make_the_same_folder(
    made: Design, comparison: Comparison, tmp_path: Path
) -> None:
    small = designed(made.baseline, patrols=made.runs["plan:patrols"])
    one, two = (
        ComparisonFolder.open(run_comparison(small, 5, 2, executor, tmp_path / name, {}))
        for name, executor in (("one", SerialExecutor()), ("two", ProcessExecutor(2)))
    )
    for name in ("values", "fates", "crossings"):
        assert one.table(name).equals(two.table(name))
        whole = comparison.folder.table(name)
        assert len(whole) > len(one.table(name))


def test_a_comparison_that_fails_leaves_nothing(made: Design, tmp_path: Path) -> None:
    small = designed(made.baseline, paper=made.runs["plan:paper"])

    def fail(folder: Path) -> None:
        assert (folder / "comparison.json").is_file()
        raise CrossborderError("no page today")

    with pytest.raises(CrossborderError, match="no page today"):
        run_comparison(small, 5, 2, SerialExecutor(), tmp_path / "deep" / "out", {}, complete=fail)
    assert not list(tmp_path.iterdir())


def test_the_page_is_whole_and_loads_nothing(
    comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = drawing._svg

    def checked(figure: Figure, name: str, title: str, description: str) -> str:
        check(figure)
        return draw(figure, name, title, description)

    monkeypatch.setattr(drawing, "_svg", checked)
    html = page_of(comparison)
    page = Page(html)
    assert all(load.startswith("data:") for load in page.loads)
    assert "script" not in page.tags
    assert len(set(page.ids)) == len(page.ids)
    assert set(page.anchors) <= {*page.ids, ""}
    for plan in comparison.plans:
        rest = comparison.verdict(plan.name).sentence.partition(": ")[2]
        assert rest[1:40] in page.text["summary"]
    assert "Patrols" in html
    # A table has a column of notes where some row has one.
    compact = re.findall(r'<table class="compact">.*?</table>', html, re.DOTALL)
    changes = [t for t in compact if "over the whole run (true)" in t]
    noted = [any(row.result.note for row in itertools.chain(*comparison.judged(plan.name)))
             for plan in comparison.plans]  # fmt: skip
    assert [">note</th>" in t for t in changes] == noted
    # One of prices where some plan has one; the others are named below.
    (costs,) = [t for t in compact if "one unit of improvement takes" in t]
    values = {p: [r.value for plan in comparison.plans for cost in comparison.costs(plan.name)
                  if (r := cost.per_unit.get(p.text)) is not None]
              for p in comparison.primary}  # fmt: skip
    for primary, known in values.items():
        priced = any(value is not None for value in known)
        assert (f">per {primary.one}</th>" in costs) == priced
        assert priced or "No price of one:" in html


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        (["intercepted"], "unknown-outcome"),
        (["attempts"], "no-direction"),
        (["interceptions"] * 2, "primary-twice"),
        ([f"deaths@{i}" for i in range(7)], "too-many-primary"),
        (["deaths@"], "no-subject"),
        ([], "too-many-primary"),
    ],
)
def test_primary_outcomes_are_checked_before_anything_runs(names: list[str], rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        check_primary(names)


def test_a_subject_nobody_counts_is_refused(comparison: Comparison) -> None:
    with pytest.raises(InputError, match="is not counted for 'sector:meadow'"):
        compare(comparison.folder.path, ["interceptions@sector:meadow"])


@pytest.mark.parametrize("replicates", [0, 1, 3, 7])
def test_replicates_come_in_pairs(replicates: int) -> None:
    with pytest.raises(InputError, match="come in pairs"):
        check_replicates(replicates)


def test_a_folder_that_is_no_comparison_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="is not a comparison"):
        compare(tmp_path)
    (tmp_path / "comparison.json").write_text('{"schema": 99}', encoding="utf-8")
    with pytest.raises(RunFolderError, match="compare again"):
        compare(tmp_path)


def test_the_command_prints_verdicts_and_writes_everything(
    crossborder: Command, tmp_path: Path
) -> None:
    write(tmp_path, ("checks: full\n", ""))
    write(tmp_path, text=PLAN, name="nights.yaml")
    done = crossborder(
        "compare", "small_world.yaml", "--plan", "nights.yaml", "--replicates", "2", "--workers",
        "1", "--until", "2020-04-10", "--out", "out",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert done.last == "out/comparison.html"
    assert "Not shown: " in done.out
    assert "The rule. Better: " in done.out
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert names == {"comparison.json", "scenario.json", "values.parquet", "fates.parquet",
                     "crossings.parquet", "effects.parquet", "results.json",
                     "comparison.html"}  # fmt: skip
    said = " ".join(done.out.split())
    for words in ("harm margin", "4 or more", "displaced, net: ", " 2020-04-10 (exclusive)"):
        assert words in said
    assert "more than can be run" not in said
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert results["plans"][0]["verdict"] == "not shown"
    effects = ComparisonFolder.open(tmp_path / "out").table("effects")
    assert set(effects["effect"]) == {"whole", "officers", "cooperation"}


def test_a_primary_outcome_may_be_counted_at_a_border_a_centre_a_post_and_for_a_country(
    crossborder: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that no run records is not left out of the tables either."""
    write(tmp_path, ("checks: full\n", ""), text=centre_text())
    write(tmp_path, text=PLAN, name="nights.yaml")
    names = ["interceptions@border:AAA-BBB", "requests_in_time_share@centre:mill",
             "found_share@post:bridge", "lawful_wait@country:BBB",
             "consignments_found_share@country:BBB"]  # fmt: skip
    done = crossborder(
        "compare", "small_world.yaml", "--plan", "nights.yaml", "--replicates", "2", "--workers",
        "1", "--until", "2020-04-10", "--out", "out", *(x for n in names for x in ("--primary", n)),
    )  # fmt: skip
    assert done.code == 0, done.err
    words = ["interceptions (border AAA-BBB)", "requests in time share (centre mill)",
             "found share (post bridge)", "lawful wait (country BBB)",
             "consignments found share (country BBB)"]  # fmt: skip
    page = Page((tmp_path / "out" / "comparison.html").read_text(encoding="utf-8"))
    told, shown = (" ".join(t.split()) for t in (done.out, " ".join(page.text.values())))
    for word in words:
        assert word in told
        assert word in shown
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert results["primary"] == names
    rows = ComparisonFolder.open(tmp_path / "out").table("effects")
    rows = rows[(rows["effect"] == "whole") & (rows["role"] == "primary")]
    recorded = dict(zip(rows["outcome"] + "@" + rows["subject"], rows["before"], strict=True))
    assert set(recorded) == set(names[:4])
    assert all(value > 0 for value in recorded.values())
    compared = compare(tmp_path / "out", names)
    (load,) = (c for c in compared.costs("meadow_nights") if c.name == "desk load")
    assert per_unit_words(load, names[0]) == "-"
    assert "desk load (points)" in shown
    print_comparison(compare(tmp_path / "out"))
    assert "desk load (points)" in capsys.readouterr().out
    for (outcome, subject), values in compared.values("baseline").items():
        known = subjects_of(outcome, compared.folder.scenario)
        assert subject in ("all", *known), f"{outcome}@{subject} is recorded, but would be refused"
        assert values


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        (("--replicates", "3"), "odd-replicates"),
        (("--primary", "fines"), "unknown-outcome"),
        (("--primary", "interceptions@sector:nowhere"), "unknown-subject"),
        (("--primary", "deaths@sector:meadows"), "unknown-subject"),
        (("--primary", "deaths@"), "no-subject"),
        (("--primary", "interceptions@AAA-BBB"), "counted for border:AAA-BBB"),
        (("--primary", "interceptions@country:AAA"), "unknown-subject"),
        (("--primary", "requests_in_time_share@centre:mill"), "unknown-subject"),
        (("--plan", "meadow"), "meadow"),
    ],
)
def test_the_command_refuses_before_it_runs(
    crossborder: Command, tmp_path: Path, options: tuple[str, ...], rule: str
) -> None:
    write(tmp_path)
    write(tmp_path, text=PLAN, name="nights.yaml")
    done = crossborder("compare", "small_world.yaml", "--plan", "nights.yaml", *options)
    assert done.code == 2
    assert rule in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "runs").exists()


def test_a_notebook_compares_by_two_calls(tmp_path: Path) -> None:
    world = write(tmp_path, ("checks: full\n", ""))
    plan = write(tmp_path, text=PLAN, name="nights.yaml")
    folder = run_plans(world, [str(plan)], sets=("until=2020-04-03",), replicates=2,
                       out=tmp_path / "out")  # fmt: skip
    assert compare(folder).verdict("meadow_nights").word == "not shown"


def test_what_one_side_alone_records_is_in_no_sum() -> None:
    nan = float("nan")
    one = {("hours", "a"): {0: 1.0, 1: 2.0}, ("hours", "b"): {0: 5.0, 1: nan}}
    two = {("hours", "a"): {0: 3.0, 1: 4.0}, ("hours", "b"): {0: 7.0, 1: 8.0}}
    assert summed(one, two, ["hours"], ["a", "b"]) == ({0: 1.0, 1: 2.0}, {0: 3.0, 1: 4.0})
    assert summed(one, two, ["hours"], ["b", "c"]) == ({}, {})
