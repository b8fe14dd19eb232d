"""Pieces of an HTML page: escaped text, tables with captions and scope, figures, sections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from analysis.figures.style import number, share

_URL = re.compile(r"https?://[^\s<>\"'()]+[^\s<>\"'().,;:]")


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a report: id of its heading, title, and HTML below it."""

    anchor: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with its text and whether it is a number (set right)."""

    text: str
    numeric: bool = False
    html: bool = field(default=False)


def text(raw: object) -> str:
    """Return text that is safe inside an element or an attribute."""
    return escape(str(raw), quote=True)


def linked(raw: str) -> str:
    """Return text with its web addresses as links a reader may follow; nothing is loaded."""
    parts, at = [], 0
    for match in _URL.finditer(raw):
        parts.append(text(raw[at : match.start()]))
        url = text(match.group())
        parts.append(f'<a href="{url}" rel="noreferrer">{url}</a>')
        at = match.end()
    return "".join([*parts, text(raw[at:])])


def paragraph(words: str, kind: str = "") -> str:
    """Return a paragraph of plain words."""
    return f"<p{_class(kind)}>{text(words)}</p>"


def items(sentences: Iterable[str]) -> str:
    """Return a list of plain sentences."""
    return "<ul>" + "".join(f"<li>{text(s)}</li>" for s in sentences) + "</ul>"


def count(value: float | None, digits: int | None = None) -> Cell:
    """Return a number cell; None and NaN read "not recorded"."""
    return Cell(number(value, digits), numeric=True)


def percent(value: float | None, digits: int = 0) -> Cell:
    """Return a share as a cell in per cent."""
    return Cell(share(value, digits), numeric=True)


def table(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    kind: str = "",
) -> str:
    """Return a table; the first cell of a row is its header. Wide tables scroll by themselves.

    Args:
        caption: What the table holds, with units where columns do not name them.
        columns: Column headers.
        rows: Cells, as many as columns; what is no ``Cell`` is text, escaped.
        kind: CSS class.
    """
    body, numeric = [], set()
    for row in rows:
        cells = [c if isinstance(c, Cell) else Cell(str(c)) for c in row]
        numeric |= {i for i, c in enumerate(cells) if c.numeric}
        body.append("<tr>" + "".join(_cell(c, head=i == 0) for i, c in enumerate(cells)) + "</tr>")
    head = "".join(
        f'<th scope="col"{_class("n" if i in numeric else "")}>{text(c)}</th>'
        for i, c in enumerate(columns)
    )
    name = text(caption)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{name}">'
        f"<table{_class(kind)}><caption>{name}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def details(summary: str, body: str, kind: str = "") -> str:
    """Return a part that opens on demand."""
    return f"<details{_class(kind)}><summary>{text(summary)}</summary>{body}</details>"


def _cell(cell: Cell, head: bool) -> str:
    words = ["n"] * cell.numeric + ["none"] * (cell.text == "not recorded")
    kind = _class(" ".join(words))
    inner = cell.text if cell.html else text(cell.text)
    return f'<th scope="row"{kind}>{inner}</th>' if head else f"<td{kind}>{inner}</td>"


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
