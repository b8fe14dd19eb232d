"""Screenlines: persons crossing a line of borders outward for the first time (MODEL 16)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.errors import ModelError
from sim.kernels import crossings
from sim.records.months import month_labels
from sim.records.recorder import Recorder
from sim.records.rooms import Rooms
from sim.scenario.specs.geography import Leg, Screenline

#: Bits of the party column that remembers which lines were crossed.
MOST_LINES = 8


class ScreenlineCounter:
    """Counts first outward crossings by screenline, label and month.

    Attributes:
        labels: Labels of each screenline, in drawing order.
        before_reading: Called before a count is read; sees to crossings still to be counted.
    """

    def __init__(
        self,
        screenlines: Sequence[Screenline],
        legs: Sequence[Leg],
        country_of: Mapping[str, str],
        clock: Clock,
    ) -> None:
        """Find the legs that leave each line; ``legs`` come in the order of leg indices.

        Args:
            screenlines: At most 8 lines.
            legs: All legs.
            country_of: Country code of each place id.
            clock: The run's clock.

        Raises:
            ModelError: More than 8 lines, or a leg leaves a line by a border without a label.
        """
        if len(screenlines) > MOST_LINES:
            raise ModelError(f"{len(screenlines)} screenlines; a scenario may have {MOST_LINES}")
        self._ids = tuple(s.id for s in screenlines)
        self.labels = tuple(tuple(dict.fromkeys(s.labels.values())) for s in screenlines)
        self._label = np.full((len(screenlines), len(legs)), -1, np.intp)
        for line, spec in enumerate(screenlines):
            for i, leg in enumerate(legs):
                name = _label_of(spec, leg, country_of)
                if name is not None:
                    self._label[line, i] = self.labels[line].index(name)
        self._leaves: NDArray[np.bool_] = np.asarray((self._label >= 0).any(axis=0))
        self._month = clock.calendar().month.astype(np.intp)
        self._months = month_labels(clock)
        self.before_reading: Callable[[], None] = lambda: None
        self._rooms = Rooms(np.intp, np.uint8)
        # Axes: month, label, stock (0 arrivals, 1 start stocks); all lines in one stretch.
        shapes = [(len(self._months), len(names), 2) for names in self.labels]
        ends = np.cumsum([0, *map(math.prod, shapes)])
        self._flat = np.zeros(ends[-1], np.int64)
        self._begin = ends[:-1].astype(np.intp)
        self._labels = np.array([len(names) for names in self.labels], np.intp)
        self._counts = [self._flat[begin : begin + math.prod(shape)].reshape(shape)
                        for begin, shape in zip(self._begin, shapes, strict=True)]  # fmt: skip

    def count(
        self,
        rows: NDArray[np.intp],
        leg: NDArray[np.intp],
        hour: NDArray[Any],
        persons: NDArray[Any],
        stock: NDArray[np.bool_],
        lines: NDArray[np.uint8],
    ) -> NDArray[np.uint8]:
        """Count border crossings that are first ones, and return the new bits.

        Args:
            rows: Party rows, shape (m,); a party may stand here several times, sorted in time.
            leg: Leg index of each crossing.
            hour: Hour of each crossing.
            persons: Persons in the party at each crossing.
            stock: Whether a party was present at the start, a column by row.
            lines: Bits of the lines a party has crossed, a column by row; brought up to date.

        Returns:
            Bits newly crossed, shape (m,); set on the crossing that counted. They are good until
            the next call.
        """
        leaving, bits = self._rooms.rooms(len(rows) + 1)
        bits = bits[: len(rows)]
        if self._ids:
            crossings.count_at_screenlines(
                rows, leg.astype(np.intp, copy=False), hour.astype(np.int32, copy=False),
                persons.astype(np.uint8, copy=False), stock, lines, self._label, self._leaves,
                self._month, self._begin, self._labels, self._flat,
                leaving, bits,
            )  # fmt: skip
        else:
            bits.fill(0)
        return bits

    def total(self, line: int) -> NDArray[np.int64]:
        """Return persons so far by label, arrivals and stocks apart, shape (labels, 2)."""
        self.before_reading()
        return np.asarray(self._counts[line].sum(axis=0))

    def write(self, recorder: Recorder) -> None:
        """Add every month, line and label to the ``screenlines`` table."""
        self.before_reading()
        months = np.array(self._months, dtype=object)
        for line, names in zip(self._ids, self.labels, strict=True):
            counts = self._counts[self._ids.index(line)]
            month, label = (a.ravel() for a in np.indices(counts.shape[:2]))
            recorder.add(
                "screenlines",
                month=months[month],
                screenline=line,
                label=np.array(names, dtype=object)[label],
                persons=counts[..., 0].ravel(),
                stock_persons=counts[..., 1].ravel(),
            )


def _label_of(line: Screenline, leg: Leg, country_of: Mapping[str, str]) -> str | None:
    """Return the label a leg is counted under, None if it does not leave the line."""
    tail, head = country_of[leg.tail], country_of[leg.head]
    if tail not in line.inside or head in line.inside:
        return None
    border = leg.border or "-".join(sorted((tail, head)))
    label = line.labels.get(border, line.labels.get("other"))
    if label is None:
        raise ModelError(
            f"leg {leg.id!r} leaves screenline {line.id!r} by {border}, which has no label; "
            f"add {border} or `other` to its labels"
        )
    return label
