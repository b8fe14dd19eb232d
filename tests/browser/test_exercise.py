"""An exercise played in browsers: three roles at once to the end, killed once on the way."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from sim.exercises.journal import read_entries
from sim.exercises.session import Session
from tests.browser.driving import (
    Server,
    Watch,
    findings,
    overflowing,
    serving,
    start,
    tabs_until,
)
from tests.browser.playing import Player, codes, join
from tests.stories import small_exercise

#: Lines the command prints: three, then six a sheet and what ends them.
LINES = 3 + 6 * 5 + 1


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("live")
    small_exercise.write(folder)
    return folder


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[Server]:
    arguments = ("exercise", "serve", "small_exercise.yaml", "--port", "0", "--out")
    with serving(place, *arguments, "screens", lines=LINES) as started:
        yield started


def order(player: Player, officers: str) -> None:
    """Order officers to the meadows with the form."""
    page = player.page
    page.get_by_label("Kind of measure").select_option("staffing")
    page.get_by_label("Where").select_option("sector:meadows")
    page.get_by_role("group", name="Officers (officers)").get_by_label("Belmark").fill(officers)
    page.get_by_role("button", name="Order", exact=True).click()


def test_three_roles_play_to_the_end_and_the_server_is_killed_once(
    chromium: Browser, place: Path
) -> None:
    """Injects arrive, orders change the world, everybody knows their part, nothing is lost."""
    arguments = ("exercise", "serve", "small_exercise.yaml", "--port", "0", "--out", "played")
    server = start(place, *arguments, lines=LINES)
    players: list[Player] = []
    try:
        told = codes(server)
        for role in ("facilitator", "bbb_police", "evaluator"):
            players.append(join(chromium, server, role, told[role]))
        lead, duty, judge = players
        expect(duty.page.locator("#time")).to_have_text("2020-03-10 06:00")
        lead.page.get_by_label("Hours a minute").fill("120")
        lead.page.get_by_role("button", name="Set speed").click()
        lead.page.get_by_role("button", name="Start the clock").click()
        expect(duty.page.locator("#inbox")).to_contain_text("Boats have landed.")
        lead.page.get_by_role("button", name="Pause the clock").click()
        expect(duty.page.locator("#pace")).to_have_text("is paused")

        # What each knows: the player no way that people take, the evaluator the truth.
        assert duty.page.locator("#known-kind option").all_inner_texts() == [
            "Green-border sectors", "Crossing points", "Reception", "Registered persons by day",
        ]  # fmt: skip
        assert "On the way now (truth)" in judge.page.locator("#known-kind").inner_text()

        before = float(duty.page.locator("#known tbody td").nth(1).inner_text())
        order(duty, "40")
        expect(duty.page.locator("#orders .said")).to_contain_text("Ordered and recorded")
        expect(lead.page.locator("#timeline-head ~ div")).to_contain_text("in time")
        expect(judge.page.locator("#log")).to_contain_text("the expected action has come")

        for player in players:
            player.watch.lenient = True
        server.kill()
        expect(duty.page.locator("#line")).to_contain_text("The line is lost")
        order(duty, "5")  # ordered while nobody hears it: it is asked again
        server = start(place, "exercise", "serve", "played", lines=4)
        for player in players:
            expect(player.page.locator("#line")).to_have_text("Connected")
        expect(duty.page.locator("#orders .said")).to_contain_text("Ordered and recorded")
        expect(duty.page.locator("#measures tbody tr")).to_have_count(2)

        lead.page.get_by_role("button", name="Start the clock").click()
        expect(duty.page.locator("#known tbody td").nth(1)).not_to_have_text(f"{before:g}")
        assert float(duty.page.locator("#known tbody td").nth(1).inner_text()) > before
        # The night is jumped, and the morning has a speed of its own in the time plan.
        expect(duty.page.locator("#pace")).to_have_text("runs, 2 h a minute", timeout=20_000)
        expect(duty.page.locator("#time")).to_have_text("2020-03-11 00:00")
        lead.page.get_by_label("Hours a minute").fill("900")
        lead.page.get_by_role("button", name="Set speed").click()
        expect(duty.page.locator("#over")).to_be_visible(timeout=20_000)
        tasks = judge.page.get_by_role("group", name="Critical tasks")
        expect(tasks).to_contain_text("performed without challenges: landing: ")
        rating = judge.page.get_by_role("combobox", name="Rating of: Send officers")
        rating.select_option("unable")
        judge.page.get_by_role("button", name="Record the rating").click()
        expect(judge.page.get_by_role("alert")).to_contain_text("needs a reason")
        rating.select_option("performed")
        judge.page.get_by_label("Reason for: Send officers").fill("Forty within the hour")
        judge.page.get_by_role("button", name="Record the rating").click()
        expect(judge.page.get_by_text("performed without challenges: Forty")).to_be_visible()

        duty.page.get_by_role("link", name="Open the review").click()
        expect(duty.page.locator("#review")).to_contain_text(re.compile(r"after \d h, in time"))
        expect(duty.page.locator("#review")).to_contain_text("Forty within the hour")
        assert lead.numbers() == list(range(1, len(lead.numbers()) + 1))
        assert judge.numbers() == list(range(1, len(judge.numbers()) + 1))
        for player in players:
            assert player.watch.problems == [], player.role
    finally:
        for player in players:
            player.context.close()
        server.stop()
    entries = read_entries(place / "played")
    assert [e.kind for e in entries].count("decision") == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hashes = set()
        for _ in range(2):
            with Session.resume(place / "played") as session:
                hashes.add(session.digest())
                assert session.over
    assert len(hashes) == 1


@pytest.mark.parametrize("width", [1280, 600])
def test_every_screen_of_an_exercise_can_be_read_by_all(
    chromium: Browser, server: Server, width: int
) -> None:
    told = codes(server)
    for role in ("facilitator", "bbb_police", "evaluator", "observer"):
        player = join(chromium, server, role, told[role], width)
        player.page.evaluate(
            "document.querySelectorAll('details').forEach(d => { d.open = true; })"
        )
        assert findings(player.page) == [], role
        assert overflowing(player.page) == [], role
        assert player.watch.problems == [], role
        if role == "facilitator":
            player.page.get_by_role("link", name="Review").click()
            expect(player.page.locator("#busy")).to_be_hidden()
            assert findings(player.page) == []
            assert overflowing(player.page) == []
        player.context.close()
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{server.address}/exercise")
    page.locator("#join-code").wait_for()
    assert findings(page) == []
    page.close()


def test_the_keyboard_alone_plays(chromium: Browser, server: Server) -> None:
    told = codes(server)
    lead = join(chromium, server, "facilitator", told["facilitator"])
    duty = join(chromium, server, "bbb_police", told["bbb_police"])
    page = lead.page
    tabs_until(page, "Fire booth")
    page.keyboard.press("Enter")
    expect(duty.page.locator("#inbox")).to_contain_text("A booth is broken.")
    page = duty.page
    tabs_until(page, "Kind of measure")
    page.keyboard.type("staff")
    tabs_until(page, "Where")
    page.keyboard.type("meadows")
    tabs_until(page, "Belmark")
    page.keyboard.type("7")
    tabs_until(page, "Order")
    page.keyboard.press("Enter")
    expect(page.locator("#orders .said")).to_contain_text("Ordered and recorded")
    expect(page.locator("#measures tbody tr")).to_have_count(1)
    tabs_until(page, "Withdraw staffing")
    page.keyboard.press("Enter")
    expect(page.locator("#measures")).to_contain_text("None that this role knows of")
    assert lead.watch.problems == duty.watch.problems == []
    lead.context.close()
    duty.context.close()


def test_the_facilitator_adds_edits_and_looks(chromium: Browser, server: Server) -> None:
    told = codes(server)
    lead = join(chromium, server, "facilitator", told["facilitator"])
    duty = join(chromium, server, "bbb_police", told["bbb_police"])
    page = lead.page
    page.get_by_text("Add or edit an inject").click()
    page.get_by_label("Id", exact=True).fill("question")
    page.get_by_label("Time", exact=True).fill("2020-03-10T06:00")
    page.get_by_label("Text", exact=True).fill("<img src=x onerror=alert(1)><b>Where</b> are they?")
    page.get_by_label("From", exact=True).fill("<i>Ministry</i>")
    page.locator("#inject-to-bbb_police").check()
    page.get_by_role("button", name="Put on the timeline").click()
    # Text is text, whoever wrote it.
    expect(duty.page.locator("#inbox")).to_contain_text("<b>Where</b> are they?")
    expect(duty.page.locator("#inbox")).to_contain_text("<i>Ministry</i>")
    assert duty.page.locator("#inbox img, #inbox .words b, #inbox i").count() == 0
    assert page.locator("#staff img").count() == 0

    page.get_by_role("button", name="Edit storm").click()
    page.get_by_label("Text", exact=True).fill("Fog over the meadows.")
    page.get_by_role("button", name="Put on the timeline").click()
    expect(page.locator("#timeline-head ~ div")).to_contain_text("Fog over the meadows.")
    expect(page.locator("#timeline-head ~ div")).to_contain_text("weather on")  # the effect stays
    page.get_by_role("button", name="Hold praise").click()
    expect(page.locator("#timeline-head ~ div")).to_contain_text("held back")
    page.locator("#look-head ~ .field select").select_option("bbb_police")
    expect(page.locator("#look-head ~ div").last).to_contain_text("Where</b> are they?")
    expect(page.locator("#seats-head ~ div")).to_contain_text("on the line")
    page.get_by_role("button", name=f"Free seat {duty.seat} of bbb_police").click()
    expect(duty.page.get_by_role("alert")).to_contain_text("was freed")
    assert lead.watch.problems == []
    lead.context.close()
    duty.context.close()


def test_another_future_and_the_review_of_a_session_played_by_bots(
    chromium: Browser, place: Path
) -> None:
    """A rehearsal plays itself to the end; its review is written in the browser and opens there."""
    arguments = ("exercise", "serve", "small_exercise.yaml", "--rehearse", "--port", "0", "--out")
    with serving(place, *arguments, "sessions/rehearsed", lines=LINES) as server:
        told = codes(server)
        lead = join(chromium, server, "facilitator", told["facilitator"])
        page = lead.page
        expect(page.locator("#over")).to_be_visible(timeout=30_000)
        expect(page.locator("#seats-head ~ div")).to_contain_text("a bot follows")
        page.get_by_label("From when").fill("2020-03-10T07:00")
        page.get_by_label("What is otherwise").fill("no_action")
        page.get_by_role("button", name="Play it beside").click()
        expect(page.locator("#branch-head ~ div")).to_contain_text("patrol unit hours")
        page.get_by_label("What is otherwise").fill("more of everything")
        page.get_by_role("button", name="Play it beside").click()
        expect(page.locator("#branch-head ~ form .said")).to_contain_text("no change of a branch")
        page.get_by_role("link", name="Open the review").click()
        page.get_by_role("button", name="Write the review").click()
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("heading", level=1)).to_contain_text("Review: A boat too many")
        assert findings(page) == []
        # What was refused is a failed request, and the browser says so.
        assert [p for p in lead.watch.problems if "409" not in p] == []
        lead.context.close()
    (place / "runs").mkdir(exist_ok=True)
    with serving(place, "console", "--port", "0") as server:
        watch = Watch(server.address)
        page = watch.page(chromium)
        page.goto(server.address)
        page.get_by_role("link", name="Review of rehearsed").click()
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("heading", level=1)).to_contain_text("Review: A boat too many")
        assert watch.problems == []
        page.close()
