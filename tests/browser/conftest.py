"""What the browser tests of the console share: a browser, recorded runs, a console on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from sim.experiments.runs import run_single
from sim.records.run_writer import Facts
from sim.scenario.loading import load
from tests.browser.driving import Server, launch, serving
from tests.fake_run import write_fake_run


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = launch(driver)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs of the tutorial that differ by a plan, and a made-up two years."""
    folder = tmp_path_factory.mktemp("runs")
    for name, plans in (("baseline", ()), ("with_plan", ("hilltop_nights",))):
        scenario = load("two_routes", plans, ("until=2020-04-25",))
        run_single(scenario, Facts(seed=1, plans=plans, sets=("until=2020-04-25",)), folder / name)
    write_fake_run(folder / "two_years", map="western_balkans/outlines.geojson")
    return folder


@pytest.fixture(scope="module")
def console(runs: Path) -> Iterator[Server]:
    with serving(runs.parent, "console", "--runs", str(runs), "--port", "0") as server:
        yield server
