"""The console on recorded runs: library, replay and compare in a real browser."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from sim.records.run_reader import RunFolder
from tests.browser.driving import Server, Watch, findings, overflowing, serving, tabs_until

WIDTHS = (1280, 600)
ROOT = Path(__file__).parents[2]


def library(console: Server) -> dict[str, str]:
    """Return the ids of runs by name."""
    with urllib.request.urlopen(f"{console.address}/api/library") as answer:
        return {run["name"]: run["id"] for run in json.load(answer)["runs"]}


def opened(chromium: Browser, console: Server, path: str, width: int = 1280) -> tuple[Page, Watch]:
    watch = Watch(console.address)
    page = watch.page(chromium, width)
    page.goto(console.address + path)
    if "=" in path:
        page.wait_for_selector("body[data-whole]")
    else:
        expect(page.locator("#busy")).to_be_hidden()
    return page, watch


def replay(chromium: Browser, console: Server, run: str, width: int = 1280) -> tuple[Page, Watch]:
    return opened(chromium, console, f"/replay?run={library(console)[run]}", width)


def compare(chromium: Browser, console: Server, width: int = 1280) -> tuple[Page, Watch]:
    ids = library(console)
    return opened(chromium, console, f"/compare?a={ids['baseline']}&b={ids['with_plan']}", width)


def scrub(page: Page, hour: float) -> None:
    page.locator("#scrub").evaluate(
        "(e, h) => { e.value = h; e.dispatchEvent(new Event('input', {bubbles: true})); }", hour
    )


def column(page: Page, table: str, at: int) -> list[str]:
    return page.locator(f"{table} tbody tr > :nth-child({at})").all_inner_texts()


def numbers(texts: list[str]) -> list[float]:
    plain = [t.replace(",", "").replace("\u2212", "-").replace("+", "") for t in texts]
    return [float(t) for t in plain]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_screen_is_quiet_fits_and_can_be_read_by_all(
    chromium: Browser, console: Server, width: int
) -> None:
    ids = library(console)
    for path in (
        "/", f"/replay?run={ids['two_years']}",
        f"/compare?a={ids['baseline']}&b={ids['with_plan']}",
    ):  # fmt: skip
        page, watch = opened(chromium, console, path, width)
        assert page.get_by_role("heading", level=1).count() == 1
        assert overflowing(page) == []
        assert findings(page) == []
        assert watch.problems == []
        page.close()


def test_the_library_opens_a_run_and_a_comparison(chromium: Browser, console: Server) -> None:
    page, watch = opened(chromium, console, "/")
    expect(page.get_by_role("group", name="Runs").locator("tbody tr")).to_have_count(3)
    expect(page.get_by_role("group", name="Scenarios").first).to_contain_text("adriatic_shift")
    page.get_by_role("link", name="baseline", exact=True).click()
    page.wait_for_selector("body[data-whole]")
    expect(page.get_by_role("heading", level=1)).to_have_text("two_routes, seed 1")
    page.get_by_role("link", name="Library").click()
    page.get_by_label("Left").select_option("baseline")
    page.get_by_label("Right").select_option("with_plan")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_selector("body[data-whole]")
    expect(page.locator("#right-head")).to_have_text(
        "Right: two_routes with hilltop_nights, seed 1"
    )
    assert watch.problems == []
    page.close()


def test_the_table_holds_what_was_recorded(chromium: Browser, console: Server, runs: Path) -> None:
    page, watch = replay(chromium, console, "baseline")
    run = RunFolder.open(runs / "baseline")
    sums = run.sql(
        "SELECT leg, sum(persons) FILTER (day > 13) AS week, sum(persons) AS whole FROM flows "
        "WHERE day <= 20 GROUP BY leg"
    )
    scrub(page, 20 * 24)
    expect(page.locator("#now")).to_have_text("Sat, 21 March 2020")
    assert sum(numbers(column(page, "#table", 4))) == sums["week"].sum() > 0
    assert sum(numbers(column(page, "#table", 5))) == sums["whole"].sum()
    stops = run.sql("SELECT sum(intercepted) AS persons FROM sectors WHERE day <= 20")["persons"][0]
    page.locator("#table-kind").select_option("Green-border sectors")
    assert sum(numbers(column(page, "#table", 9))) == stops > 0
    page.locator("#window").select_option("that day")
    served = run.sql("SELECT sum(served) AS units FROM posts WHERE day = 20")["units"][0]
    page.locator("#table-kind").select_option("Crossing points and airports")
    assert sum(numbers(column(page, "#table", 6))) == pytest.approx(served, abs=2)
    assert watch.problems == []
    page.close()


def test_a_column_sorts_both_ways(chromium: Browser, console: Server) -> None:
    page, _ = replay(chromium, console, "baseline")
    scrub(page, 30 * 24)
    head = page.get_by_role("columnheader", name=re.compile("so far"))
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    falling = numbers(column(page, "#table", 5))
    assert falling == sorted(falling, reverse=True)
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert numbers(column(page, "#table", 5)) == sorted(falling)
    page.close()


def test_the_keyboard_alone_plays_a_run(chromium: Browser, console: Server) -> None:
    page, watch = replay(chromium, console, "baseline")
    now = page.locator("#now")
    first = now.inner_text()
    tabs_until(page, "Play")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(now).not_to_have_text(first)
    page.keyboard.press("Enter")
    stopped = now.inner_text()
    tabs_until(page, "Time of the run")
    page.keyboard.press("ArrowRight")
    expect(now).not_to_have_text(stopped)
    tabs_until(page, "Speed")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#speed")).to_have_value("30")
    tabs_until(page, "Map of")
    before = page.evaluate("document.querySelector('.frame canvas').toDataURL().length")
    page.keyboard.press("+")
    assert page.evaluate("document.querySelector('.frame canvas').toDataURL().length") != before
    assert watch.problems == []
    page.close()


def test_reduced_motion_is_honoured(chromium: Browser, console: Server) -> None:
    context = chromium.new_context(reduced_motion="reduce")
    watch = Watch(console.address)
    page = watch.page(context)
    page.goto(f"{console.address}/replay?run={library(console)['baseline']}")
    page.wait_for_selector("body[data-whole]")
    page.evaluate(
        "() => { window.steps = 0; new MutationObserver(() => { window.steps += 1; })"
        ".observe(document.querySelector('#now'), {childList: true}); }"
    )
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(1600)
    page.get_by_role("button", name="Pause").click()
    assert 1 <= page.evaluate("window.steps") <= 5  # twice a second, and the pause itself
    context.close()


def test_two_runs_follow_one_clock(chromium: Browser, console: Server, runs: Path) -> None:
    page, watch = compare(chromium, console)
    scrub(page, 54 * 24)
    persons = {
        name: RunFolder.open(runs / name).sql(
            "SELECT sum(persons) AS persons FROM flows WHERE day BETWEEN 48 AND 54"
        )["persons"][0]
        for name in ("baseline", "with_plan")
    }
    left, right = numbers(column(page, "#legs", 3)), numbers(column(page, "#legs", 4))
    assert sum(left) == persons["baseline"]
    assert sum(right) == persons["with_plan"]
    assert numbers(column(page, "#legs", 5)) == [b - a for a, b in zip(left, right, strict=True)]
    outcomes = page.get_by_role("group", name="Outcomes counted for everything")
    row = outcomes.locator("tr", has=page.get_by_role("rowheader", name="patrol unit hours"))
    cells = row.locator("td").all_inner_texts()
    assert cells[:2] == ["all", "h"]
    a, b, difference = numbers(cells[2:5])
    assert difference == pytest.approx(b - a, abs=1)
    assert difference > 0
    assert cells[5:7] == ["less", "worse"]
    assert "chance is shared" in page.locator("#pairing").inner_text()
    assert watch.problems == []
    page.close()


def test_a_comparison_of_different_regions_says_so(chromium: Browser, console: Server) -> None:
    ids = library(console)
    page, watch = opened(
        chromium, console, f"/compare?a={ids['baseline']}&b={ids['two_years']}"
    )  # fmt: skip
    expect(page.locator("#pairing")).to_contain_text("the runs are not paired")
    expect(page.locator("#pairing")).to_contain_text("They cover different days")
    expect(page.locator("#legs caption")).to_contain_text("only the left run has")
    assert watch.problems == []
    page.close()


def test_labels_and_the_footnote_come_from_the_pack(chromium: Browser, console: Server) -> None:
    page, _ = replay(chromium, console, "two_years")
    expect(page.locator("#footnotes")).to_contain_text("UNSCR 1244/1999")
    page.locator("#table-kind").select_option("Countries")
    names = column(page, "#table", 1)
    assert "Kosovo*" in names
    assert "XKX" not in " ".join(names)
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_screen_without_a_run_asks_for_one(
    chromium: Browser, console: Server, width: int
) -> None:
    page, watch = opened(chromium, console, "/", width)
    page.get_by_role("navigation").get_by_role("link", name="Replay").click()
    expect(page.get_by_role("heading", name="Which run?")).to_be_visible()
    assert page.get_by_role("heading", level=2).count() == 1
    expect(page.get_by_role("group", name="Runs").locator("tbody tr")).to_have_count(3)
    expect(page.locator("#busy")).to_be_hidden()
    expect(page.locator("#map")).to_be_hidden()
    assert (findings(page), overflowing(page)) == ([], [])
    page.get_by_role("link", name="baseline", exact=True).click()
    page.wait_for_selector("body[data-whole]")
    expect(page.get_by_role("heading", level=1)).to_have_text("two_routes, seed 1")
    page.get_by_role("navigation").get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name="Which two runs?")).to_be_visible()
    assert page.get_by_role("heading", level=2).count() == 1
    assert (findings(page), overflowing(page)) == ([], [])
    page.locator("#choose select[name=a]").select_option("baseline")
    page.locator("#choose select[name=b]").select_option("with_plan")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_selector("body[data-whole]")
    assert watch.problems == []
    page.close()


def test_without_any_run_it_says_how_to_make_one(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with serving(tmp_path, "console", "--runs", "none", "--port", "0") as server:
        page, watch = opened(chromium, server, "/replay")
        expect(page.locator("#choose")).to_contain_text("crossborder run two_routes")
        assert watch.problems == []
        page.close()


def test_an_unknown_run_is_told_in_a_sentence(chromium: Browser, console: Server) -> None:
    watch = Watch(console.address)
    page = watch.page(chromium)
    page.goto(f"{console.address}/replay?run=../../etc/passwd")
    expect(page.get_by_role("alert")).to_contain_text("no such run")
    assert findings(page) == []
    page.close()


def test_the_page_takes_its_colours_from_the_figures() -> None:
    from analysis.figures import style

    look = (ROOT / "sim/app/console/static/look.js").read_text(encoding="utf-8")
    colours = re.search(r"OKABE_ITO = \[(.*?)\]", look, re.S)
    assert colours
    assert tuple(re.findall(r"'(#\w+)'", colours[1])) == style.OKABE_ITO
    dashes = re.search(r"DASHES = \[(.*?)\];", look, re.S)
    assert dashes
    shown: list[Any] = json.loads(f"[{dashes[1].strip().rstrip(',')}]")
    assert [tuple(d) for d in shown] == [line for _, line in style.LINE_STYLES]
