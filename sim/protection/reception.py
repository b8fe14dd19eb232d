"""Reception: places, who gets one, and nights without one (MODEL 14)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import ModelError
from sim.kernels import serving
from sim.randomness import F64, U64, salt
from sim.scenario.specs.geography import Place


class ReceptionPlaces:
    """Beds by node, and the persons in them.

    Attributes:
        capacity: Beds, int64, shape (places,); 0 where not recorded.
        recorded: Whether the scenario states the number of beds, bool, shape (places,).
        occupied: Persons admitted and not yet left, int64, shape (places,).
        priority: Salt of the draw by whose order beds are given.
    """

    priority = salt("reception", "priority")

    def __init__(self, places: Sequence[Place]) -> None:
        """Read the beds; ``places`` come in the order of node indices."""
        stated = [p.reception_places for p in places]
        self.capacity = np.array([int(q.value) if q else 0 for q in stated], np.int64)
        self.recorded = np.array([q is not None for q in stated], np.bool_)
        self.occupied = np.zeros(len(stated), np.int64)

    def set_capacity(self, node: int, places: float | None) -> None:
        """Set the beds of a node, None = not recorded; nobody is put out when beds are taken away.

        Raises:
            ModelError: The number is negative or not finite.
        """
        if places is not None and not 0 <= places < np.inf:
            raise ModelError(f"{places} reception places: use a finite number, at least 0")
        self.capacity[node] = int(places or 0)
        self.recorded[node] = places is not None

    def beds(self, node: int) -> float | None:
        """Return the beds of a node in force, None where not recorded."""
        return float(self.capacity[node]) if self.recorded[node] else None

    def admit(
        self, node: NDArray[np.intp], persons: NDArray[Any], priority: U64
    ) -> NDArray[np.bool_]:
        """Return which parties get beds, each whole or not at all, and take those beds.

        Where beds are short, parties are served in the order of a keyed draw, and one that
        does not fit leaves its beds to the next that does; the order of the input never matters.

        Args:
            node: Node index of each party, shape (m,).
            persons: Persons in the party, shape (m,).
            priority: ``Draws.bits(event base, ReceptionPlaces.priority)``, shape (m,).
        """
        admitted = np.empty(node.size, np.bool_)
        serving.admit(node, persons, priority, self.capacity, self.occupied, admitted)
        return admitted

    def house(
        self, records: NDArray[Any], persons: NDArray[np.uint8], rows: NDArray[np.intp]
    ) -> NDArray[np.intp]:
        """Take in parties in a procedure (a child referred, a victim), and return their nodes.

        Their care is owed whatever the beds; a node may so stand above its capacity.

        Args:
            records: Records of the crowd.
            persons: Persons in each party of the crowd.
            rows: Rows of the parties, shape (m,).
        """
        node = np.empty(rows.size, np.intp)
        serving.house(records, persons, rows, self.occupied, node)
        return node

    def leave(self, node: NDArray[np.intp], persons: NDArray[Any]) -> None:
        """Give back the beds of persons who leave.

        Raises:
            ModelError: More persons leave a node than were admitted there.
        """
        where = serving.leave(node, persons, self.occupied)
        if where >= 0:
            raise ModelError(
                f"reception at node {where}: {-self.occupied[where]} persons left who were "
                "never admitted"
            )

    def nights_without(self, waiting: NDArray[Any]) -> F64:
        """Return the persons at each node who spend this night without a place.

        Args:
            waiting: Persons waiting at each node who were not admitted, shape (places,).

        Returns:
            Those beyond the free beds, shape (places,); NaN where beds are not recorded.
        """
        free = np.maximum(self.capacity - self.occupied, 0)
        return np.where(self.recorded, np.maximum(waiting - free, 0.0), np.nan)
