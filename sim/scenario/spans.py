"""Civil-time spans such as ``18:00-06:00``: opening hours and shifts."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import ModelError

_SPAN = re.compile(r"^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of every civil day, in minutes after midnight; may cross midnight.

    Attributes:
        begin: First minute, 0-1439.
        minutes: Length in minutes, 1-1440.
    """

    begin: int
    minutes: int

    @classmethod
    def parse(cls, text: str, where: str) -> Span:
        """Return the span written as ``HH:MM-HH:MM``; equal ends are a whole day.

        Raises:
            ModelError: It is not such a span; names ``where`` it stands.
        """
        match = _SPAN.match(text)
        if match:
            h1, m1, h2, m2 = (int(x) for x in match.groups())
            begin, end = 60 * h1 + m1, 60 * h2 + m2
            if m1 < 60 and m2 < 60 and begin < 1440 and end <= 1440:
                return cls(begin, (end - begin - 1) % 1440 + 1)
        raise ModelError(f"{where}: {text!r} is not a span; write HH:MM-HH:MM, e.g. 18:00-06:00")

    @property
    def hours(self) -> float:
        """Return the length in hours of an ordinary day."""
        return self.minutes / 60.0

    def shares(self) -> NDArray[np.float64]:
        """Return the share of each hour of day that lies in the span, shape (24,)."""
        minute = np.zeros(1440)
        minute[(self.begin + np.arange(self.minutes)) % 1440] = 1.0
        return np.asarray(minute.reshape(24, 60).mean(axis=1))

    def whole_hours(self, where: str) -> tuple[int, int]:
        """Return first hour and length in hours of a span that begins and ends on the hour.

        Raises:
            ModelError: It does not; officers change on the tick of the clock, a whole hour.
        """
        if self.begin % 60 or self.minutes % 60:
            raise ModelError(f"{where}: shifts begin and end on the hour, as the clock ticks")
        return self.begin // 60, self.minutes // 60
