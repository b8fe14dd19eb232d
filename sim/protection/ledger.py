"""The protection ledger: what a run does to people, by month and country (MODEL 14)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.errors import ModelError
from sim.notes import Notes
from sim.randomness import F64
from sim.records.dictionary import LEDGER_ITEMS
from sim.records.months import month_labels
from sim.records.recorder import Recorder

#: Items that screening fills.
SCREENING_ITEMS = (
    "persons_screened", "interviews", "asylum_wishes", "claims_made", "claims_registered",
    "victims_present", "victims_identified", "victims_missed", "false_identifications",
    "children_screened", "children_unaccompanied_stopped", "children_referred",
)  # fmt: skip
_POSITION = {
    item: i
    for i, item in enumerate(
        [*SCREENING_ITEMS, *(item for item in LEDGER_ITEMS if item not in SCREENING_ITEMS)]
    )
}


class Ledger:
    """Counts by item, month and country; items nobody measures stay "not recorded".

    Attributes:
        countries: Country codes, position = country index.
        months: Labels ``YYYY-MM`` of the run's months.
        counts: By item, those of screening first, month and country; who counts by the row adds
            here.
    """

    def __init__(self, countries: Sequence[str], clock: Clock, recorder: Recorder) -> None:
        self.countries = tuple(countries)
        self.months = month_labels(clock)
        self._recorder = recorder
        shape = (len(self.months), len(self.countries))
        self.counts = np.zeros((len(_POSITION), *shape))
        self._counts = {item: self.counts[i] for item, i in _POSITION.items()}
        self._measured = {item: np.zeros(shape, np.bool_) for item in LEDGER_ITEMS}
        #: Country and amount of what is still to be counted, all of one month.
        self._noted = {item: Notes() for item in LEDGER_ITEMS}
        self._month = 0

    def positions(self, items: Sequence[str]) -> NDArray[np.intp]:
        """Return where items stand in ``counts``."""
        return np.array([_POSITION[item] for item in items], np.intp)

    def measure(self, items: Iterable[str], countries: NDArray[Any] | None = None) -> None:
        """Declare that items are counted all through the run, so that no event means 0.

        Args:
            items: Names of ``LEDGER_ITEMS``.
            countries: Indices or a mask of the countries; all if None.

        Raises:
            ModelError: An item is not in the dictionary.
        """
        for item in items:
            if item not in self._measured:
                raise ModelError(f"the ledger has no item {item!r}; see LEDGER_ITEMS")
            self._measured[item][:, slice(None) if countries is None else countries] = True

    def add(
        self,
        item: str,
        country: NDArray[np.intp] | int,
        amount: NDArray[Any] | float,
        month: NDArray[Any] | int,
    ) -> None:
        """Add amounts to an item that is measured; arrays given are not changed any more.

        Args:
            item: Name of the item.
            country: Country index, shape (m,) or one for all.
            amount: Persons (or the item's unit), shape (m,).
            month: Months since the start month, shape (m,) or one for all.

        Raises:
            KeyError: The item is not in the dictionary.
        """
        if type(country) is type(amount) is np.ndarray and type(month) is int:
            if month != self._month:
                self.count()
                self._month = month
            self._noted[item].add(country, amount)
        else:
            cell = country + month * len(self.countries)
            np.add.at(self._counts[item].reshape(-1), cell, amount)

    def add_nights(self, country: NDArray[np.intp], nights: F64, month: int) -> None:
        """Add one night's persons without a place by node; NaN nodes are not recorded.

        A country is measured in the months in which it has a node whose beds are recorded, so
        that beds which a measure sets up count from its first month on.

        Args:
            country: Country index of each node, shape (places,).
            nights: From ``ReceptionPlaces.nights_without``, shape (places,).
            month: Months since the start month.
        """
        known = np.isfinite(nights).nonzero()[0]
        if known.size:
            country = country[known]
            self._measured["nights_without_place"][month, country] = True
            self.add("nights_without_place", country, nights[known], month)

    def count(self) -> None:
        """Enter what has been noted; once a week keeps the notes short."""
        for item, notes in self._noted.items():
            noted = notes.take()
            if noted is not None:
                country, amount = noted
                # Adding up goes ten times as fast where nothing is to be widened.
                np.add.at(self._counts[item][self._month], country, amount.astype(np.float64))

    def total(self, item: str) -> float:
        """Return an item's total so far over the countries that measure it (NaN if none does)."""
        self.count()
        measured = self._measured[item]
        return float(self._counts[item][measured].sum()) if measured.any() else float("nan")

    def write(self) -> None:
        """Add every month, country and item to the ``ledger`` table.

        Raises:
            ModelError: Something was added to an item and country that nobody measures.
        """
        self.count()
        items = list(LEDGER_ITEMS)
        for item in items:
            if self._counts[item][~self._measured[item]].any():
                raise ModelError(f"the ledger counted {item} where it is not measured")
        shape = (len(self.months), len(self.countries), len(items))
        values = np.stack(
            [np.where(self._measured[i], self._counts[i], np.nan) for i in items], axis=2
        )
        month, country, item = (a.ravel() for a in np.indices(shape))
        self._recorder.add(
            "ledger",
            month=np.array(self.months, dtype=object)[month],
            country=np.array(self.countries, dtype=object)[country],
            item=np.array(items, dtype=object)[item],
            value=values.ravel(),
        )
