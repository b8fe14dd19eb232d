"""The report of a run: self-contained, complete, honest, and equal to the tables."""

from __future__ import annotations

import json
import multiprocessing
import multiprocessing.spawn
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from analysis import report as reports
from analysis.figures.style import number
from analysis.outcomes import ENCOUNTERS, beside_registered, interval, misfits
from analysis.provenance import assumptions, counts
from analysis.reading import Reading
from analysis.report import SECTIONS, write_report
from sim.errors import RunFolderError
from tests.fake_run import NOTE, write_fake_run

#: Attributes that make a browser fetch what they name.
LOADING = {"src", "srcset", "data", "poster", "action", "background"}


class Page(HTMLParser):
    """Elements of a page: what it would load, its ids, headings, and text by section."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.lang = ""
        self.anchors: list[str] = []
        self.captions = 0
        self._section: list[str] = []
        self.text: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        names = dict(attrs)
        self.ids += [names["id"] or ""] if "id" in names else []
        self.lang = self.lang or names.get("lang") or ""
        self.loads += [v or "" for k, v in attrs if k in LOADING]
        href = names.get("href") or ""
        if tag == "a" and href.startswith("#"):
            self.anchors.append(href[1:])
        elif tag != "a" and href and not href.startswith("#"):
            self.loads.append(href)
        if tag == "section":
            self._section.append(names.get("id") or "summary")

    def handle_endtag(self, tag: str) -> None:
        if tag == "section":
            self._section.pop()

    def handle_data(self, data: str) -> None:
        if self._section:
            name = self._section[-1]
            self.text[name] = self.text.get(name, "") + data


def report(folder: Path) -> tuple[Reading, str, Page]:
    html = write_report(folder).read_text(encoding="utf-8")
    return Reading.open(folder), html, Page(html)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Reading, str, Page]:
    return report(write_fake_run(tmp_path_factory.mktemp("report") / "run"))


def test_the_page_loads_nothing(written: tuple[Reading, str, Page]) -> None:
    _, html, page = written
    assert all(load.startswith("data:") for load in page.loads)
    assert "script" not in page.tags
    assert not re.search(r"\bon\w+\s*=\s*\"", html)
    assert not re.search(r"@import|url\((?!#)", html)
    assert len(html.encode()) < 4_000_000


def test_the_page_is_well_made(written: tuple[Reading, str, Page]) -> None:
    _, html, page = written
    assert page.lang == "en"
    assert len(page.ids) == len(set(page.ids)), "ids repeat"
    assert set(page.anchors) <= set(page.ids)
    assert page.tags.count("table") == page.tags.count("caption")
    assert html.count("<th ") == len(re.findall(r'<th scope="(?:col|row)"', html))
    drawings = html.count('<svg class="plot" role="img"') + html.count('<img class="plot" alt="')
    assert drawings == page.tags.count("figure") >= 13
    assert html.count("The numbers of this figure") == page.tags.count("figure")


def test_every_section_is_there(written: tuple[Reading, str, Page]) -> None:
    _, _, page = written
    order = (
        "summary", "reading", "routes", "ablations", "map", "observed", "encounters", "centres",
        "readmission", "posts", "operations", "networks", "investigations", "other_crime",
        "protection", "stocks",
        "journeys", "displacement", "measures", "assumptions", "making",
    )  # fmt: skip
    assert [anchor for anchor in page.text if anchor in order] == list(order)
    assert len(page.text) == len(SECTIONS) + 1
    assert all(len(text) > 80 for text in page.text.values())
    assert "crossborder run fake_shift" in page.text["making"]


def test_made_up_scenarios_say_so(written: tuple[Reading, str, Page]) -> None:
    assert "Made up." in written[1]
    assert "made up: nothing here is a real place" in written[2].text["summary"]


def test_real_regions_do_not_and_text_is_never_markup(tmp_path: Path) -> None:
    folder = write_fake_run(
        tmp_path / "run", months=1, synthetic=False, summary="<script>alert(1)</script> & co"
    )
    _, html, page = report(folder)
    assert "Made up." not in html
    assert "script" not in page.tags
    assert "&lt;script&gt;" in html


def test_numbers_in_words_are_those_of_the_tables(written: tuple[Reading, str, Page]) -> None:
    reading, _, page = written
    run, summary = reading.run, page.text["summary"]
    sums = run.sql(
        f"SELECT {', '.join(f'sum({o}) AS {o}' for o in ENCOUNTERS)}, "
        "sum(tried) AS tried FROM sectors"
    ).iloc[0]
    assert f"{number(sums['tried'])} attempts" in summary
    assert f"{number(sums['intercepted'])} were intercepted and registered" in summary
    assert f"{number(sums['outside'])} were returned outside procedure" in summary
    assert f"{number(sums['aborted'])} turned back" in summary
    crossed = run.sql("SELECT sum(persons) AS n FROM screenlines").iloc[0]["n"]
    assert f"{number(crossed)} persons (one run) crossed" in summary
    ledger = run.sql("SELECT item, sum(value) AS v FROM ledger GROUP BY item")
    whole = dict(zip(ledger["item"], ledger["v"], strict=True))
    assert f"Dead or missing on the way: {number(whole['deaths'])};" in summary
    assert f"Of {number(whole['asylum_wishes'])} persons screened who wished" in summary
    outside = number(whole["returned_outside_procedure"])
    assert f"Returned outside procedure: {outside} persons" in page.text["protection"]
    revenue = run.sql("SELECT sum(revenue) AS n FROM networks").iloc[0]["n"]
    assert f"EUR {number(revenue)}" in page.text["networks"]
    tally = counts(assumptions(reading.scenario))
    assert f"{number(sum(tally.values()))} quantities" in page.text["assumptions"]


def test_misfit_is_stated_for_months_with_a_figure_only(
    written: tuple[Reading, str, Page],
) -> None:
    reading, _, page = written
    frame = reading.run.sql("SELECT month, persons FROM observed").set_index("month")["persons"]
    targets = {t["period"]: t["persons"]["value"] for t in reading.scenario["targets"]}
    apart = sum(abs(frame[m] - v) for m, v in targets.items())
    registered = sum(targets.values())
    observed = reading.table("observed")
    assert observed is not None
    found = misfits(beside_registered(observed, reading.scenario["targets"], reading.months))[0]
    assert found.months == len(targets) == 22
    assert found.relative == pytest.approx(apart / registered)
    assert "22 months with a registered figure" in page.text["summary"]
    assert f"{100 * apart / registered:.0f}\N{NO-BREAK SPACE}%" in page.text["summary"]
    assert "held out" in page.text["observed"]


def test_what_is_not_recorded_is_never_nought(tmp_path: Path) -> None:
    folder = write_fake_run(tmp_path / "run", months=3)
    _, html, page = report(folder)
    row = re.search(
        r"<tr><th scope=\"row\">wish to claim asylum</th>.*?</tr>",
        html[html.index("Protection ledger by country") :],
    )
    assert row is not None
    assert row.group().count("not recorded") == 2
    assert "not recorded" in page.text["protection"]
    assert "not recorded" in page.text["posts"]


def test_mechanisms_that_were_off_say_so(tmp_path: Path) -> None:
    off = {
        "smugglers": "off",
        "posts": False,
        "hazard": False,
        "history": False,
        "initial_stocks": False,
        "learning": "prior",
    }
    folder = write_fake_run(
        tmp_path / "run",
        months=2,
        switches=off,
        targets=[],
        drop=("networks", "posts", "knowledge", "observed", "sectors"),
    )
    _, _, page = report(folder)
    assert "switches.smugglers: off" in page.text["networks"]
    assert "switches.posts: off" in page.text["posts"]
    assert "switches.hazard: off" in page.text["protection"]
    assert "switches.history: off" in page.text["measures"]
    assert "switches.initial_stocks: off" in page.text["stocks"]
    assert "switches.learning" in page.text["journeys"]
    assert "0 persons returned outside procedure" in page.text["encounters"].replace("\n", " ")
    assert "No registered figures" in page.text["summary"]
    assert "Switched off in this run" in page.text["summary"]


def test_a_run_without_tables_still_has_a_report(tmp_path: Path) -> None:
    folder = write_fake_run(
        tmp_path / "run",
        months=1,
        drop=(
            "screenlines",
            "flows",
            "journeys",
            "posts",
            "sectors",
            "networks",
            "ledger",
            "observed",
            "stocks",
            "knowledge",
            "events",
            "outcomes",
        ),
    )
    _, _, page = report(folder)
    assert "Nobody crossed a screenline" in page.text["routes"]
    assert "does not mean that nothing happened" in " ".join(page.text["protection"].split())


def test_kosovo_carries_its_footnote_where_it_stands(
    written: tuple[Reading, str, Page],
) -> None:
    reading, html, page = written
    assert NOTE in html[html.index("<footer>") :]
    for name, text in page.text.items():
        assert ("Kosovo*" in text) == (NOTE in text), name
    assert not re.search(r"Kosovo(?![*\w])", html.replace(NOTE, ""))
    assert len(reading.footnotes) == 1


def test_ensemble_has_bands_and_two_intervals(tmp_path: Path) -> None:
    reading, _, page = report(write_fake_run(tmp_path / "run", months=4, replicates=12))
    frame = reading.table("screenlines")
    assert frame is not None
    sums = frame.groupby("replicate")["persons"].sum()
    expected = interval({int(str(r)): float(v) for r, v in sums.items()})
    assert expected.runs == 12
    assert expected.chance is not None
    assert expected.total is not None
    assert f"chance and assumptions {number(expected.total[0])} to" in page.text["summary"]
    assert f"chance only {number(expected.chance[0])} to" in page.text["summary"]
    assert "One run" not in page.text["routes"]
    assert "medians of 12 runs" in page.text["routes"]
    assert "12 runs" in page.text["reading"]


def test_intervals_part_chance_from_assumptions() -> None:
    # Pairs share their parameters: 100 between pairs, 2 within them.
    values = {r: 100.0 * (r // 2) + (1.0 if r % 2 else -1.0) for r in range(20)}
    found = interval(values)
    assert found.chance is not None
    assert found.total is not None
    chance, total = (b - a for a, b in (found.chance, found.total))
    assert chance == pytest.approx(2 * 2 / 2**0.5)
    assert total > 700
    assert interval({0: 3.0}).total is None
    assert interval({0: 3.0, 1: 4.0}).chance is None


@pytest.fixture
def many_centres(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let any number of centres be worth a second process."""
    monkeypatch.setattr(reports, "MANY_CENTRES", 0)


@pytest.mark.usefixtures("many_centres")
def test_a_second_process_makes_the_same_page(
    tmp_path: Path, written: tuple[Reading, str, Page]
) -> None:
    folder = written[0].run.path
    assert write_report(folder, processes=2).read_text(encoding="utf-8") == written[1]
    empty = tmp_path / "run"
    write_fake_run(empty, months=1)
    alone = write_report(empty).read_text(encoding="utf-8")
    assert write_report(empty, processes=2).read_text(encoding="utf-8") == alone


@pytest.mark.usefixtures("many_centres")
def test_a_second_process_that_dies_is_made_up_for(
    monkeypatch: pytest.MonkeyPatch, written: tuple[Reading, str, Page]
) -> None:
    # It finds no interpreter to run in.
    monkeypatch.setattr(multiprocessing.spawn, "_python_exe", b"/bin/false")
    page = write_report(written[0].run.path, processes=2).read_text(encoding="utf-8")
    assert page == written[1]
    assert not multiprocessing.active_children()


def test_few_centres_are_not_worth_a_second_process(
    monkeypatch: pytest.MonkeyPatch, written: tuple[Reading, str, Page]
) -> None:
    monkeypatch.delattr(reports, "multiprocessing")
    monkeypatch.setattr(reports, "MANY_CENTRES", 1000)
    page = write_report(written[0].run.path, processes=2).read_text(encoding="utf-8")
    assert page == written[1]


def test_unknown_schema_and_missing_folder_are_refused(tmp_path: Path) -> None:
    folder = write_fake_run(tmp_path / "run", months=1)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {"schema": 99}), encoding="utf-8")
    with pytest.raises(RunFolderError, match="schema"):
        write_report(folder)
    with pytest.raises(RunFolderError):
        write_report(tmp_path / "nothing")
    assert not (folder / "report.html").exists()
