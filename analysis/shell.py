"""The shell of a page: one self-contained HTML document of sections, with footnotes and credit."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from string import Template

from analysis.naming import Naming
from analysis.page import Section, text


def page_html(
    *, kind: str, title: str, facts: str, naming: Naming, summary: str,
    sections: Sequence[Section],
) -> str:  # fmt: skip
    """Return a page as one HTML document that loads nothing and holds no script.

    Args:
        kind: What kind of page it is, above the title.
        title: Title and heading.
        facts: One line below the heading.
        naming: Gives footnotes of labels, credit of the map, and whether all is made up.
        summary: HTML of the summary box.
        sections: In reading order.
    """
    files = resources.files("analysis") / "templates"
    contents = "".join(f'<li><a href="#{s.anchor}">{text(s.title)}</a></li>' for s in sections)
    page = Template((files / "report.html").read_text(encoding="utf-8"))
    return page.substitute(
        kind=text(kind),
        title=text(title),
        style=(files / "report.css").read_text(encoding="utf-8"),
        heading=text(title),
        facts=text(facts),
        banner=_banner(naming),
        summary=summary + _notes(naming, summary),
        contents=contents,
        sections="".join(_section(naming, s) for s in sections),
        foot=_foot(naming),
    )


def write_whole(path: Path, page: str) -> Path:
    """Write a page whole or not at all; an interruption leaves what stood there before."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(page, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def _banner(naming: Naming) -> str:
    if not naming.scenario.get("synthetic"):
        return ""
    return (
        '<p class="banner"><strong>Made up.</strong> This scenario is synthetic: its places, '
        "figures and forces are invented, for training and tests.</p>"
    )


def _section(naming: Naming, section: Section) -> str:
    return (
        f'<section id="{section.anchor}" aria-labelledby="{section.anchor}_title">'
        f'<h2 id="{section.anchor}_title">{text(section.title)}</h2>'
        f"{section.body}{_notes(naming, section.body)}</section>"
    )


def _notes(naming: Naming, body: str) -> str:
    """Return the footnote of every asterisked label that stands in the body."""
    used = dict.fromkeys(n for label, n in naming.footnotes.items() if text(label) in body)
    return "".join(f'<p class="footnote">{text(_starred(n))}</p>' for n in used)


def _starred(note: str) -> str:
    return note if note.startswith("*") else f"* {note}"


def _foot(naming: Naming) -> str:
    credit = ""
    if naming.outlines is not None:
        stated = str(
            (naming.outlines.get("metadata") or {}).get("credit") or "Made with Natural Earth."
        )
        credit = f"<p>{text(stated)} Outlines are no statement on any boundary.</p>"
    notes = "".join(f"<p>{text(_starred(n))}</p>" for n in dict.fromkeys(naming.footnotes.values()))
    return f"<footer>{credit}{notes}</footer>" if credit or notes else ""
