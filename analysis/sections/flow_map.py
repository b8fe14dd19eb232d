"""The map section."""

from __future__ import annotations

from analysis.drawing import figure_html
from analysis.figures import flow_map as draw
from analysis.figures.flow_map import map_shape
from analysis.figures.style import new_figure
from analysis.outcomes import leg_totals, rows_of
from analysis.page import Section, count, paragraph, table
from analysis.reading import Reading

WIDTH = 9.0


def flow_map(reading: Reading) -> Section:
    """Return the section with the map of legs."""
    title = "Map of movements"
    flows = reading.table("flows")
    if flows is None or not reading.scenario.get("places"):
        return Section("map", title, paragraph("Nobody began a leg in this run."))
    legs = leg_totals(flows)
    below = 1.05
    height = map_shape(reading.scenario, WIDTH - 0.2)
    figure, ax = new_figure(
        WIDTH, height + below + 0.25, left=0.1, right=0.1, below=below, above=0.25
    )
    draw(ax, reading.scenario, legs, reading.outlines)
    names, places = reading.names("leg"), _places(reading)
    rows = [
        [
            names.get(str(r.leg), str(r.leg)),
            places.get(str(r.tail), str(r.tail)),
            places.get(str(r.head), str(r.head)),
            str(r.mode),
            count(float(r.persons)),
        ]
        for r in rows_of(legs)
    ]
    data = table(
        "Persons who began each leg in the whole run (true)",
        ["leg", "from", "to", "mode", "persons"],
        rows,
    )
    of = "" if reading.runs == 1 else " First run of the ensemble."
    words = (
        "Width is the number of persons who began a leg in the whole run, repeated attempts "
        f"included (true); arcs bend to the right of their direction, or follow way points.{of}"
    )
    if reading.outlines is None:
        words += " No outlines of countries belong to this scenario."
    else:
        words += (
            " Outlines are for orientation only and no statement on any boundary. Made with "
            "Natural Earth."
        )
    return Section("map", title, figure_html(figure, "map", "Persons by leg", words, data))


def _places(reading: Reading) -> dict[str, str]:
    """Return ``Place (Country)`` by place id."""
    names, countries = reading.names("place"), reading.names("country")
    return {
        str(p["id"]): f"{names[str(p['id'])]} "
        f"({countries.get(str(p['country']), str(p['country']))})"
        for p in reading.scenario["places"]
    }
