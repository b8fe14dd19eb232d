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
#: From so many centres on their section, a page with a figure of each, takes as long as all
#: others together, and a second process is worth its start (about a second).
MANY_CENTRES = 4
FILE = "report.html"


def write_report(folder: str | Path, processes: int = 1) -> Path:
    """Write ``report.html`` into a run folder or an ensemble, and return its path.

    The page loads nothing: style and drawings are inside it, and it holds no script.

    Args:
        folder: The run folder.
        processes: With 2, a second process makes the pages of centres meanwhile where these are
            many. It is spawned: the program that asks for it must guard what it does when
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
    """Return the report as one HTML document; ``processes`` as in ``write_report``."""
    with _centres_meanwhile(reading, processes) as section_on_centres:
        box = summary(reading)
        made = {make: make(reading) for make in SECTIONS if make is not centres}
        made[centres] = section_on_centres()
    return page_html(
        kind="Simulation report",
        title=title_of(reading),
        facts=_facts(reading),
        naming=reading.naming,
        summary=box,
        sections=[section for make in SECTIONS if (section := made[make]) is not None],
    )


@contextmanager
def _centres_meanwhile(reading: Reading, processes: int) -> Iterator[Callable[[], Section]]:
    """Yield what returns the section on centres; where there are many, a second process makes it.

    If that died, it is made here.
    """
    pages = [row for row in reading.scenario.get("centres", ()) if row["type"] == "centre"]
    if processes < 2 or len(pages) < MANY_CENTRES:
        yield lambda: centres(reading)
        return
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe(duplex=False)
    second = spawn.Process(target=_send_centres, args=(there, reading.run.path), daemon=True)
    second.start()
    there.close()

    def received() -> Section:
        with suppress(EOFError, OSError):
            section: Section = here.recv()
            return section
        return centres(reading)

    try:
        yield received
    finally:
        second.terminate()
        second.join()
        here.close()


def _send_centres(answer: Connection[Any, Any], folder: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this
    # Whatever fails here fails again, and is reported, where the section is made instead.
    with suppress(Exception), _few_collections():
        answer.send(centres(Reading.open(folder)))


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
