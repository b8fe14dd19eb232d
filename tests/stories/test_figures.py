"""Draws every figure; no two texts overlap, axes name units, every series of its table appears."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.path import Path as MatplotlibPath
from matplotlib.text import Text

import analysis.figures as figures
from analysis import drawing, outcomes
from analysis.drawing import words
from analysis.figures.accounted import AccountedRow
from analysis.figures.case_ends import ENDS
from analysis.figures.cost_effect import CostPoint
from analysis.figures.encounters import WORDS
from analysis.figures.flow_map import map_shape
from analysis.figures.forest import ForestRow
from analysis.figures.style import new_figure
from analysis.naming import READINGS, Naming
from analysis.reading import Reading
from analysis.report import write_report
from analysis.sections.observed import series_names
from analysis.sections.protection import HARMS, ordered
from sim.experiments.runs import run
from sim.scenario.loading import load
from tests.fake_run import write_fake_run

#: Words one of which stands on every axis.
UNITS = (
    "persons",
    "EUR",
    "min",
    "%",
    "month",
    "days",
    "hours",
    "points",
    "ratio",
    "count",
    "attempts",
)


@pytest.fixture(scope="module", params=[1, 4], ids=["one_run", "ensemble"])
def reading(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Reading:
    folder = tmp_path_factory.mktemp("figures") / "run"
    return Reading.open(write_fake_run(folder, replicates=request.param))


def needed(frame: Any) -> Any:
    """Return a table that must be there."""
    assert frame is not None
    return frame


def accounted(r: Reading) -> tuple[Figure, set[str]]:
    rows = [
        AccountedRow("learning off", 1.0, (0.8, 1.2)),
        AccountedRow("season off", 0.26, (-3.0, 3.0)),
        AccountedRow("history off", -2.0, None),
    ]  # fmt: skip
    figure, ax = new_figure(9.0, 2.0, left=1.75, right=1.95, above=0.32)
    assert figures.accounted(ax, rows) is ax
    return figure, {"learning off", "season off", "history off", "no interval"}


def ends(r: Reading) -> tuple[Figure, set[str]]:
    figure, ax = new_figure(9.0, 3.6, left=3.1, right=2.35)
    rows = [("BIH", "HRV", 800, 20, 3, 40, 500, 0), ("XKX", "SRB", 5, 0, 0, 0, 1, 1)]
    pairs = pd.DataFrame(rows, columns=["requesting", "requested", *ENDS])
    names = r.names("country")
    assert figures.case_ends(ax, pairs, names) is ax
    asked = {f"{names[a]} - {names[b]}" for a, b, *_ in rows}
    return figure, asked | set(ENDS.values()) | {"805 persons"}


def shares(r: Reading) -> tuple[Figure, set[str]]:
    figure, ax = new_figure()
    lines = needed(r.table("screenlines"))
    assert figures.route_shares(ax, lines, r.months, ["HUN-SRB", "BIH-HRV"]) is ax
    return figure, set(lines["label"])


def flows(r: Reading) -> tuple[Figure, set[str]]:
    figure, ax = new_figure()
    lines = needed(r.table("screenlines"))
    assert figures.flows_through_time(ax, lines, r.months) is ax
    return figure, set(lines["label"])


def flow_map(r: Reading) -> tuple[Figure, set[str]]:
    height = map_shape(r.scenario, 8.8)
    figure, ax = new_figure(9.0, height + 1.3, left=0.1, right=0.1, below=1.05, above=0.25)
    assert figures.flow_map(ax, r.scenario, outcomes.leg_totals(needed(r.table("flows")))) is ax
    # A leg is a line, so it has no name; places, countries and every kind of mark have.
    expected = {p["name"] for p in r.scenario["places"]} | set(r.names("country").values())
    return figure, expected | {"leg nobody took", "exit", "entry", "green-border sector"}


def change_map(r: Reading) -> tuple[Figure, set[str]]:
    legs = [leg["id"] for leg in r.scenario["legs"]]
    changes = {leg: 300.0 * (-0.8) ** i for i, leg in enumerate(legs)}
    height = map_shape(r.scenario, 8.8)
    figure, ax = new_figure(9.0, height + 1.3, left=0.1, right=0.1, below=1.05, above=0.25)
    assert figures.change_map(ax, r.scenario, changes, legs[:1]) is ax
    expected = {p["name"] for p in r.scenario["places"]} | set(r.names("country").values())
    marks = {"entry", "exit", "place", "green-border sector", "crossing point or airport"}
    return figure, expected | marks | {"200 persons more", "200 persons fewer", "treated place"}


def forest(r: Reading) -> tuple[Figure, set[str]]:
    rows = [
        ForestRow("interceptions", "plan", 40.0, (30.0, 50.0), (-10.0, 140.0)),
        ForestRow("added officers", "officers", 10.0, (5.0, 15.0), (2.0, 18.0)),
        ForestRow("cooperation", "cooperation", 30.0, None, None),
        ForestRow("deaths", "plan", -3.0, (-3.0, -3.0), (-400.0, 5.0), 5.0),
    ]
    figure, ax = new_figure(9.0, 2.6, left=2.75, right=0.35, below=1.15, above=0.32)
    assert figures.forest(ax, rows) is ax
    labels = {row.label for row in rows} - {"cooperation"}
    return figure, labels | {"plan less baseline", "cooperation (plan less null)",
                             "chance only, 95 %", "within the harm margin"}  # fmt: skip


def cost_effect(r: Reading) -> tuple[Figure, set[str]]:
    points = [
        CostPoint("Dear and good", 5000.0, (4000.0, 6000.0), 40.0, (20.0, 60.0)),
        CostPoint("Cheap", 100.0, None, 5.0, (-5.0, 15.0)),
        CostPoint("Cheap too", 120.0, None, 6.0, None),
    ]
    figure, ax = new_figure(9.0, 4.4, left=0.95, right=0.4)
    assert figures.cost_effect(ax, points, "persons", "interceptions") is ax
    return figure, {p.name for p in points}


def post_waits(r: Reading) -> tuple[Figure, set[str]]:
    figure, ax = new_figure()
    waits = needed(r.waits)
    assert figures.post_waits(ax, waits, r.months, r.names("post")) is ax
    return figure, named_or_other(waits, "post", r.names("post"), figure)


def encounters(r: Reading) -> tuple[Figure, set[str]]:
    rows = outcomes.encounters_by_sector(needed(r.encounters))
    figure, ax = new_figure(9.0, 1.1 + 0.27 * len(rows), left=2.95, right=2.35, above=0.32)
    assert figures.encounters(ax, rows, r.names("sector")) is ax
    return figure, {r.names("sector")[s] for s in rows["sector"]} | set(WORDS.values())


def revenue(r: Reading) -> tuple[Figure, set[str]]:
    figure, ax = new_figure()
    assert figures.network_revenue(ax, needed(r.networks), r.months, r.names("network")) is ax
    return figure, set(r.names("network").values())


def prices(r: Reading) -> tuple[Figure, set[str]]:
    figure, ax = new_figure()
    assert figures.network_prices(ax, needed(r.networks), r.months, r.names("network")) is ax
    return figure, set(r.names("network").values())


def ledger(r: Reading) -> tuple[Figure, set[str]]:
    whole = ordered(outcomes.ledger_table(needed(r.table("ledger"))))["all"].copy()
    whole["injuries"] = float("nan")
    figure, ax = new_figure(9.0, 1.0 + 0.27 * len(whole), left=3.3, right=0.3, above=0.32)
    assert figures.protection_ledger(ax, whole, r.names("item"), HARMS) is ax
    return figure, {r.names("item")[str(i)] for i in whole.index} | {"not recorded"}


def observed(r: Reading) -> tuple[Figure, set[str]]:
    beside = outcomes.beside_registered(
        needed(r.table("observed")), r.scenario["targets"], r.months
    )
    figure, ax = new_figure(9.0, 5.3, below=2.35, above=0.3)
    assert figures.observed_against_registered(ax, beside, r.months) is ax
    return figure, {"observed in the model", "registered by the", "fitted", "held out"}


def observed_series(r: Reading) -> tuple[Figure, set[str]]:
    figure, ax = new_figure()
    frame = needed(r.table("observed"))
    assert figures.observed_series(ax, frame, r.months, series_names(r)) is ax
    return figure, {"Bosnia and Herzegovina arrivals"}


def stocks(r: Reading) -> tuple[Figure, set[str]]:
    figure, ax = new_figure()
    present = outcomes.stocks_by_month(needed(r.table("stocks")))
    assert figures.stocks(ax, present, r.months, r.names("country")) is ax
    return figure, named_or_other(present, "country", r.names("country"), figure)


def knowledge(kind: str) -> Callable[[Reading], tuple[Figure, set[str]]]:
    def draw(r: Reading) -> tuple[Figure, set[str]]:
        figure, ax = new_figure()
        frame = needed(r.table("knowledge"))
        own = frame[frame["subject"].str.startswith(f"{kind}:")]
        names = {f"{kind}:{i}": n for i, n in r.names(kind).items()}
        draws = figures.awareness if kind == "route" else figures.beliefs
        assert draws(ax, own, r.start, r.months, names) is ax
        return figure, named_or_other(own, "subject", names, figure)

    return draw


def journey_times(r: Reading) -> tuple[Figure, set[str]]:
    days = outcomes.journey_days(needed(r.table("journeys")))
    figure, ax = new_figure(9.0, 2.8, left=3.0, right=0.4, above=0.32)
    assert figures.journey_times(ax, days, READINGS) is ax
    return figure, set(READINGS.values())


def named_or_other(frame: Any, key: str, names: Any, figure: Figure) -> set[str]:
    """Return the labels a long list must show: named ones, and the right count of the rest."""
    series = sorted(frame[key].unique())
    labels = {names.get(s, s) for s in series}
    drawn = " ".join(words(figure)).replace("\n", " ")
    shown = {n for n in labels if n in drawn}
    rest = len(series) - len(shown)
    assert len(shown) >= min(len(series), 7)
    return shown | ({f"other ({rest})"} if rest else set())


#: `analysis.figures.flow_map` is the function; its module has the shapes.
_curve, _rings = (
    getattr(sys.modules["analysis.figures.flow_map"], n) for n in ("_curve", "_rings")
)

DRAWN = {
    "accounted": accounted,
    "case_ends": ends,
    "route_shares": shares,
    "flows_through_time": flows,
    "flow_map": flow_map,
    "change_map": change_map,
    "forest": forest,
    "cost_effect": cost_effect,
    "post_waits": post_waits,
    "encounters": encounters,
    "network_revenue": revenue,
    "network_prices": prices,
    "protection_ledger": ledger,
    "observed_against_registered": observed,
    "observed_series": observed_series,
    "stocks": stocks,
    "awareness": knowledge("route"),
    "beliefs": knowledge("leg"),
    "journey_times": journey_times,
}


def test_every_figure_is_drawn_here() -> None:
    assert set(DRAWN) == set(figures.__all__)


@pytest.mark.parametrize("name", DRAWN)
def test_figure(name: str, reading: Reading) -> None:
    figure, expected = DRAWN[name](reading)
    check(figure)
    drawn = " | ".join(w.replace("\n", " ") for w in words(figure))
    missing = {label for label in expected if label not in drawn}
    assert not missing, f"{name} does not show {missing}"


def check(figure: Figure) -> None:
    """Assert that texts neither overlap nor leave the figure, and that axes name their units."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in drawn_texts(figure)]
    page = figure.bbox
    for text, box in boxes:
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1
        assert inside, f"{text!r} leaves the figure"
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        up = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across <= 0.5 or up <= 1.5, f"{one!r} overlaps {other!r}"
    panels = [a for a in figure.findobj(Axes) if isinstance(a, Axes)]
    for ax in panels:
        for axis in (ax.xaxis, ax.yaxis):
            if len(axis.get_ticklocs()) and axis.get_visible():
                label = axis.get_label_text()
                assert any(u in label for u in UNITS), f"axis {label!r} names no unit"


def drawn_texts(figure: Figure) -> list[Text]:
    """Return the texts that show: not blank, and no tick label beyond the end of its axis."""
    hidden = set()
    for ax in figure.findobj(Axes):
        assert isinstance(ax, Axes)
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            current = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            for tick in {*axis.majorTicks, *axis.minorTicks, *current}:
                if tick not in current or not low <= tick.get_loc() <= high:
                    hidden |= {tick.label1, tick.label2}
    texts = [t for t in figure.findobj(Text) if isinstance(t, Text) and t not in hidden]
    return [t for t in texts if t.get_visible() and t.get_text().strip()]


def test_legs_with_way_points_stay_on_the_land_and_apart_by_direction() -> None:
    text = load("adriatic_shift").as_text()
    places = {p["id"]: (p["lon"]["value"], p["lat"]["value"]) for p in text["places"]}
    outlines = Naming(text, Path()).outlines
    assert outlines is not None
    land = [MatplotlibPath(rings[0]) for f in outlines["features"] for rings in _rings(f)]
    legs = {leg["id"]: leg for leg in text["legs"] if leg["via"]}
    assert {"dubrovnik_zagreb", "mostar_bihac"} <= set(legs)
    drawn = {i: _curve(places[leg["from"]], places[leg["to"]], leg["via"])
             for i, leg in legs.items()}  # fmt: skip
    for name, path in drawn.items():
        wet = ~np.any([ground.contains_points(path) for ground in land], axis=0)
        assert wet.mean() <= 0.05, f"{name} runs over the sea"
        for point in legs[name]["via"]:
            gap = np.hypot(*(path - [float(x) for x in point.split()]).T).min()
            assert gap < 0.25, f"{name} misses {point}"
    there, back = drawn["athens_thessaloniki"], drawn["thessaloniki_athens"]
    assert np.hypot(*(there - back[::-1]).T).max() > 0.08


def test_no_line_of_the_cost_figure_runs_through_a_name() -> None:
    """The bar of a cost that is hardly known is long, and its plan's name stands beside it."""
    points = [
        CostPoint("Officers at the hilltop", 900.0, (-2000.0, 3800.0), 12.0, (2.0, 22.0)),
        CostPoint("Patrols of both sides", 2500.0, (2400.0, 2600.0), 0.0, (-9.0, 9.0)),
    ]
    figure, ax = new_figure(9.0, 4.4, left=0.95, right=0.4)
    figures.cost_effect(ax, points, "persons", "interceptions")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    names = [t for t in ax.texts if t.get_text() in {p.name for p in points}]
    assert len(names) == 2
    lines = [line.get_window_extent() for line in ax.get_lines() if line.get_linestyle() == "-"]
    for name in names:
        box = name.get_window_extent(canvas.get_renderer())
        struck = [line for line in lines if box.overlaps(line)]
        assert not struck, name.get_text()


def test_overlap_check_sees_an_overlap() -> None:
    figure, ax = new_figure()
    ax.set(xlabel="month", ylabel="persons")
    ax.text(0.5, 0.5, "one text")
    ax.text(0.51, 0.51, "another")
    with pytest.raises(AssertionError, match="overlaps"):
        check(figure)


def test_figures_leave_no_window_behind() -> None:
    code = (
        "import sys, analysis.report, analysis.figures; "
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_map_names_kosovo_with_its_asterisk(tmp_path: Path) -> None:
    r = Reading.open(write_fake_run(tmp_path / "run", months=1))
    figure, _ = flow_map(r)
    assert "Kosovo*" in words(figure)


@pytest.mark.parametrize("kind", ["made up, one month", "made up, many runs", "two_routes"])
def test_every_figure_of_a_report(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "two_routes":
        folder = run(kind, out=tmp_path / "run").folder
    else:
        months, replicates = (1, 1) if "one month" in kind else (13, 2)
        folder = write_fake_run(tmp_path / "run", months, replicates)
    drawn = []
    draw = drawing._svg

    def checked(figure: Figure, name: str, title: str, description: str) -> str:
        check(figure)
        drawn.append(name)
        return draw(figure, name, title, description)

    monkeypatch.setattr(drawing, "_svg", checked)
    html = write_report(folder).read_text(encoding="utf-8")
    assert len(drawn) == len(set(drawn)) >= 12
    r = Reading.open(folder)
    for institution in ("post", "sector", "network", "country", "place", "screenline"):
        for name in r.names(institution).values():
            assert name in html


def test_map_of_the_western_balkans_names_every_place() -> None:
    scenario = load("adriatic_shift").as_text()
    legs = pd.DataFrame(
        [
            {"leg": leg["id"], "tail": leg["from"], "head": leg["to"], "persons": 40_000 * 0.9**i}
            for i, leg in enumerate(scenario["legs"])
        ]
    )
    file = resources.files("scenarios").joinpath(*scenario["map"].split("/"))
    outlines = json.loads(file.read_text(encoding="utf-8"))
    height = map_shape(scenario, 8.8)
    figure, ax = new_figure(9.0, height + 1.3, left=0.1, right=0.1, below=1.05, above=0.25)
    figures.flow_map(ax, scenario, legs, outlines)
    check(figure)
    drawn = words(figure)
    assert {p["name"] for p in scenario["places"]} <= set(drawn)
    assert {c["label"] for c in scenario["countries"]} <= set(drawn)
    assert not any("want of room" in w for w in drawn)
