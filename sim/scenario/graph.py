"""The route graph of a scenario."""

from __future__ import annotations

import networkx as nx

from sim.scenario.specs.scenario import Scenario


def build_graph(scenario: Scenario) -> nx.MultiDiGraph[str]:
    """Return places as nodes (country, lat, lon, kind) and legs as edges keyed by their id.

    Latitude and longitude in degrees; edges carry mode, distance (km), duration (h) and border.
    Legs to or from a place that is not there are left out, so that a faulty scenario can still
    be looked at; ``load`` refuses such a scenario.
    """
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for place in scenario.places:
        graph.add_node(
            place.id,
            country=place.country,
            lat=place.lat.value,
            lon=place.lon.value,
            kind=place.kind,
            name=place.name,
        )
    for leg in scenario.legs:
        if leg.tail in graph and leg.head in graph:
            graph.add_edge(
                leg.tail,
                leg.head,
                key=leg.id,
                mode=leg.mode,
                distance=leg.distance.value,
                duration=leg.duration.value,
                border=leg.border or "",
            )
    return graph
