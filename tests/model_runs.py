"""Runs of the model for tests: checked in full, their tables compared, their draws listened to."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from sim.kernels import hashing
from sim.model import BorderModel
from sim.randomness import U64, Draws
from sim.records.tables import TABLES
from sim.scenario.measures import Measure, kinds
from sim.scenario.specs.scenario import Scenario


def measure(kind: str, since: date, until: date | None, **keys: Any) -> Measure:
    """Return a measure of a registered kind."""
    return kinds()[kind].model_validate(
        {"id": kind, "kind": kind, "from": since, "until": until} | keys
    )


def under(scenario: Scenario, *measures: Measure) -> Scenario:
    """Return the scenario with measures added to its plan."""
    return scenario.model_copy(update={"measures": (*scenario.measures, *measures)})


def finished(scenario: Scenario, seed: int | None = None) -> BorderModel:
    """Return the model of a scenario after its run, checked in every window."""
    model = BorderModel(scenario, seed, checks="full")
    model.run()
    return model


def table(model: BorderModel, name: str) -> pd.DataFrame:
    """Return a table of a run, rows in the order in which it is written."""
    frame = pd.DataFrame(model.recorder.columns(name))
    others = [c.name for c in TABLES[name].columns if c.name not in TABLES[name].order]
    return frame.sort_values([*TABLES[name].order, *others], ignore_index=True)


def differing(one: BorderModel, two: BorderModel, ignore: Collection[str] = ()) -> list[str]:
    """Return the names of the tables in which two runs differ by anything at all."""
    names = set(one.recorder.tables()) | set(two.recorder.tables())
    return [n for n in sorted(names - set(ignore)) if not table(one, n).equals(table(two, n))]


class Heard:
    """Every draw made by the hash of (event base, salt), in no order.

    Attributes:
        base: Event base of each draw, uint64.
        salt: Salt of each draw, uint64.
        bits: What was drawn, uint64.
        streams: Named streams asked of institutions (``Draws.scalar`` and ``Draws.keyed``).
    """

    def __init__(self) -> None:
        self._parts: list[tuple[U64, U64, U64]] = []
        self._single: list[tuple[int, int, int]] = []
        self.streams: set[str] = set()

    def note(self, base: U64, salt: U64, bits: U64) -> None:
        parts = np.broadcast_arrays(base, salt, bits)
        self._parts.append((parts[0].ravel(), parts[1].ravel(), parts[2].ravel()))

    def note_one(self, base: np.uint64, salt: np.uint64, bits: np.uint64) -> None:
        self._single.append((int(base), int(salt), int(bits)))

    def _column(self, number: int) -> U64:
        single = np.array([draw[number] for draw in self._single], np.uint64)
        return np.concatenate([*(part[number] for part in self._parts), single])

    @property
    def base(self) -> U64:
        return self._column(0)

    @property
    def salt(self) -> U64:
        return self._column(1)

    @property
    def bits(self) -> U64:
        return self._column(2)

    def of(self, bases: U64) -> set[tuple[int, int, int]]:
        """Return the draws (base, salt, bits) of some events."""
        mine = np.isin(self.base, bases)
        columns = (self.base[mine], self.salt[mine], self.bits[mine])
        return set(zip(*(c.tolist() for c in columns), strict=True))


def _run_plainly(patch: pytest.MonkeyPatch) -> None:
    """Let kernels run as the Python they are, so that what they call can be replaced."""
    for name, module in list(sys.modules.items()):
        if name.startswith("sim.") and module is not None:
            for attribute, kernel in list(vars(module).items()):
                if hasattr(kernel, "py_func"):
                    patch.setattr(module, attribute, kernel.py_func)


@contextmanager
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """Hear every draw of the models run inside, those of kernels as far as they call ``drawn``."""
    heard = Heard()
    mixed = hashing.mixed
    bits, keyed, scalar = Draws.bits, Draws.keyed, Draws.scalar

    def spied_bits(self: Draws, base: U64, salt_: int | U64) -> U64:
        drawn = bits(self, base, salt_)
        heard.note(base, np.asarray(salt_, dtype=np.uint64), drawn)
        return drawn

    def spied_keyed(self: Draws, stream: str, *fields: Any) -> NDArray[np.float64]:
        heard.streams.add(stream)
        return keyed(self, stream, *fields)

    def spied_scalar(self: Draws, stream: str, *fields: int | str) -> float:
        heard.streams.add(stream)
        return scalar(self, stream, *fields)

    def spied_drawn(base: np.uint64, salt: np.uint64) -> np.uint64:
        bits_ = mixed(base ^ salt)
        heard.note_one(base, salt, bits_)
        return bits_

    with monkeypatch.context() as patch, np.errstate(over="ignore"):
        _run_plainly(patch)
        for name, module in list(sys.modules.items()):
            if name.startswith("sim.kernels.") and hasattr(module, "drawn"):
                patch.setattr(module, "drawn", spied_drawn)
        patch.setattr(Draws, "bits", spied_bits)
        patch.setattr(Draws, "keyed", spied_keyed)
        patch.setattr(Draws, "scalar", spied_scalar)
        yield heard
