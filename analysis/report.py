"""The report of a run: one self-contained HTML file beside its tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from analysis.figures.style import month_name
from analysis.page import Section, text
from analysis.reading import Reading
from analysis.sections.assumptions import assumptions
from analysis.sections.displacement import displacement
from analysis.sections.encounters import encounters
from analysis.sections.flow_map import flow_map
from analysis.sections.how_to_read import how_to_read
from analysis.sections.journeys import journeys
from analysis.sections.making import making
from analysis.sections.measures import measures
from analysis.sections.networks import networks
from analysis.sections.observed import observed
from analysis.sections.other_crime import other_crime
from analysis.sections.posts import posts
from analysis.sections.protection import protection
from analysis.sections.routes import routes
from analysis.sections.stocks import stocks
from analysis.sections.summary import summary

#: Sections in reading order, after the summary.
SECTIONS: tuple[Callable[[Reading], Section], ...] = (
    how_to_read, routes, flow_map, observed, encounters, posts, networks, other_crime, protection,
    stocks, journeys, displacement, measures, assumptions, making,
)  # fmt: skip
FILE = "report.html"


def write_report(folder: str | Path) -> Path:
    """Write ``report.html`` into a run folder or an ensemble, and return its path.

    The page loads nothing: style and drawings are inside it, and it holds no script.

    Raises:
        RunFolderError: The folder is not a whole run, or in a schema this version does not know.
    """
    reading = Reading.open(folder)
    path = reading.run.path / FILE
    page = report_html(reading)
    # Whole or not there: an interruption leaves the report that stood before.
    partial = path.with_name(f".{FILE}.partial")
    try:
        partial.write_text(page, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def report_html(reading: Reading) -> str:
    """Return the report as one HTML document."""
    sections = [make(reading) for make in SECTIONS]
    box = summary(reading)
    files = resources.files("analysis") / "templates"
    contents = "".join(f'<li><a href="#{s.anchor}">{text(s.title)}</a></li>' for s in sections)
    page = Template((files / "report.html").read_text(encoding="utf-8"))
    return page.substitute(
        kind="Simulation report",
        title=text(title_of(reading)),
        style=(files / "report.css").read_text(encoding="utf-8"),
        heading=text(title_of(reading)),
        facts=_facts(reading),
        banner=_banner(reading),
        summary=box + _notes(reading, box),
        contents=contents,
        sections="".join(_section(reading, s) for s in sections),
        foot=_foot(reading),
    )


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
    return text(" · ".join(facts))


def version(manifest: Mapping[str, Any]) -> str:
    """Return the version that made the run, in words where it ran from its source folder."""
    stated = str(manifest.get("crossborder") or "not recorded")
    return "run from its source folder" if stated == "not installed" else stated


def _banner(reading: Reading) -> str:
    if not reading.scenario.get("synthetic"):
        return ""
    return (
        '<p class="banner"><strong>Made up.</strong> This scenario is synthetic: its places, '
        "figures and forces are invented, for training and tests.</p>"
    )


def _section(reading: Reading, section: Section) -> str:
    return (
        f'<section id="{section.anchor}" aria-labelledby="{section.anchor}_title">'
        f'<h2 id="{section.anchor}_title">{text(section.title)}</h2>'
        f"{section.body}{_notes(reading, section.body)}</section>"
    )


def _notes(reading: Reading, body: str) -> str:
    """Return the footnote of every asterisked label that stands in the body."""
    used = dict.fromkeys(n for label, n in reading.footnotes.items() if text(label) in body)
    return "".join(f'<p class="footnote">{text(_starred(n))}</p>' for n in used)


def _starred(note: str) -> str:
    return note if note.startswith("*") else f"* {note}"


def _foot(reading: Reading) -> str:
    credit = ""
    if reading.outlines is not None:
        stated = str(
            (reading.outlines.get("metadata") or {}).get("credit") or "Made with Natural Earth."
        )
        credit = f"<p>{text(stated)} Outlines are no statement on any boundary.</p>"
    notes = "".join(
        f"<p>{text(_starred(n))}</p>" for n in dict.fromkeys(reading.footnotes.values())
    )
    return f"<footer>{credit}{notes}</footer>" if credit or notes else ""
