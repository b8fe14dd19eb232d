"""The report in a real browser: nothing is asked of the network, nothing overflows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from analysis.report import SECTIONS, write_report
from tests.fake_run import write_fake_run

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
]  # fmt: skip

#: Elements whose box reaches beyond the page, those in a scrolling part aside.
OVERFLOWING = """() => {
  const wide = document.documentElement.clientWidth;
  const found = [];
  for (const e of document.body.querySelectorAll('*')) {
    if (e.closest('.scroll') || e.closest('.drawing') || e.closest('.skip')) continue;
    const box = e.getBoundingClientRect();
    if (box.width && box.right > wide + 1) found.push(e.tagName + ' ' + e.textContent.slice(0, 40));
  }
  if (document.documentElement.scrollWidth > wide) found.push('page is wider than the window');
  return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    assert found, "Chromium is not on PATH: apt-get install chromium"
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(write_fake_run(tmp_path_factory.mktemp("page") / "run"))


def opened(browser: Browser, file: Path, width: int) -> tuple[Page, list[str]]:
    page = browser.new_page(viewport={"width": width, "height": 900})
    problems: list[str] = []
    page.on(
        "request",
        lambda r: (
            problems.append(f"request {r.url}")
            if r.url != file.as_uri() and not r.url.startswith("data:")
            else None
        ),
    )
    page.on(
        "console",
        lambda m: problems.append(f"console {m.text}") if m.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda e: problems.append(f"page error {e}"))
    page.goto(file.as_uri())
    return page, problems


@pytest.mark.parametrize("width", [1200, 600])
def test_page_is_quiet_and_fits(browser: Browser, file: Path, width: int) -> None:
    page, problems = opened(browser, file, width)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.evaluate(OVERFLOWING) == []
    assert problems == []
    page.close()


def test_headings_contents_and_figures(browser: Browser, file: Path) -> None:
    page, problems = opened(browser, file, 1200)
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("heading", level=2).count() == len(SECTIONS) + 2
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))"
    )
    assert all(b - a <= 1 for a, b in pairwise(levels))
    links = page.locator("nav a")
    assert links.count() == len(SECTIONS)
    for i in range(links.count()):
        target = links.nth(i).get_attribute("href")
        assert target
        assert page.locator(target).count() == 1
    images = page.get_by_role("img")
    assert images.count() == page.locator("figure").count() >= 13
    names = page.evaluate(
        "[...document.querySelectorAll('svg.plot')].map(s => "
        "s.getAttribute('aria-labelledby').split(' ').every(i => "
        "document.getElementById(i).textContent.trim().length > 0))"
    )
    assert all(names)
    assert problems == []
    page.close()


def test_numbers_open_on_demand(browser: Browser, file: Path) -> None:
    page, _ = opened(browser, file, 1200)
    part = page.locator("#figure_map details")
    assert not part.locator("table").is_visible()
    part.locator("summary").click()
    assert part.locator("table").is_visible()
    page.close()


def test_text_has_contrast(browser: Browser, file: Path) -> None:
    page, _ = opened(browser, file, 1200)
    low = page.evaluate("""() => {
      const bright = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => x / 255)
        .map(x => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
        return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
      const ground = e => { for (; e; e = e.parentElement) {
        const c = getComputedStyle(e).backgroundColor;
        if (c !== 'rgba(0, 0, 0, 0)') return c; } return 'rgb(255,255,255)'; };
      const kinds = 'p,li,th,td,figcaption,summary,h1,h2,h3,caption,dt,dd,a';
      return [...document.querySelectorAll(kinds)]
        .filter(e => { const a = bright(getComputedStyle(e).color), b = bright(ground(e));
          return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5; })
        .map(e => e.textContent.slice(0, 30)); }""")
    assert low == []
    page.close()
