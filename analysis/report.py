"""The report of a run: one self-contained HTML file beside its tables."""

from __future__ import annotations

import gc
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.figures.style import month_name
from analysis.page import Section
from analysis.reading import Reading
from analysis.sections.ablations import ablations
from analysis.sections.assumptions import assumptions
from analysis.sections.centres import centres
from analysis.sections.displacement import displacement
from analysis.sections.encounters import encounters
from analysis.sections.flow_map import flow_map
from analysis.sections.how_to_read import how_to_read
from analysis.sections.investigations import investigations
from analysis.sections.journeys import journeys
from analysis.sections.making import making
from analysis.sections.measures import measures
from analysis.sections.networks import networks
from analysis.sections.observed import observed
from analysis.sections.operations import operations
from analysis.sections.other_crime import other_crime
from analysis.sections.posts import posts
from analysis.sections.protection import protection
from analysis.sections.readmission import readmission
from analysis.sections.routes import routes
from analysis.sections.stocks import stocks
from analysis.sections.summary import summary
from analysis.shell import page_html, write_whole

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Make = Callable[[Reading], Section | None]
#: Sections in reading order, after the summary; None where a scenario has nothing for one.
SECTIONS: tuple[Make, ...] = (
    how_to_read, routes, ablations, flow_map, observed, encounters, centres, readmission, posts,
    operations, networks, investigations, other_crime, protection, stocks, journeys,
    displacement, measures, assumptions, making,
)  # fmt: skip
#: The sections that take longest where there are many centres: a page with a figure for each,
#: and the hash of every table.
LONG: tuple[Make, ...] = (centres, making)
#: From so many centres on a second process is worth its start (about a second).
MANY_CENTRES = 4
FILE = "report.html"


def write_report(folder: str | Path, processes: int = 1) -> Path:
    """Write ``report.html`` into a run folder or an ensemble, and return its path.

    The page loads nothing: style and drawings are inside it, and it holds no script.

    Args:
        folder: The run folder.
        processes: With 2, a second process makes the longest sections meanwhile where there are
            many centres. It is spawned: the program that asks for it must guard what it does when
            it is run (``if __name__ == "__main__"``), as ``multiprocessing`` says.

    Raises:
        RunFolderError: The folder is not a whole run, or in a schema this version does not know.
    """
    with _few_collections():
        reading = Reading.open(folder)
        return write_whole(reading.run.path / FILE, report_html(reading, processes))


@contextmanager
def _few_collections() -> Iterator[None]:
    """Let the collector look less often: a figure is thousands of objects that live shortly.

    What stands before the report began, it need not look through at all.
    """
    if gc.get_freeze_count():  # somebody has set something aside already: leave it to them
        yield
        return
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def report_html(reading: Reading, processes: int = 1) -> str:
    """Return the report as one HTML document; ``processes`` as for ``write_report``."""
    return page_html(
        kind="Simulation report",
        title=title_of(reading),
        facts=_facts(reading),
        naming=reading.naming,
        summary=summary(reading),
        sections=_sections(reading, processes),
    )


def _sections(reading: Reading, processes: int) -> list[Section]:
    """Return the sections there are, in reading order."""
    made: dict[Make, Section | None] = {}
    pages = [row for row in reading.scenario.get("centres", ()) if row["type"] == "centre"]
    if processes > 1 and len(pages) >= MANY_CENTRES:
        with _second_process(reading.run.path) as answer:
            made |= {make: make(reading) for make in SECTIONS if make not in LONG}
            # If it died, what it was to make is made here.
            with suppress(EOFError, OSError):
                made |= zip(LONG, answer.recv(), strict=True)
    for make in SECTIONS:
        if make not in made:
            made[make] = make(reading)
    return [section for make in SECTIONS if (section := made[make]) is not None]


@contextmanager
def _second_process(folder: Path) -> Iterator[Connection[Any, Any]]:
    """Let a second process make the long sections; they come through the connection."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_make_long_sections, args=(there, folder), daemon=True)
    process.start()
    there.close()
    try:
        yield here
    finally:
        process.terminate()
        process.join()
        here.close()


def _make_long_sections(answer: Connection[Any, Any], folder: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this
    # Whatever fails here fails again, and is reported, where the sections are made instead.
    with suppress(Exception), _few_collections():
        reading = Reading.open(folder)
        answer.send([make(reading) for make in LONG])


def title_of(reading: Reading) -> str:
    """Return the report's title: what the scenario is, and when it plays."""
    scenario = reading.scenario
    name = str(scenario.get("summary") or scenario["scenario"]).rstrip(".")
    return f"{name}: {month_name(reading.months[0])} to {month_name(reading.months[-1])}"


def _facts(reading: Reading) -> str:
    scenario, manifest = reading.scenario, reading.run.manifest
    plan = str(scenario.get("plan") or "")
    runs = "one run" if reading.runs == 1 else f"{reading.runs} runs"
    facts = [
        f"Scenario {scenario['scenario']}",
        f"plan {plan}" if plan else "no plan",
        f"seed {manifest.get('seed', 'not recorded')}",
        runs,
        f"crossborder {version(manifest)}",
    ]
    return " · ".join(facts)


def version(manifest: Mapping[str, Any]) -> str:
    """Return the version that made the run, in words where it ran from its source folder."""
    stated = str(manifest.get("crossborder") or "not recorded")
    return "run from its source folder" if stated == "not installed" else stated
