"""Institutions as Mesa agents on the route graph: who stands where, and what they report.

An institution is called once a day and once a week and reports its series; a new kind needs a
class with any of ``daily``, ``weekly`` and ``series``. Constructing one with the model, before or
during the run, is all it takes to take part in the tick and in the ``institutions`` table;
``model.world.space`` is the network to stand on. It is handed what it works on, so it runs alone
in a test.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.agents import CellAgent, Network, mesa
from sim.control.posts import Posts
from sim.control.rosters import Rosters
from sim.control.sectors import Sectors
from sim.cooperation.investigations import Investigations
from sim.cooperation.joint_operations import JointOperations
from sim.cooperation.offices import Offices
from sim.cooperation.readmission import Readmission
from sim.smuggling.networks import Networks


class Institution(CellAgent):  # type: ignore[misc]  # mesa has no types
    """Something that stands at a node of the route graph and acts by the day or week.

    Args:
        model: The Mesa model it belongs to.
        name: ``type:id``, unique.
        space: Mesa's network over the route graph.
        node: Place id where it stands; None stands nowhere in particular.
    """

    def __init__(
        self, model: mesa.Model, name: str, space: Network | None = None, node: str | None = None
    ) -> None:
        super().__init__(model)
        # Mesa counts ids in a table of all models, which would keep every model of a process.
        getattr(mesa.Agent, "_ids", {}).pop(model, None)
        self.unique_id = len(model.agents)
        self.name = name
        if space is not None and node is not None:
            self.cell = space[node]

    def daily(self, hour: int) -> None:
        """Act at the start of a simulated day."""

    def weekly(self, hour: int) -> None:
        """Act at the end of a simulated week."""

    def series(self) -> dict[str, float]:
        """Return what it reports each week, by name of the series."""
        return {}


class BorderPost(Institution):
    """A border crossing point: its queue and its officers."""

    def __init__(
        self, model: mesa.Model, name: str, space: Network, node: str, posts: Posts, index: int
    ) -> None:
        super().__init__(model, name, space, node)
        self._posts = posts
        self.index = index

    def series(self) -> dict[str, float]:
        """Return the queue and the officers on duty now."""
        return self._posts.state_of(self.index)


class PatrolSector(Institution):
    """A stretch of green border and its patrol units."""

    def __init__(
        self, model: mesa.Model, name: str, space: Network, node: str, sectors: Sectors, index: int
    ) -> None:
        super().__init__(model, name, space, node)
        self._sectors = sectors
        self.index = index

    def series(self) -> dict[str, float]:
        """Return units on patrol and busy now."""
        return self._sectors.state_of(self.index)


class SmugglingNetwork(Institution):
    """A network that learns: moves its capacity and prices once a week."""

    def __init__(self, model: mesa.Model, name: str, networks: Networks, index: int) -> None:
        super().__init__(model, name)
        self._networks = networks
        self.index = index

    def series(self) -> dict[str, float]:
        """Return capacity and cash now."""
        return self._networks.state_of(self.index)


class NationalPolice(Institution):
    """A country's services: proves each day that no officer was made or lost."""

    def __init__(self, model: mesa.Model, name: str, rosters: Rosters, country: str) -> None:
        super().__init__(model, name)
        self._rosters = rosters
        self.country = country

    def daily(self, hour: int) -> None:
        """Prove the books of the country's officers."""
        self._rosters.verify(self.country)

    def series(self) -> dict[str, float]:
        """Return officers on the books by service."""
        return {
            service: officers
            for (_, service), officers in self._rosters.books(self.country).items()
        }


class CooperationCentre(Institution):
    """A cooperation centre or national contact point: its desks, and what lies on them."""

    def __init__(
        self,
        model: mesa.Model,
        name: str,
        space: Network,
        node: str,
        offices: Offices | None,
        desks: Sequence[int],
    ) -> None:
        """Place it; ``desks`` are the indices of its desks, ``offices`` None with centres off."""
        super().__init__(model, name, space, node)
        self._offices = offices
        self._desks = tuple(desks)

    def series(self) -> dict[str, float]:
        """Return officers on duty, at work, and requests waiting, now; nothing without desks."""
        if self._offices is None or not self._desks:
            return {}
        return self._offices.state_of(self._desks)


class ReadmissionPair(Institution):
    """Two states, one of which asks the other to take back those it stopped."""

    def __init__(
        self, model: mesa.Model, name: str, readmission: Readmission, pair: tuple[str, str]
    ) -> None:
        super().__init__(model, name)
        self._readmission = readmission
        self.pair = pair

    def series(self) -> dict[str, float]:
        """Return the cases open now, and those opened and handed over so far."""
        return self._readmission.state_of(self.pair)


class Operation(Institution):
    """A joint operation: whether it is under way, and what it has found."""

    def __init__(
        self, model: mesa.Model, name: str, operations: JointOperations, order: str
    ) -> None:
        super().__init__(model, name)
        self._operations = operations
        self._order = order
        self._hour = 0

    def weekly(self, hour: int) -> None:
        """Note the hour, at the end of a week."""
        self._hour = hour

    def series(self) -> dict[str, float]:
        """Return 1 while a round is under way, and all that was found so far."""
        return {
            "under_way": float(self._operations.under_way(self._order, self._hour - 1)),
            "found": self._operations.found(self._order),
        }


class CriminalPolice(Institution):
    """Those who investigate the smuggling networks; a case a series."""

    def __init__(self, model: mesa.Model, name: str, investigations: Investigations) -> None:
        super().__init__(model, name)
        self._cases = investigations
        self._week = 0

    def daily(self, hour: int) -> None:
        """Weigh the evidence of the day that ends, and make arrests."""
        self._cases.daily(hour)

    def weekly(self, hour: int) -> None:
        """Write what stands in the files."""
        self._cases.write_week(self._week, hour)
        self._week += 1

    def series(self) -> dict[str, float]:
        """Return investigators, evidence and arrests of each case."""
        return {
            f"{case}.{name}": value
            for i, case in enumerate(self._cases.ids)
            for name, value in self._cases.state_of(i).items()
        }


def overridden(kind: type[Institution], method: str) -> bool:
    """Return whether a kind of institution acts at all on this call."""
    mine: Any = getattr(kind, method)
    return mine is not getattr(Institution, method)
