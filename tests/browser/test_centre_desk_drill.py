"""The shipped drill at the desks of a centre, played in browsers to the end and killed once."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from sim.exercises.journal import read_entries
from tests.browser.driving import PATIENCE, start
from tests.browser.playing import Player, codes, join

#: The world runs a year and a half to the begin, once more after the kill.
LONG = 8 * PATIENCE * 1000
#: Three lines, then six a sheet and what ends them.
LINES = 3 + 6 * 6 + 1


def jump(lead: Player, hours: int, reached: str) -> None:
    page = lead.page
    page.get_by_label("Hours", exact=True).fill(str(hours))
    page.get_by_role("button", name="Jump ahead").click()
    expect(page.locator("#time")).to_have_text(reached, timeout=LONG)


def pause_and_resume(lead: Player, other: Player) -> None:
    """Start, pause, go on and pause; slow enough that no hour passes."""
    lead.page.get_by_label("Hours a minute").fill("1")
    lead.page.get_by_role("button", name="Set speed").click()
    for _ in range(2):
        lead.page.get_by_role("button", name="Start the clock").click()
        expect(other.page.locator("#pace")).not_to_have_text("is paused")
        lead.page.get_by_role("button", name="Pause the clock").click()
        expect(other.page.locator("#pace")).to_have_text("is paused")


def test_the_drill_is_played_to_the_end(chromium: Browser, tmp_path: Path) -> None:
    """A message, a desk and patrols are ordered in time; the clock, the kill, the review."""
    command = ("exercise", "serve", "centre_desk_drill", "--port", "0", "--out", "drill")
    server = start(tmp_path, *command, lines=LINES, patience=LONG / 1000)
    players: list[Player] = []
    try:
        told = codes(server)
        for role in ("facilitator", "plav_mne", "plav_alb"):
            players.append(join(chromium, server, role, told[role]))
        lead, mne, alb = players
        state = lead.page.locator("#timeline-head ~ div")
        expect(mne.page.locator("#brief-text")).to_contain_text("one or two on duty")
        jump(lead, 1, "2018-08-20 07:00")
        expect(alb.page.locator("#inbox")).to_contain_text("A grey van")
        assert not any("grey van" in text for text in mne.told())  # only Albania was told
        alb.page.get_by_label("Desk of Montenegro at Plav").check()
        alb.page.get_by_label("Message").fill("Grey van, Italian plates, tonight at Sukobin.")
        alb.page.get_by_role("button", name="Send").click()
        expect(mne.page.locator("#inbox")).to_contain_text("tonight at Sukobin")

        jump(lead, 11, "2018-08-20 18:00")
        for player in players:
            player.watch.lenient = True
        server.kill()
        expect(mne.page.locator("#line")).to_contain_text("The line is lost")
        server = start(tmp_path, "exercise", "serve", "drill", lines=4, patience=LONG / 1000)
        for player in players:
            expect(player.page.locator("#line")).to_have_text("Connected", timeout=LONG)

        page = mne.page
        page.get_by_label("Kind of measure").select_option("staffing")
        page.get_by_label("Where").select_option("sector:sukobin")
        officers = page.get_by_role("group", name="Officers (officers)")
        officers.get_by_label("Montenegro").fill("6")
        page.get_by_role("group", name="Taken from").get_by_label("Montenegro").select_option(
            "sector:kulla"
        )
        page.get_by_role("button", name="Order", exact=True).click()
        expect(page.locator("#orders .said")).to_contain_text("Ordered and recorded")
        jump(lead, 2, "2018-08-20 20:00")
        pause_and_resume(lead, mne)
        # A player's tables hold no truth; the facilitator's do.
        kinds = mne.page.locator("#known-kind option").all_inner_texts()
        assert "Green-border sectors" in kinds
        assert not any("truth" in kind for kind in kinds)
        assert any("truth" in k for k in lead.page.locator("#known-kind option").all_inner_texts())
        page.get_by_label("Kind of measure").select_option("centre_desk")
        officers.get_by_label("Montenegro").fill("2")
        page.get_by_role("group", name="Taken from").get_by_label("Montenegro").select_option(
            "sector:bozaj_sector"
        )
        page.get_by_role("button", name="Order", exact=True).click()
        expect(page.locator("#measures")).to_contain_text("centre desk")
        page.locator("#known-kind").select_option("Desks of centres")
        expect(page.locator("#known tbody")).to_contain_text("Kosovo*")

        jump(lead, 10, "2018-08-21 06:00")
        expect(page.locator("#over")).to_be_visible()
        assert state.inner_text().count("in time") >= 3
        page.get_by_role("link", name="Open the review").click()
        expect(page.locator("#review")).to_contain_text(re.compile(r"after \d h, in time"))
        assert lead.numbers() == list(range(1, len(lead.numbers()) + 1))
        for player in players:
            assert player.watch.problems == [], player.role
    finally:
        for player in players:
            player.context.close()
        server.stop()
    assert [e.kind for e in read_entries(tmp_path / "drill")].count("decision") == 2
