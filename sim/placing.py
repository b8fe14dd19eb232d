"""The institutions of a world, placed on Mesa's network over the route graph."""

from __future__ import annotations

from sim.agents import Network, mesa
from sim.institutions import (
    BorderPost,
    CooperationCentre,
    CriminalPolice,
    NationalPolice,
    Operation,
    PatrolSector,
    ReadmissionPair,
    SmugglingNetwork,
)
from sim.world import World


def place_institutions(model: mesa.Model, world: World) -> Network:
    """Make the institutions as agents of ``model``; return the network they stand on."""
    space = Network(world.graph.network, random=model.random)
    tail_of = {leg.sector: leg.tail for leg in world.legs.specs if leg.sector}
    tail_of_post = {leg.post: leg.tail for leg in world.legs.specs if leg.post}
    anywhere = world.graph.places[0]
    for i, name in enumerate(world.sectors.ids):
        PatrolSector(model, f"sector:{name}", space, tail_of.get(name, anywhere),
                     world.sectors, i)  # fmt: skip
    if world.posts is not None:
        for i, name in enumerate(world.posts.ids):
            BorderPost(model, f"post:{name}", space, tail_of_post.get(name, anywhere),
                       world.posts, i)  # fmt: skip
    for i, n in enumerate(world.networks.ids):
        SmugglingNetwork(model, f"network:{n}", world.networks, i)
    for order in world.operations.orders:
        Operation(model, f"operation:{order}", world.operations, order)
    for country in sorted({s.country for s in world.stations}):
        NationalPolice(model, f"police:{country.lower()}", world.rosters, country)
    if world.investigations is not None:
        CriminalPolice(model, "criminal_police:cases", world.investigations)
    if world.readmission is not None:
        for pair in sorted({(t.requesting, t.requested) for t in world.scenario.readmission}):
            name = f"readmission:{'-'.join(pair)}"
            ReadmissionPair(model, name, world.readmission, pair)
    for centre in world.scenario.centres:
        place = _nearest(world, centre.lat.value, centre.lon.value)
        desks = [i for i, d in enumerate(world.scenario.desks) if d.centre == centre.id]
        CooperationCentre(model, f"centre:{centre.id}", space, place, world.offices, desks)
    return space


def _nearest(world: World, lat: float, lon: float) -> str:
    """Return the id of the place nearest to a point, degrees taken as they are."""

    def distance(i: int) -> float:
        place = world.places[i]
        return (place.lat.value - lat) ** 2 + (place.lon.value - lon) ** 2

    return world.graph.places[min(range(len(world.places)), key=distance)]
