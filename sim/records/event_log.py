"""The table of events, in the order in which they happen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.records.columns import Later, Named, numbered
from sim.records.recorder import Recorder

F64 = NDArray[np.float64]
Index = NDArray[np.intp]


class EventLog:
    """Events as they are told; alerts, which are many, are spelt when they are read.

    Args:
        recorder: Where the table goes.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        #: Hours and requests of alerts told since anything else was, and a text for each time.
        self._hours: list[F64] = []
        self._requests: list[Index] = []
        self._texts: list[str] = []

    def add(
        self,
        hour: float | F64,
        kind: str,
        subject: str | Sequence[str],
        text: str | Sequence[str],
    ) -> None:
        """Record an event, or several of a kind in order."""
        self.write()
        when = np.asarray(hour, np.float64)
        self._recorder.add("events", hour=when, kind=kind, subject=subject, text=text)

    def alert(self, hours: F64, requests: Index, text: str) -> None:
        """Record alerts, each after the answer to a request, shape (n,)."""
        self._hours.append(hours)
        self._requests.append(requests)
        self._texts.append(text)

    def write(self) -> None:
        """Give the recorder what it has not got yet."""
        if not self._texts:
            return
        requests = np.concatenate(self._requests)
        texts, text = numbered(self._texts)
        self._recorder.add(
            "events", hour=np.concatenate(self._hours),
            kind=Named(("alert",), np.zeros(len(requests), np.int8)),
            subject=Later(len(requests), lambda rows: _named(requests[rows])),
            text=Named(texts, text.repeat([len(part) for part in self._requests])),
        )  # fmt: skip
        self._hours, self._requests, self._texts = [], [], []


def _named(requests: Index) -> NDArray[np.object_]:
    """Return the names of requests, as the table of events has them."""
    return np.array([f"request:{request}" for request in requests.tolist()], dtype=object)
