"""Whatever is written, a check ends, and its problems have a place and a remedy."""

from __future__ import annotations

import math
import tempfile
from datetime import date
from pathlib import Path

from hypothesis import given, settings, strategies as st

from sim.scenario.loading import check
from sim.scenario.measure_kinds import QUANTITIES, ScreeningMeasure
from sim.scenario.measures import kinds
from sim.scenario.yaml_text import read_yaml
from tests.stories.small_world import TEXT

LINES = TEXT.splitlines()
ODD = st.sampled_from(
    ["", "null", "-1", "1e400", "[]", "{}", "[[1]]", "{a: 1}", "true", "2020-13-45", "*x", "&x 1",
     "!!str 1", "'", "\x07", "999999999999999999999999", "nan", ".inf", "{value: }", "{value: 1}",
     "{value: [1], low: {}}", "é", "- a", "? b", "%TAG", "@", "`", "|", "\t", "{id: }"]
)  # fmt: skip


@st.composite
def broken_texts(draw: st.DrawFn) -> str:
    """Yield the small world with a few lines lost, doubled, swapped or given odd values."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        how = draw(st.sampled_from(["drop", "double", "value", "cut", "odd line", "inner"]))
        line = lines[at]
        if how == "drop":
            del lines[at]
        elif how == "double":
            lines.insert(at, line)
        elif how == "value":
            lines[at] = f"{line.split(':')[0]}: {draw(ODD)}"
        elif how == "cut":
            lines[at] = line[: draw(st.integers(0, len(line)))]
        elif how == "odd line":
            lines.insert(at, draw(ODD))
        else:
            parts = line.split(", ")
            n = draw(st.integers(0, len(parts) - 1))
            parts[n] = f"{parts[n].split(': ')[0]}: {draw(ODD)}"
            lines[at] = ", ".join(parts)
    return "\n".join(lines) + "\n"


@settings(max_examples=60, deadline=None)
@given(broken_texts())
def test_a_broken_text_never_ends_in_a_traceback(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "broken.yaml"
        path.write_text(text, encoding="utf-8")
        for problem in check(str(path)):
            assert problem.rule
            assert problem.message
            assert problem.remedy
            assert problem.line >= 1
            assert len(problem.value) <= 80


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    node, problems = read_yaml(text, "text")
    assert (node is not None) or problems


@given(st.floats(0, 1), st.sampled_from(["country:BBB", "border:AAA-BBB"]))
def test_monitoring_only_lowers_returns_outside_procedure(factor: float, target: str) -> None:
    measure = ScreeningMeasure.model_validate(
        {"id": "m", "at": target, "from": date(2020, 1, 1), "monitoring": factor}
    )
    (change,) = measure.changes()
    assert change.quantity == "outside_factor"
    assert 0 <= change.value <= 1
    assert math.isclose(change.value, factor)


def test_no_quantity_of_the_catalogue_sets_returns_outside_procedure() -> None:
    named = {name for settable in QUANTITIES.values() for name in settable if "outside" in name}
    assert named == {"outside_factor"}
    for kind in kinds().values():
        assert "outside_share" not in kind.model_fields
