"""What a role sees of cooperation: desks of centres, requests and answers, pairs, operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.cooperation.requests import KINDS, OTHER
from sim.exercises.times import text_of
from sim.institutions import Institution
from sim.model import BorderModel
from sim.world import World

#: Requests that a view lists, the newest.
LATEST = 40
#: Kinds of institution that a view tells of beside posts and sectors.
TOLD = ("centre", "readmission", "operation", "police")

Sees = Callable[[str, str], bool]


def centres(model: BorderModel, sees: Sees) -> list[dict[str, Any]]:
    """Return the centres a role sees, each with its desks: officers on duty, at work, waiting."""
    offices = model.world.offices
    if offices is None:
        return []
    found = []
    for centre in offices.centres:
        desks: list[dict[str, Any]] = [
            {"id": d.id, "country": d.country, **offices.state_of([i])}
            for i, d in enumerate(offices.desks)
            if d.centre == centre.id
        ]
        seen = sees("centre", centre.id) or any(sees("desk", d["id"]) for d in desks)
        if seen:
            found.append({
                "id": centre.id, "name": centre.name or centre.id, "type": centre.type,
                "countries": list(centre.countries), "lat": centre.lat.value,
                "lon": centre.lon.value, "desks": desks,
            })  # fmt: skip
    return found


def requests(world: World, clock: Clock, hour: int, countries: frozenset[str]) -> dict[str, Any]:
    """Return the requests that countries asked or were asked, and what they know of each.

    What an answer held is known to the one who asked, once it came.

    Args:
        world: The world.
        clock: Its clock.
        hour: Hour now.
        countries: Codes; all sides of what concerns them are told.
    """
    book = world.requests.book.columns()
    index = {code: i for i, code in enumerate(world.countries)}
    mine = np.array([index[c] for c in countries if c in index], np.int64)
    asking, answering = np.isin(book["asking"], mine), np.isin(book["answering"], mine)
    told = (book["kind"] != OTHER) & (book["asked"] <= hour)
    concerns = np.flatnonzero((asking | answering) & told)
    done = book["answered"][concerns] <= hour
    late = np.where(done, book["answered"][concerns], hour) > book["limit"][concerns]
    return {
        "asked": int(asking[concerns].sum()),
        "to_answer": int(answering[concerns].sum()),
        "open": int((~done).sum()),
        "late": int(late.sum()),
        "latest": [_request(world, clock, hour, book, int(i), bool(asking[i]))
                   for i in concerns[-LATEST:]],
    }  # fmt: skip


def _request(
    world: World, clock: Clock, hour: int, book: dict[str, NDArray[Any]], i: int, mine: bool
) -> dict[str, Any]:
    answered = float(book["answered"][i])
    done = answered <= hour
    return {
        "id": i,
        "kind": KINDS[int(book["kind"][i])],
        "asking": world.countries[int(book["asking"][i])],
        "answering": world.countries[int(book["answering"][i])],
        "urgent": bool(book["urgent"][i]),
        "asked": text_of(clock, float(book["asked"][i])),
        "limit": text_of(clock, min(float(book["limit"][i]), float(clock.hours))),
        "answered": text_of(clock, answered) if done else None,
        "late": bool((answered if done else hour) > float(book["limit"][i])),
        "hit": bool(book["hit"][i]) if done and mine else None,
    }


def institutions(model: BorderModel, sees: Sees) -> dict[str, dict[str, float]]:
    """Return what institutions report now, by name, of the kinds in ``TOLD`` a role sees."""
    found = {}
    for agent in model.agents:
        if not isinstance(agent, Institution):
            continue
        kind, _, name = agent.name.partition(":")
        if kind not in TOLD:
            continue
        parties = name.upper().split("-") if kind in ("readmission", "police") else []
        if sees(kind, name) or any(sees("country", country) for country in parties):
            found[agent.name] = {k: round(float(v), 3) for k, v in agent.series().items()}
    return dict(sorted(found.items()))


class Answers:
    """Answers that came since last asked, for the feeds."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._told = np.zeros(0, bool)

    def take(self, hour: int) -> list[tuple[str, str, str, bool]]:
        """Return (asking country, answering country, kind, hit) of answers that came by now."""
        book = self._world.requests.book
        told = np.zeros(book.size, bool)
        told[: len(self._told)] = self._told
        with np.errstate(invalid="ignore"):
            came = book.answered[: book.size] <= hour
        new = np.flatnonzero(~told & came & (book.kind[: book.size] != OTHER))
        told[new] = True
        self._told = told
        countries = self._world.countries
        return [
            (countries[int(book.asking[i])], countries[int(book.answering[i])],
             KINDS[int(book.kind[i])], bool(book.hit[i]))
            for i in new.tolist()
        ]  # fmt: skip
