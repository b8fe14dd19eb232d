"""What the study `beside` lays side by side: medians over seeds, totals of a year."""

from __future__ import annotations

from pathlib import Path

from sim.model import BorderModel
from tests.stories.small_world import small_world
from tests.studies.beside import beside, observed_in, registered_in, spread, yearly


def test_totals_are_marked_beyond_a_factor_of_two() -> None:
    runs = [{"a": 90.0, "b": 30.0, "c": 210.0}, {"a": 110.0, "b": 50.0, "c": 190.0},
            {"a": 100.0, "b": 40.0, "c": 230.0}]  # fmt: skip
    rows = list(yearly(runs, {"a": 100.0, "b": 100.0, "c": 100.0, "unseen": 5.0}))
    assert rows[0] == ["a", "100 (90 to 110)", "100", "1.00 (0.90 to 1.10)", ""]
    assert [row[-1] for row in rows] == ["", *["outside a factor of 2"] * 2]
    assert spread([float("nan")]) == ""


def test_registered_totals_of_a_year(tmp_path: Path) -> None:
    scenario = small_world(tmp_path)
    row = scenario.targets[0]
    months = tuple(
        row.model_copy(update={"id": f"m{m}", "series": "monthly", "period": f"2020-{m:02d}"})
        for m in range(1, 13)
    )
    year = row.model_copy(update={"series": "yearly", "period": "2020"})
    part = row.model_copy(update={"series": "partly", "period": "2020-01..2020-03"})
    persons = row.persons.value
    of = scenario.model_copy(update={"targets": (*months, year, part)})
    assert registered_in(of, "2020") == {"monthly": 12 * persons, "yearly": persons}
    assert registered_in(of.model_copy(update={"targets": months[:11]}), "2020") == {}


def test_a_run_that_does_not_hold_the_year_gives_no_totals(tmp_path: Path) -> None:
    recorder = BorderModel(small_world(tmp_path, sets=["until=2020-04-01"])).run()
    assert observed_in(recorder, "2020") == {}


def test_figures_of_runs_are_medians_with_their_range() -> None:
    rows = {row[0]: row for row in beside([{"stopped per attempt": v} for v in (0.3, 0.5, 0.35)])}
    assert rows["stopped per attempt"][4:] == ["0.35 (0.3 to 0.5)", "within"]
    assert rows["price SRB-HUN on foot"][4:] == ["", "no figure in the model"]
    rows = {row[0]: row for row in beside([{"attempts per arrival": 50.0}])}
    assert rows["attempts per arrival"][4] == "50"
