"""A local pack cut out of a region: its countries, and what crosses the cut in a recorded run.

Who enters at the cut is taken from the run; what an exit there is worth is what the run's
travellers expected beyond it when it began. Everything else is restricted to what is left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.experiments.cut import Cut
from sim.experiments.trace import made_again
from sim.movement.choice import FAILURE_BANDS, FUNDS_BANDS
from sim.movement.crowd import HELD, MOVING, QUEUED, RECEPTION, STATES, WAITING
from sim.records.run_reader import RunFolder
from sim.scenario.finding import shipped_folder
from sim.scenario.measures import Measure
from sim.scenario.quantities import Quantity
from sim.scenario.specs.agreements import Agreement
from sim.scenario.specs.fitted import FittedSet
from sim.scenario.specs.geography import Leg, Place, Route, Screenline
from sim.scenario.specs.networks import SmugglingNetwork
from sim.scenario.specs.people import Profile
from sim.scenario.specs.scenario import Scenario

F64 = NDArray[np.float64]

#: States of those who may hear of a route (as ``World.learn_daily`` counts them).
ON_THE_WAY = (MOVING, WAITING, QUEUED, HELD, RECEPTION)


@dataclass(frozen=True)
class LocalPack:
    """What was cut.

    Attributes:
        scenario: The local scenario.
        entries: Entries at the cut, and the persons who enter there in the whole run.
        exits: Exits at the cut.
    """

    scenario: Scenario
    entries: Mapping[str, int]
    exits: tuple[str, ...]


def cut_out(run: RunFolder, name: str, only: Collection[str]) -> LocalPack:
    """Return the pack of some countries of a recorded run.

    Args:
        run: The run; of an ensemble, its replicate 0.
        name: Id of the new scenario.
        only: Country codes.

    Raises:
        CrossborderError: No leg crosses the cut, or nobody enters.
    """
    return _Pack(Cut(run, frozenset(only)), name).pack()


class _Pack:
    """The rows of the local scenario."""

    def __init__(self, cut: Cut, name: str) -> None:
        self.cut, self.name = cut, name

    # Places, legs and what an exit is worth -------------------------------------------------

    @cached_property
    def _values(self) -> tuple[F64, tuple[str, ...]]:
        """Value of being at each place at the run's start by profile, days; and the places."""
        model = made_again(self.cut.run)
        model.step()
        by_class = model.world.choice.values
        bands = FUNDS_BANDS * FAILURE_BANDS
        by_profile = by_class.reshape(-1, bands, by_class.shape[1]).mean(axis=1)
        return by_profile, model.world.graph.places

    def _worth(self, place: str) -> F64:
        """Return the value of reaching a place outside, days, shape (profiles,)."""
        values, places = self._values
        return np.round(values[:, places.index(place)], 3)

    def _new_exits(self) -> list[str]:
        return sorted(p for p in self.cut.exits if self.cut.places[p].kind != "exit")

    def _cut_places(self) -> list[Place]:
        """Return the places inside, then exits and entries at the cut."""
        cut = self.cut
        kept = [p for p in cut.whole.places if p.id in cut.inside or self._is_old_exit(p.id)]
        for name in self._new_exits():
            source = f"{cut.derived}: mean over classes of what going on from there is worth at "
            source += "the run's start; " + cut.places[name].source
            value = Quantity(float(np.round(self._worth(name).mean(), 3)), unit="1")
            kept.append(self._outside(name, "exit", value, source))
        for name in cut.entering:
            spec = self._outside(name, "entry", None, cut.places[name].source)
            kept.append(spec.model_copy(update={"id": cut.entry_id(name)}))
        return kept

    def _is_old_exit(self, place: str) -> bool:
        return place in self.cut.exits and self.cut.places[place].kind == "exit"

    def _outside(self, place: str, kind: str, value: Quantity | None, source: str) -> Place:
        if value is not None:
            value = value.with_provenance(source, "estimated")
        here = self.cut.places[place]
        note = f"at the cut: stands for all that lies beyond; {here.kind} in the run"
        return here.model_copy(
            update={"kind": kind, "dwell": Quantity(0.0, unit="h", source=self.cut.derived,
                                                    status="assumed"),
                    "reception_places": None, "exit_value": value, "note": note}
        )  # fmt: skip

    def profiles(self) -> list[Profile]:
        """Return the profiles, what the new exits are worth to each beside their mean."""
        kept = []
        for i, profile in enumerate(self.cut.whole.profiles):
            values = {k: v for k, v in profile.exit_values.items() if k in self.cut.exits}
            for name in self._new_exits():
                worth = self._worth(name)
                values[name] = float(np.round(worth[i] - np.round(worth.mean(), 3), 3))
            kept.append(profile.model_copy(update={"exit_values": values}))
        return kept

    def _cut_legs(self, routes: Collection[str]) -> list[Leg]:
        return [
            leg.model_copy(update={
                "tail": leg.tail if leg.tail in self.cut.inside else self.cut.entry_id(leg.tail),
                "route": leg.route if leg.route in routes else None,
            })
            for leg in self.cut.legs
        ]  # fmt: skip

    def routes(self) -> list[Route]:
        """Return the routes that still have a gate, with successes that can still be seen."""
        kept = []
        for route in self.cut.whole.routes:
            if any(leg.route == route.id for leg in self.cut.legs):
                seen = self._successes(route)
                source = route.source
                if set(seen) != set(route.successes):
                    source = f"{self.cut.derived}: successes seen from here; {source}"
                kept.append(route.model_copy(update={"successes": seen, "source": source}))
        return kept

    def _successes(self, route: Route) -> tuple[str, ...]:
        """Return the legs whose passage makes a route known here.

        Where no success of the route is left these are the legs that enter from a country which
        the successes lead to; failing that, the route's own gates here.
        """
        kept = tuple(leg for leg in route.successes if leg in self.cut.leg_ids)
        if kept:
            return kept
        heads = {leg.id: self.cut.country[leg.head] for leg in self.cut.whole.legs}
        beyond = {heads[leg] for leg in route.successes}
        entering = tuple(leg.id for leg in self.cut.inward if self.cut.country[leg.tail] in beyond)
        return entering or tuple(leg.id for leg in self.cut.legs if leg.route == route.id)

    def parameters(self) -> dict[str, Quantity]:
        """Return the parameters, word of routes spreading here as it did in the whole run.

        Awareness grows with successes per person on the way (``sim.movement.knowledge``). Both
        are other numbers here, and ``kappa`` is scaled so that it grows alike.
        """
        stocks, kept = self.cut.run.table("stocks"), dict(self.cut.whole.parameters)
        routes = self.routes()
        if stocks is None or not routes:
            return kept
        named = {route.id: route for route in self.cut.whole.routes}
        before = sum(self.cut.persons_on(named[route.id].successes) for route in routes)
        after = sum(self.cut.persons_on(route.successes) for route in routes)
        on_the_way = stocks[stocks["state"].isin([STATES[state] for state in ON_THE_WAY])]
        here = on_the_way[on_the_way["country"].isin(sorted(self.cut.only))]["persons"].sum()
        if not (before and after and here):
            return kept
        pool, seen = float(here / on_the_way["persons"].sum()), after / before
        source = (
            f"{self.cut.derived}: x {pool:.3f} / {seen:.3f}, the shares of people on the way and "
            f"of the routes' successes that are left; {kept['kappa'].source}"
        )
        kept["kappa"] = _part(kept["kappa"], pool / seen, source)
        return kept

    def fitted_sets(self, sectors: set[str]) -> list[FittedSet]:
        """Return the accepted sets for the ``sectors`` left, ``kappa`` scaled as the parameter."""
        if not self.cut.whole.fitted_sets:
            return []
        scale = self.parameters()["kappa"].value / self.cut.whole.parameters["kappa"].value
        restricted = []
        for row in self.cut.whole.fitted_sets:
            numbers = dict(row.parameters)
            if "kappa" in numbers:
                numbers["kappa"] = round(numbers["kappa"] * scale, 6)
            shares = {name: v for name, v in row.stopped_share.items() if name in sectors}
            restricted.append(
                row.model_copy(update={"parameters": numbers, "stopped_share": shares})
            )
        return restricted

    # What is restricted ---------------------------------------------------------------------

    def controls(self, name: str) -> list[Any]:
        """Return the sectors or posts on legs that are left, and those of the countries."""
        kind = name.removesuffix("s")
        used = {getattr(leg, kind) for leg in self.cut.legs}
        return [
            row for row in getattr(self.cut.whole, name)
            if row.id in used or (row.country in self.cut.only and kind == "post")
        ]  # fmt: skip

    def networks(self) -> list[SmugglingNetwork]:
        """Return the networks with services left, sized by the capacity they had there."""
        capacity = self.cut.run.table("networks")
        kept = []
        for network in self.cut.whole.networks:
            services = tuple(s for s in network.services if s.leg in self.cut.leg_ids)
            if not services:
                continue
            share, how = len(services) / len(network.services), "of its services"
            mine = None if capacity is None else capacity[capacity["network"] == network.id]
            if mine is not None and mine["capacity"].sum() > 0:
                left = mine[mine["leg"].isin(sorted(self.cut.leg_ids))]["capacity"].sum()
                share, how = float(left / mine["capacity"].sum()), "of its capacity in the run"
            if share <= 0:
                continue
            kept.append(_sized(network, services, share, f"{self.cut.derived}: {share:.3f} {how}"))
        return kept

    def _centres(self, countries: Collection[str], borders: Collection[str]) -> dict[str, Any]:
        """Return the lists of centres, desks and clocks that the countries left still have."""
        s = self.cut.whole
        centres = []
        for row in s.centres:
            here = tuple(b for b in row.borders if b in borders)
            if set(row.countries) <= set(countries) and (here or not row.borders):
                centres.append(row.model_copy(update={"borders": here}))
        kept = {row.id for row in centres}
        clocks = []
        for clock in s.answer_clocks:
            parties = tuple(c for c in clock.parties if c in countries)
            if len(parties) > 1 or not clock.parties:
                clocks.append(clock.model_copy(update={"parties": parties}))
        return {
            "centres": centres,
            "desks": [d for d in s.desks if d.centre in kept],
            "answer_clocks": clocks,
        }

    def screenlines(self) -> list[Screenline]:
        """Return the lines that a leg still leaves, with the labels it needs."""
        countries, country = self.countries(), self.cut.country
        kept = []
        for line in self.cut.whole.screenlines:
            inside = tuple(c for c in line.inside if c in countries)
            leaving = {
                str(leg.border) for leg in self.cut.legs
                if country[leg.tail] in inside and country[leg.head] not in inside
            }  # fmt: skip
            if not leaving:
                continue
            labels = {
                border: label for border, label in line.labels.items()
                if border in leaving or (border == "other" and leaving - line.labels.keys())
            }  # fmt: skip
            adriatic = tuple(border for border in line.adriatic if border in labels)
            kept.append(line.model_copy(
                update={"inside": inside, "labels": labels, "adriatic": adriatic}
            ))  # fmt: skip
        return kept

    def countries(self) -> set[str]:
        """Return the countries that are left, with the neighbours at the cut."""
        found = set(self.cut.only) | {c for border in self.cut.borders for c in border.split("-")}
        for name in ("sectors", "posts"):
            for row in self.controls(name):
                found |= {row.country, *(row.border or row.country).split("-")}
        return found

    def measures(self, rows: Iterable[Measure], kept: Mapping[str, Collection[str]]) -> list[Any]:
        """Return the measures that still have a target; givers that are gone give nobody."""

        def left(target: str) -> bool:
            kind, _, name = target.partition(":")
            return name in kept.get(kind, ())

        restricted = []
        for measure in rows:
            at = tuple(target for target in measure.at if left(target))
            # An agreement without one of its parties is another agreement.
            if not at or (measure.kind == "agreement" and len(at) < len(measure.at)):
                continue
            if measure.when is not None and measure.when.series not in kept["series"]:
                continue
            update: dict[str, Any] = {"at": at}
            givers = getattr(measure, "taken_from", {})
            if givers:
                update["taken_from"] = {c: t for c, t in givers.items() if left(t)}
            restricted.append(measure.model_copy(update=update))
        return restricted

    # The whole ------------------------------------------------------------------------------

    def pack(self) -> LocalPack:
        """Return the local scenario."""
        cut, s = self.cut, self.cut.whole
        sectors, posts = self.controls("sectors"), self.controls("posts")
        controls = [*sectors, *posts]
        lines = {(c.border, c.country) for c in controls}
        countries, routes = self.countries(), self.routes()
        places = self._cut_places()
        rules = [
            rule for rule in s.observation_rules
            if rule.country in cut.only and (rule.border is None or rule.border in cut.borders)
        ]  # fmt: skip
        partly = {r.series for r in s.observation_rules if r not in rules}
        arrivals = cut.arrivals()
        stocks = [row for row in s.stocks if row.place in cut.inside]
        used = {row.mix for row in arrivals} | {row.mix for row in stocks}
        mixes = [mix for mix in s.mixes if mix.id in used]
        mixes += [cut.mix(place) for place in cut.entering]
        screening = [r for r in s.screening if r.country in {c.country for c in controls}]
        tracks = [
            t for t in s.readmission
            if {t.requesting, t.requested} <= countries and t.place in {p.id for p in places}
        ]  # fmt: skip
        networks = self.networks()
        cases = [
            c for c in s.investigations
            if {c.country, *c.joint_team} <= countries and c.network in {n.id for n in networks}
        ]  # fmt: skip
        kept = {
            "investigation": {c.id for c in cases}, "readmission": {t.id for t in tracks},
            "sector": {r.id for r in sectors}, "post": {r.id for r in posts},
            "place": cut.inside, "leg": cut.leg_ids, "border": {str(b) for b, _ in lines},
            "country": {r.country for r in screening},
            "series": {r.series for r in rules} - partly,
            "reserve": {r.id for r in s.reserves if r.country in countries},
        }  # fmt: skip
        centres = self._centres(countries, kept["border"] & cut.borders)
        shifts = {c.shift for c in (*controls, *centres["desks"])}
        kept |= {"centre": {c.id for c in centres["centres"]},
                 "desk": {d.id for d in centres["desks"]}}  # fmt: skip
        lists: dict[str, Any] = {
            "countries": [c for c in s.countries if c.id in countries],
            "places": places, "legs": self._cut_legs({r.id for r in routes}), "routes": routes,
            "screenlines": self.screenlines(), "profiles": self.profiles(), "mixes": mixes,
            "arrivals": arrivals, "stocks": stocks, "sectors": sectors, "posts": posts,
            "aftermath": [r for r in s.aftermath if (r.border, r.country) in lines],
            "screening": screening, "networks": networks,
            "hazards": [h for h in s.hazards if h.id in {leg.hazard for leg in cut.legs}],
            "shift_patterns": [p for p in s.shift_patterns if p.id in shifts],
            "demand_patterns": [
                p for p in s.demand_patterns
                if p.id in {stream.pattern for post in posts for stream in post.streams}
            ],
            **centres,
            "agreements": _left(s.agreements, countries),
            "interpreted_screening": [r for r in s.interpreted_screening if r.country in countries],
            "forged_documents": [r for r in s.forged_documents if r.country in countries],
            "reserves": [r for r in s.reserves if r.country in countries],
            "other_crime": [f for f in s.other_crime
                            if f.post in kept["post"] or f.sector in kept["sector"]],
            "readmission": tracks,
            "investigations": cases,
            "holidays": [h for h in s.holidays if h.country in countries],
            "observation_rules": rules,
            "targets": [t for t in s.targets
                        if t.series in {r.series for r in rules} - partly],
            "fitted_sets": self.fitted_sets(kept["sector"]),
            "ablations": [],
            "history": self.measures(s.history, kept),
            "measures": self.measures(s.measures, kept),
        }  # fmt: skip
        names = ", ".join(sorted(cut.only))
        scenario = s.model_copy(update={
            "scenario": self.name, "plan": "",
            "summary": f"{names}, cut out of {s.scenario}; flows at the cut from a recorded run",
            "map": s.map if (shipped_folder() / s.map).is_file() else "",
            "parameters": self.parameters(),
            **{name: tuple(rows) for name, rows in lists.items()},
        })  # fmt: skip
        entries = {cut.entry_id(p): int(n.sum()) for p, n in cut.entering.items()}
        return LocalPack(scenario, entries, tuple(sorted(cut.exits)))


def _left(agreements: Iterable[Agreement], countries: Collection[str]) -> list[Agreement]:
    """Return the agreements among the countries that are left."""
    rows = []
    for row in agreements:
        parties = tuple(c for c in row.parties if c in countries)
        partners = tuple(c for c in row.partners if c in countries)
        if parties and (partners or (not row.partners and len(parties) > 1)):
            rows.append(row.model_copy(update={"parties": parties, "partners": partners}))
    return rows


def _part(quantity: Quantity, share: float, source: str) -> Quantity:
    """Return a share of a quantity, its range scaled with it."""

    def of(number: float | None) -> float | None:
        return None if number is None else round(number * share, 6)

    value = round(quantity.value * share, 6)
    return replace(quantity, value=value, low=of(quantity.low), high=of(quantity.high),
                   source=source, status="estimated")  # fmt: skip


def _sized(
    network: SmugglingNetwork, services: tuple[Any, ...], share: float, source: str
) -> SmugglingNetwork:
    crews = Quantity(float(max(1, round(network.crews.value * share))), unit="count",
                     source=source, status="estimated")  # fmt: skip
    parts = {n: _part(getattr(network, n), share, source)
             for n in ("capacity", "facilitators", "cash")}  # fmt: skip
    return network.model_copy(update={"services": services, "crews": crews, **parts})
