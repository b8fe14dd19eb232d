"""Stories of parties asked for: by key, or of the first one stopped somewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.control.inspection import INTERCEPTED as FOUND_HIDDEN, REFUSED as POST_REFUSED
from sim.control.posts import Met
from sim.control.race import OUTCOMES
from sim.errors import ModelError
from sim.experiments.trace import PartyTrace, Story, listen, made_again
from sim.model import BorderModel
from sim.movement.crowd import Rows
from sim.records.run_reader import RunFolder

U64 = NDArray[np.uint64]
Array = NDArray[Any]


def explain_party(run: RunFolder, key: int) -> Story:
    """Return the story of a party and of those split from it.

    Args:
        run: A recorded run.
        key: Key of the party, as in the table ``journeys``; that of a party split from another
            gives the story of the party both come from.

    Raises:
        ModelError: No party has this key, or this version does not repeat the recorded run.
    """
    model = made_again(run)
    crowd = model.world.crowd
    root = _root(run, key)
    rows = np.flatnonzero(crowd.key[: crowd.planned] == np.uint64(root))
    if not len(rows):
        raise ModelError(
            f"no party of {run.path} has the key {key}; keys stand in the table `journeys`, and "
            f"`crossborder explain {run.path} --example stopped-at:sector:ID` finds a party"
        )
    trace = PartyTrace(model, int(rows[0]))
    while model.now < model.clock.hours and not trace.over:
        model.step()
    story = trace.story()
    _compare(run, story)
    return story


def first_stopped(run: RunFolder, target: str) -> int | None:
    """Return the key of the first party stopped at a sector or post, None if nobody was.

    Args:
        run: A recorded run.
        target: ``sector:ID`` or ``post:ID``.
    """
    model = made_again(run)
    finder = _Finder(model, target)
    while model.now < model.clock.hours and finder.key is None:
        model.step()
    return finder.key


def _root(run: RunFolder, key: int) -> int:
    if "journeys" not in run.tables():
        return key
    found = run.sql(f"SELECT root FROM journeys WHERE key = {key}::UBIGINT")
    return int(found["root"][0]) if len(found) else key


def _compare(run: RunFolder, story: Story) -> None:
    """Hold the story against what was recorded of its parties."""
    if "journeys" not in run.tables():
        return
    keys = ", ".join(f"{key}::UBIGINT" for key in story.ends)
    recorded = run.sql(f"SELECT key, persons, attempts, place, state FROM journeys "
                       f"WHERE key IN ({keys})")  # fmt: skip
    for row in recorded.to_dict("records"):
        told = story.ends[int(row["key"])]
        if any(told[name] != row[name] for name in ("persons", "attempts", "place", "state")):
            raise ModelError(
                f"this version of crossborder does not repeat the run in {run.path} "
                f"(recorded by version {run.manifest['crossborder']}): run the scenario again"
            )


class _Finder:
    """Hears of the first party stopped somewhere."""

    def __init__(self, model: BorderModel, target: str) -> None:
        kind, _, name = target.partition(":")
        self._world = world = model.world
        self.key: int | None = None
        self._touched: Rows = np.empty(0, np.intp)
        listen(world.passage, "resolve", before=self._due)
        if kind == "sector":
            self._index = world.sectors.index[name]
            listen(world.sectors, "meet", self._at_sector)
        else:
            self._index = world.post_index[name]
            if world.posts is not None:
                listen(world.posts, "meet", self._at_post)

    def _due(self, rows: Rows, hour: int, season: float) -> None:
        self._touched = rows

    def _at_sector(
        self, outcome: Array, sector: Array, end: Array, stay: Array, persons: Array, base: U64,
        *_: Any, **__: Any,
    ) -> None:  # fmt: skip
        self._note(base[(sector == self._index) & (outcome >= OUTCOMES.index("aborted"))])

    def _at_post(self, met: Met, rows: Rows, leg: Array, due: Array, base: U64, *_: Any) -> None:
        post = self._world.legs.post[leg]
        stopped = (met.outcome == FOUND_HIDDEN) | (met.outcome == POST_REFUSED)
        self._note(base[(post == self._index) & stopped])

    def _note(self, bases: U64) -> None:
        if not len(bases) or self.key is not None:
            return
        crowd, rows = self._world.crowd, self._touched
        mine = np.isin(self._world.draws.event_base(crowd.key[rows], crowd.moves[rows]), bases)
        if not mine.any():  # goods are carried through a sector, too
            return
        first = rows[mine][np.lexsort((crowd.key[rows[mine]], crowd.due[rows[mine]]))[0]]
        self.key = int(crowd.key[crowd.root[first]])
