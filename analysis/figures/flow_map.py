"""The map: persons on each leg, crossing points, sectors and exits, with countries named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from analysis.figures.labels import LabelPlacer, axes_points
from analysis.figures.style import INK, MUTED, number
from analysis.outcomes import amount

_LAND, _CONTEXT, _EDGE = "#F4F1EA", "#FAFAF8", "#9AA5B1"
_FLOW, _UNUSED = "#0072B2", "#AAB4BE"
#: Colour and line of a leg on which more, or fewer, persons cross.
_MORE = ("#D55E00", (0, ()))
_FEWER = ("#0072B2", (0, (1.6, 0.8)))
_TREATED = "#F0E442"
#: Marker, size (points) and colour by what stands there.
MARKS: dict[str, tuple[str, float, str, str]] = {
    "entry": (">", 7.0, "#009E73", "entry"),
    "exit": ("*", 10.0, "#D55E00", "exit"),
    "place": ("o", 4.0, INK, "place"),
    "post": ("s", 5.0, "#E69F00", "crossing point or airport"),
    "sector": ("^", 5.0, "#CC79A7", "green-border sector"),
    "centre": ("h", 6.5, "#56B4E9", "cooperation centre"),
}
#: Widths of legs, points.
WIDEST = 8.0
THINNEST = 0.7
#: Distance of a line along way points to their right, degrees: both directions are seen.
_ASIDE = 0.05
#: A pale ground keeps names readable on legs and borders.
_GROUND = {"facecolor": "white", "alpha": 0.55, "pad": 0.8, "linewidth": 0.0}


def flow_map(
    ax: Axes,
    scenario: Mapping[str, Any],
    legs: pd.DataFrame,
    outlines: Mapping[str, Any] | None = None,
) -> Axes:
    """Draw the route graph with legs as wide as the persons who began them.

    Args:
        ax: Axes drawn on, of final size: labels are placed by the space there is.
        scenario: Resolved scenario (``scenario.json``): places, countries, legs, posts, sectors,
            centres. Country labels and footnotes are the scenario's.
        legs: Columns leg, tail, head, persons (``outcomes.leg_totals``). Legs of the scenario
            without a row are drawn thin and dotted.
        outlines: GeoJSON of countries, properties ``code`` and ``role``; None draws none.

    Returns:
        The axes. Labels that fit nowhere are left out, named in a note under the map.
    """
    places = {str(p["id"]): _position(p) for p in scenario.get("places", ())}
    _frame(ax, [*places.values(), *(_position(r) for r in _sited(scenario))])
    codes = {str(c["id"]) for c in scenario.get("countries", ())}
    if outlines:
        _outlines(ax, outlines, codes)
    widths = _legs(ax, scenario, legs, places)
    kinds = _marks(ax, scenario)
    _key(ax, widths, kinds)
    _names(ax, scenario, places, outlines)
    return ax


def change_map(
    ax: Axes,
    scenario: Mapping[str, Any],
    changes: Mapping[str, float],
    treated: Sequence[str],
    outlines: Mapping[str, Any] | None = None,
) -> Axes:
    """Draw legs across borders by how many persons more (or fewer) cross on them.

    More is orange and solid, fewer is blue and dashed, so that the two are told apart without
    colour; a treated leg lies on a pale yellow ground.

    Args:
        ax: Axes drawn on, of final size.
        scenario: Resolved scenario.
        changes: Mean difference of first crossings by leg, persons.
        treated: Legs controlled at the treated place.
        outlines: GeoJSON of countries; None draws none.
    """
    places = {str(p["id"]): _position(p) for p in scenario.get("places", ())}
    _frame(ax, [*places.values(), *(_position(r) for r in _sited(scenario))])
    if outlines:
        _outlines(ax, outlines, {str(c["id"]) for c in scenario.get("countries", ())})
    most = max((abs(v) for v in changes.values()), default=0.0)
    for leg in scenario.get("legs", ()):
        path = _curve(places[str(leg["from"])], places[str(leg["to"])], leg.get("via") or ())
        change = changes.get(str(leg["id"]), 0.0)
        if str(leg["id"]) in treated:
            ax.plot(*path.T, color=_TREATED, linewidth=WIDEST + 6, alpha=0.5, zorder=1.5,
                    solid_capstyle="round")  # fmt: skip
        if abs(change) < 0.05:
            ax.plot(*path.T, color=_UNUSED, linewidth=0.6, linestyle=(0, (1, 2)), zorder=1)
            continue
        width = max(WIDEST * abs(change) / most, 1.4)
        colour, line = _MORE if change > 0 else _FEWER
        ax.plot(*path.T, color=colour, linewidth=width, linestyle=line, alpha=0.85, zorder=2,
                solid_capstyle="butt", dash_capstyle="butt")  # fmt: skip
    kinds = _marks(ax, scenario)
    _change_key(ax, most, kinds)
    _names(ax, scenario, places, outlines)
    return ax


def _change_key(ax: Axes, most: float, kinds: Sequence[str]) -> None:
    handles = [
        Line2D([], [], color=colour, linestyle=line, linewidth=max(WIDEST * persons / most, 1.4),
               alpha=0.85, label=f"{number(persons)} persons {word}")
        for persons in (_steps(most)[:1] or [most] * (most > 0))
        for word, (colour, line) in (("more", _MORE), ("fewer", _FEWER))
    ]  # fmt: skip
    handles.append(Line2D([], [], color=_TREATED, linewidth=WIDEST, alpha=0.5,
                          label="treated place"))  # fmt: skip
    handles.append(Line2D([], [], color=_UNUSED, linewidth=0.8, linestyle=(0, (1, 2)),
                          label="no difference, or within a country"))  # fmt: skip
    handles += _mark_handles(kinds)
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=4,
              frameon=False, fontsize=8, labelcolor=INK, handlelength=3.2,
              columnspacing=1.4)  # fmt: skip


def map_shape(scenario: Mapping[str, Any], width: float) -> float:
    """Return the height (inches) at which the map's axes of a width keep their proportions."""
    points = [_position(p) for p in [*scenario.get("places", ()), *_sited(scenario)]]
    west, east, south, north = _bounds(points)
    ratio = (north - south) / ((east - west) * np.cos(np.deg2rad((south + north) / 2)))
    return float(np.clip(width * ratio, 0.45 * width, 1.25 * width))


def _sited(scenario: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = [*scenario.get("posts", ()), *scenario.get("sectors", ())]
    return [*rows, *_centres(scenario)]


def _centres(scenario: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the centres on the ground; contact points are offices of a capital."""
    rows = scenario.get("centres", ())
    return [row for row in rows if row.get("type", "centre") == "centre"]


def _position(row: Mapping[str, Any]) -> tuple[float, float]:
    return amount(row["lon"]), amount(row["lat"])


def _bounds(points: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    pad_x = 0.06 * max(max(xs) - min(xs), 0.5)
    pad_y = 0.06 * max(max(ys) - min(ys), 0.5)
    return min(xs) - pad_x, max(xs) + pad_x, min(ys) - pad_y, max(ys) + pad_y


def _frame(ax: Axes, points: Sequence[tuple[float, float]]) -> None:
    """Set limits so that the axes keep their size and a degree keeps its proportion."""
    west, east, south, north = _bounds(points)
    box = ax.get_window_extent()
    squeeze = float(np.cos(np.deg2rad((south + north) / 2)))
    wide, high = (east - west) * squeeze, north - south
    if wide / high < box.width / box.height:
        grow = (high * box.width / box.height - wide) / squeeze / 2
        west, east = west - grow, east + grow
    else:
        grow = (wide * box.height / box.width - high) / 2
        south, north = south - grow, north + grow
    ax.set_xlim(west, east)
    ax.set_ylim(south, north)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_color(_EDGE)
        spine.set_linewidth(0.6)


def _rings(feature: Mapping[str, Any]) -> list[list[np.ndarray]]:
    shape = feature["geometry"]
    parts = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    return [[np.asarray(ring, dtype=float)[:, :2] for ring in part] for part in parts]


def _outlines(ax: Axes, outlines: Mapping[str, Any], codes: set[str]) -> None:
    west, east = ax.get_xlim()
    south, north = ax.get_ylim()
    # What is finer than 0.7 points on paper would only make the file bigger.
    least = 0.7 * (east - west) / axes_points(ax)[0]
    for core in (False, True):
        patches = []
        for feature in outlines["features"]:
            if (feature["properties"].get("code") in codes) != core:
                continue
            for rings in _rings(feature):
                low, high = rings[0].min(axis=0), rings[0].max(axis=0)
                inside = low[0] < east and high[0] > west and low[1] < north and high[1] > south
                if inside and float((high - low).max()) > least:
                    patches.append(PathPatch(_closed(_coarse(r, least) for r in rings)))
        ax.add_collection(
            PatchCollection(
                patches,
                facecolor=_LAND if core else _CONTEXT,
                edgecolor=_EDGE,
                linewidth=0.5,
                zorder=0.5 + 0.1 * core,
            ),
            autolim=False,
        )
    for border in outlines.get("borders", ()):
        _border(ax, border)


def _border(ax: Axes, border: Mapping[str, Any]) -> None:
    """Draw a border in its own style, over the outline drawn there."""
    for line in border["geometry"]["coordinates"]:
        x, y = np.asarray(line, dtype=float)[:, :2].T
        ax.plot(x, y, color=_LAND, linewidth=1.1, zorder=0.7, scalex=False, scaley=False)
        ax.plot(x, y, color=_EDGE, linewidth=0.8, linestyle=border["style"], zorder=0.8,
                scalex=False, scaley=False)  # fmt: skip


def _coarse(ring: np.ndarray, step: float) -> np.ndarray:
    """Return the ring without points that fall into the same cell as the one before."""
    moved = np.any(np.diff(np.round(ring / step), axis=0) != 0, axis=1)
    kept = ring[np.concatenate([[True], moved])]
    return kept if len(kept) > 3 else ring


def _closed(rings: Iterable[np.ndarray]) -> Path:
    return Path.make_compound_path(*[Path(ring, closed=True) for ring in rings])


def _legs(
    ax: Axes,
    scenario: Mapping[str, Any],
    legs: pd.DataFrame,
    places: Mapping[str, tuple[float, float]],
) -> list[tuple[float, float]]:
    persons = {str(n): float(p) for n, p in zip(legs["leg"], legs["persons"], strict=True)}
    most = max(persons.values(), default=0.0)
    for leg in scenario.get("legs", ()):
        tail, head = str(leg.get("from", leg.get("tail"))), str(leg.get("to", leg.get("head")))
        path = _curve(places[tail], places[head], leg.get("via") or ())
        count = persons.get(str(leg["id"]), 0.0)
        if count <= 0:
            ax.plot(*path.T, color=_UNUSED, linewidth=0.6, linestyle=(0, (1, 2)), zorder=1)
            continue
        width = max(WIDEST * count / most, THINNEST)
        ax.plot(*path.T, color=_FLOW, linewidth=width, alpha=0.62, solid_capstyle="butt", zorder=2)
        if width > 0.9:
            middle = len(path) // 2 + 1
            ax.annotate(
                "",
                path[middle + 1],
                path[middle - 1],
                zorder=3,
                arrowprops={
                    "arrowstyle": "-|>",
                    "color": "#004C7A",
                    "lw": 0.8,
                    "mutation_scale": 6 + width,
                    "shrinkA": 0,
                    "shrinkB": 0,
                },
            )
    return [(s, max(WIDEST * s / most, THINNEST)) for s in _steps(most)]


def _steps(most: float) -> list[float]:
    """Return three round numbers of persons up to the most, for the key of widths.

    >>> _steps(18000.0)
    [10000.0, 2000.0, 500.0]
    """
    series = [m * 10.0**e for e in range(9) for m in (1, 2, 5) if m * 10.0**e <= most]
    chosen: list[float] = []
    for value in reversed(series):
        if not chosen or value <= 0.26 * chosen[-1]:
            chosen.append(value)
    return chosen[:3]


def _curve(
    tail: tuple[float, float], head: tuple[float, float], via: Sequence[str] = ()
) -> np.ndarray:
    """Return an arc bent to the right of its direction, so that both directions are seen.

    With way points (``lon lat``) it is a smooth line along them, a little to the right too.
    """
    if via:
        return _along([tail, *((float(x), float(y)) for x, y in (p.split() for p in via)), head])
    a, b = np.array(tail), np.array(head)
    along = b - a
    bend = (a + b) / 2 + 0.16 * np.array([along[1], -along[0]])
    t = np.linspace(0, 1, 17)[:, None]
    return np.asarray((1 - t) ** 2 * a + 2 * t * (1 - t) * bend + t**2 * b)


def _along(points: Sequence[tuple[float, float]]) -> np.ndarray:
    """Return quadratic pieces from middle to middle, bent at the points (a B-spline)."""
    line = np.array(points)
    ahead = line[2:] - line[:-2]
    side = np.column_stack([ahead[:, 1], -ahead[:, 0]])
    bends = line[1:-1] + _ASIDE * side / np.linalg.norm(side, axis=1, keepdims=True)
    middles = (bends[1:] + bends[:-1]) / 2
    knots = np.vstack([line[:1], middles, line[-1:]])
    t = np.linspace(0, 1, 9)[:, None]
    pieces = [
        (1 - t) ** 2 * a + 2 * t * (1 - t) * bend + t**2 * b
        for a, bend, b in zip(knots[:-1], bends, knots[1:], strict=True)
    ]
    return np.vstack([pieces[0], *(piece[1:] for piece in pieces[1:])])


def _marks(ax: Axes, scenario: Mapping[str, Any]) -> list[str]:
    groups: dict[str, list[tuple[float, float]]] = {}
    for place in scenario.get("places", ()):
        kind = str(place["kind"])
        groups.setdefault(kind if kind in ("entry", "exit") else "place", []).append(
            _position(place)
        )
    for rows, kind in (
        (scenario.get("posts", ()), "post"),
        (scenario.get("sectors", ()), "sector"),
        (_centres(scenario), "centre"),
    ):
        for row in rows:
            groups.setdefault(kind, []).append(_position(row))
    for kind, points in groups.items():
        marker, size, colour, _ = MARKS[kind]
        xs, ys = zip(*points, strict=True)
        ax.plot(
            xs,
            ys,
            linestyle="",
            marker=marker,
            markersize=size,
            color=colour,
            markeredgecolor="white",
            markeredgewidth=0.6,
            zorder=4 if kind in ("place", "entry", "exit") else 3.6,
        )
    return [k for k in MARKS if k in groups]


def _mark_handles(kinds: Sequence[str]) -> list[Line2D]:
    """Return the entries of a key for kinds of mark."""
    return [
        Line2D([], [], linestyle="", marker=marker, markersize=size, color=colour,
               markeredgecolor="white", label=text)
        for marker, size, colour, text in (MARKS[kind] for kind in kinds)
    ]  # fmt: skip


def _key(ax: Axes, widths: Sequence[tuple[float, float]], kinds: Sequence[str]) -> None:
    handles = [
        Line2D([], [], color=_FLOW, alpha=0.62, linewidth=w, label=f"{number(p)} persons")
        for p, w in widths
    ]
    handles.append(
        Line2D([], [], color=_UNUSED, linewidth=0.8, linestyle=(0, (1, 2)), label="leg nobody took")
    )
    handles += _mark_handles(kinds)
    ax.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.01),
        ncols=4,
        frameon=False,
        fontsize=8,
        labelcolor=INK,
        handlelength=2.2,
        columnspacing=1.4,
    )


def _names(
    ax: Axes,
    scenario: Mapping[str, Any],
    places: Mapping[str, tuple[float, float]],
    outlines: Mapping[str, Any] | None,
) -> None:
    placer = LabelPlacer(ax)
    rows = list(scenario.get("places", ()))
    for row in [*rows, *_sited(scenario)]:
        placer.mark(*_position(row), 3.2)
    order = {"exit": 0, "entry": 1, "hub": 2}
    for code, text, point in _country_labels(ax, scenario, places, outlines):
        size = 9.0 if outlines else 8.5
        placer.place(
            *point,
            text,
            size,
            centred=True,
            reach=90.0,
            color=MUTED,
            fontstyle="italic",
            gid=f"country-{code}",
            bbox=_GROUND,
        )
    for row in sorted(rows, key=lambda r: (order.get(str(r["kind"]), 3), str(r["id"]))):
        text = str(row.get("name") or row["id"])
        placer.place(*_position(row), text, 7.0, color=INK, reach=60.0, bbox=_GROUND)
    if placer.left_out:
        ax.text(
            0.0,
            1.01,
            f"Not named for want of room: {', '.join(placer.left_out)}",
            transform=ax.transAxes,
            fontsize=7,
            color=MUTED,
            va="bottom",
        )


def _country_labels(
    ax: Axes,
    scenario: Mapping[str, Any],
    places: Mapping[str, tuple[float, float]],
    outlines: Mapping[str, Any] | None,
) -> list[tuple[str, str, tuple[float, float]]]:
    labels = []
    shapes = {f["properties"].get("code"): f for f in (outlines or {}).get("features", ())}
    west, east = ax.get_xlim()
    south, north = ax.get_ylim()
    for country in scenario.get("countries", ()):
        code = str(country["id"])
        point = None
        if code in shapes:
            biggest = max(_rings(shapes[code]), key=lambda r: float(np.ptp(r[0], axis=0).prod()))[0]
            seen = np.clip(biggest, (west, south), (east, north))
            point = _middle(seen)
        else:
            own = [places[str(p["id"])] for p in scenario["places"] if p["country"] == code]
            if own:
                point = (float(np.mean([p[0] for p in own])), float(np.mean([p[1] for p in own])))
        if point is not None:
            labels.append((code, str(country.get("label") or country["name"]), point))
    return labels


def _middle(ring: np.ndarray) -> tuple[float, float]:
    """Return a point well inside a ring: the middle of its widest span near mid-height."""
    best, point = -1.0, (float(ring[:, 0].mean()), float(ring[:, 1].mean()))
    low, high = float(ring[:, 1].min()), float(ring[:, 1].max())
    a, b = ring, np.roll(ring, -1, axis=0)
    for f in (0.5, 0.42, 0.58, 0.35, 0.65):
        y = low + f * (high - low)
        cut = (a[:, 1] <= y) != (b[:, 1] <= y)
        p, q = a[cut], b[cut]
        xs = np.sort(p[:, 0] + (y - p[:, 1]) / (q[:, 1] - p[:, 1]) * (q[:, 0] - p[:, 0]))
        for left, right in zip(xs[::2], xs[1::2], strict=False):
            if right - left > best * 1.05:
                best, point = float(right - left), (float((left + right) / 2), y)
    return point
