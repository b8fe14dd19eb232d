"""A figure as a piece of a page: SVG (or PNG where smaller) with title, description, table."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis.page import details, text

#: Above this size (bytes) a PNG is drawn too, and the smaller of the two is kept. Below it a
#: drawing stays sharp at any size; dense ones (maps, beliefs) are smaller than their PNG anyway.
BIG = 600_000
#: Glyphs as paths: the page looks the same on a machine without the font, and labels placed so
#: that they do not overlap stay so. The words are in title, description and table.
_SVG: Any = {"svg.fonttype": "path", "svg.hashsalt": "crossborder", "path.simplify_threshold": 0.25}
_DROP = re.compile(r"<metadata>.*?</metadata>|<style[^>]*>.*?</style>|<!--.*?-->", re.DOTALL)
_REF = re.compile(r'(id="|url\(#|href="#)')
_GAPS = re.compile(r">\s+<")


def figure_html(figure: Figure, name: str, title: str, description: str, data: str) -> str:
    """Return ``<figure>`` with the drawing, its caption and its numbers.

    Args:
        figure: What is drawn.
        name: Id of the figure on the page, ``[a-z_]+``.
        title: One line; also the caption.
        description: What a reader who does not see it must know.
        data: HTML table of the numbers drawn.
    """
    drawing = _svg(figure, name, title, description)
    if len(drawing) > BIG:
        png = _png(figure, title, description)
        drawing = min(drawing, png, key=len)
    return (
        f'<figure id="figure_{name}"><div class="drawing" tabindex="0" role="group" '
        f'aria-label="{text(title)}">{drawing}</div>'
        f"<figcaption><strong>{text(title)}.</strong> {text(description)}</figcaption>"
        f"{details('The numbers of this figure', data, 'numbers')}</figure>"
    )


def words(figure: Figure) -> list[str]:
    """Return every text drawn in the figure."""
    drawn = figure.findobj(Text)
    return [t.get_text() for t in drawn if isinstance(t, Text) and t.get_text().strip()]


def _svg(figure: Figure, name: str, title: str, description: str) -> str:
    buffer = io.StringIO()
    with mpl.rc_context(_SVG):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    raw = buffer.getvalue()
    inner = raw[raw.index(">", raw.index("<svg")) + 1 : raw.rindex("</svg>")]
    inner = _DROP.sub("", inner).replace("xlink:href", "href")
    # Ids are unique on the page, though matplotlib repeats them from figure to figure.
    inner = _REF.sub(lambda match: f"{match.group(1)}{name}-", inner)
    inner = _GAPS.sub("><", inner.strip())
    width, height = (72 * side for side in figure.get_size_inches())
    return (
        f'<svg class="plot" role="img" viewBox="0 0 {width:.1f} {height:.1f}" '
        f'aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{text(title)}</title>'
        f'<desc id="{name}-desc">{text(description)}</desc>{inner}</svg>'
    )


def _png(figure: Figure, title: str, description: str) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return (
        f'<img class="plot" alt="{text(title)}. {text(description)}" '
        f'src="data:image/png;base64,{data}">'
    )
