"""How smoothly a two-year run replays: its frames beside those of an empty loop in the same page.

An empty animation loop is measured for some seconds in the paused page, then the run is played for
as long, in turns. Reported: frames a second of both, their ratio, the median and the 95th
percentile of the time between frames, and how long the page took until it could be used.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from sim.experiments.runs import run_single
from sim.records.run_writer import Facts
from sim.scenario.loading import load
from tests.browser.driving import launch, serving
from tests.fake_run import write_fake_run

#: Share of the empty loop's frames to reach, and seconds until ready.
REACH, READY = 0.90, 1.0

LOOP = """seconds => new Promise(done => {
  const times = [];
  const step = now => {
    times.push(now);
    if (now - times[0] < seconds * 1000) requestAnimationFrame(step); else done(times);
  };
  requestAnimationFrame(step);
})"""


def gaps(page: Page, seconds: float) -> np.ndarray:
    """Return milliseconds between the frames of a loop that does nothing itself."""
    return np.diff(np.array(page.evaluate(LOOP, seconds), dtype=float))


def measured(page: Page, seconds: float, rounds: int) -> dict[str, np.ndarray]:
    """Return gaps of the empty page and of the playing one, in turns."""
    found: dict[str, list[np.ndarray]] = {"empty": [], "playing": []}
    for _ in range(rounds):
        found["empty"].append(gaps(page, seconds))
        page.get_by_role("button", name="Play").click()
        found["playing"].append(gaps(page, seconds))
        page.get_by_role("button", name="Pause").click()
    return {name: np.concatenate(parts) for name, parts in found.items()}


def told(name: str, page: Page, found: dict[str, np.ndarray]) -> float:
    """Print a screen's figures and return its ratio."""
    rates = {key: 1000 * len(gap) / gap.sum() for key, gap in found.items()}
    ratio = rates["playing"] / rates["empty"]
    words = "; ".join(
        f"{key} {rates[key]:.1f} frames/s, median {np.median(gap):.1f} ms, "
        f"95 % {np.quantile(gap, 0.95):.1f} ms"
        for key, gap in found.items()
    )
    ready = page.evaluate("[document.body.dataset.ready, document.body.dataset.whole]")
    print(f"{name}: ready {ready[0]} ms, whole {ready[1]} ms; {words}; ratio {ratio:.3f}")
    return ratio


def main(argv: list[str]) -> int:
    """Measure replay and compare; the exit code is 1 where one is too slow."""
    parser = argparse.ArgumentParser("frames", description=__doc__)
    parser.add_argument("--scenario", default="adriatic_shift", help="or `fake`, to try it out")
    parser.add_argument("--runs", type=Path, help="folder of recorded runs to take instead")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--width", type=int, default=1280)
    options = parser.parse_args(argv)
    if options.runs is not None:
        return _study(options.runs, options)
    with tempfile.TemporaryDirectory() as place:
        runs = Path(place) / "runs"
        runs.mkdir()
        _record(runs, options.scenario)
        return _study(runs, options)


def _record(runs: Path, scenario: str) -> None:
    if scenario == "fake":
        for name in ("one", "two"):
            write_fake_run(runs / name, map="western_balkans/outlines.geojson")
        return
    for seed in (1, 2):
        run_single(load(scenario), Facts(seed=seed), runs / f"seed{seed}")


def _study(runs: Path, options: Any) -> int:
    command = ("console", "--runs", str(runs.resolve()), "--port", "0")
    with serving(runs.resolve(), *command) as server, sync_playwright() as driver:
        browser = launch(driver)
        page = browser.new_page(viewport={"width": options.width, "height": 900})
        page.goto(server.address)
        links = page.locator('#runs a[href^="/replay"][aria-label]')
        links.first.wait_for()
        found = [str(link.get_attribute("href")).partition("=")[2] for link in links.all()]
        first, second = found[0], found[-1]
        ratios = []
        for name, path in (
            ("replay", f"/replay?run={first}"), ("compare", f"/compare?a={first}&b={second}"),
        ):  # fmt: skip
            page.goto(server.address + path)
            page.wait_for_selector("body[data-whole]", timeout=60_000)
            page.wait_for_timeout(500)
            ratios.append(told(name, page, measured(page, options.seconds, options.rounds)))
        browser.close()
    return 0 if min(ratios) >= REACH else 1
