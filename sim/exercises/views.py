"""What a role knows: its own posts and sectors, what is registered, what it was told.

Players see what their services would see, never the truth; facilitator and evaluator see both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.control.race import OUTCOMES
from sim.exercises.checking import countries_of, may_order
from sim.exercises.cooperating import centres, institutions, requests
from sim.exercises.specs import EVALUATOR, FACILITATOR, STAFF, Role
from sim.exercises.times import text_of
from sim.movement.crowd import ALONE, MOVING, NOT_YET, STATES
from sim.scenario.specs.scenario import Scenario
from sim.world import World

if TYPE_CHECKING:
    from sim.exercises.play import Play
    from sim.model import BorderModel

#: Hours of play that a view looks back on.
LOOK_BACK = 48
#: Days of a registered series that a view shows.
SERIES_DAYS = 14
_INTERCEPTED = OUTCOMES.index("intercepted")


class History:
    """Persons by outcome at sectors and posts for each hour of play."""

    def __init__(self, world: World) -> None:
        self._sectors = world.sectors.persons_so_far()
        self._posts = None if world.posts is None else world.posts.persons_so_far()
        self.hours: list[int] = []
        self.sectors: list[NDArray[np.int64]] = []
        self.posts: list[NDArray[np.int64]] = []

    def note(self, model: BorderModel) -> None:
        """Keep what happened in the hour just played."""
        world = model.world
        sectors = world.sectors.persons_so_far()
        self.hours.append(model.now - 1)
        self.sectors.append(sectors - self._sectors)
        self._sectors = sectors
        if world.posts is not None and self._posts is not None:
            posts = world.posts.persons_so_far()
            self.posts.append(posts - self._posts)
            self._posts = posts

    def of_sector(self, outcome: int, sector: int) -> list[int]:
        """Return persons of an outcome by hour, the last ``LOOK_BACK`` hours of play."""
        return [int(counts[outcome, sector]) for counts in self.sectors[-LOOK_BACK:]]

    def of_post(self, kind: int, rows: NDArray[np.intp]) -> list[int]:
        """Return persons tried (0) or found (1) at rows of posts by hour."""
        return [int(counts[kind, rows].sum()) for counts in self.posts[-LOOK_BACK:]]


def view_of(play: Play, role: str) -> dict[str, Any]:
    """Return what a role knows now; see ``Session.view``."""
    exercise = play.exercise
    truth = role in (FACILITATOR, EVALUATOR)
    spec = next((r for r in exercise.text.roles if r.id == role), None)
    sees = _Sight(exercise.scenario, spec, everything=truth)
    view: dict[str, Any] = {
        "exercise": exercise.id,
        "title": exercise.text.title,
        "role": role,
        "hour": play.hour,
        "time": play.time,
        "begin": exercise.begin,
        "end": exercise.end,
        "over": play.over,
        "running": play.pace.running,
        "speed": play.pace.speed,
        "follows_reference_plan": spec is not None and not play.manned(role),
        "posts": _posts(play, sees),
        "sectors": _sectors(play, sees),
        "places": _places(play, sees),
        "series": _series(play, sees),
        "centres": centres(play.model, sees),
        "requests": _requests(play, spec, truth=truth),
        "institutions": institutions(play.model, sees),
        "reports": _reports(play, role),
        "measures": _measures(play, sees, spec),
    }
    if spec is not None:
        view["brief"] = spec.brief
        view["decides_on"] = list(spec.owns)
    if role in STAFF:
        view["staff"] = _staff(play, ahead=role in (FACILITATOR, EVALUATOR))
    if truth:
        view["truth"] = _truth(play)
    return view


class _Sight:
    """Which targets a role sees."""

    def __init__(self, scenario: Scenario, role: Role | None, *, everything: bool) -> None:
        self._scenario, self._role, self._everything = scenario, role, everything
        self._known = frozenset(() if role is None else (*role.owns, *role.knows))

    def __call__(self, kind: str, name: str) -> bool:
        if self._everything:
            return True
        if self._role is None:
            return False
        target = f"{kind}:{name}"
        if target in self._known or may_order(self._scenario, self._role, target):
            return True
        mine = countries_of(self._scenario, target)
        return any(f"country:{country}" in self._known for country in mine)


def _posts(play: Play, sees: _Sight) -> list[dict[str, Any]]:
    posts = play.model.world.posts
    if posts is None:
        return []
    found = []
    for i, spec in enumerate(play.exercise.scenario.posts):
        if not sees("post", spec.id):
            continue
        rows = np.flatnonzero(posts.post_of == i)
        state = posts.state_of(i)
        found.append({
            "id": spec.id, "name": spec.name or spec.id, "border": spec.border,
            "country": spec.country, "lat": spec.lat.value, "lon": spec.lon.value,
            "open": bool(posts.open[i]), "hours": posts.hours[i],
            "officers_on_duty": state["officers_on_duty"],
            "methods": list(posts.inspection.methods[i]),
            "found": play.history.of_post(1, rows),
            "streams": [
                {
                    "id": posts.streams[row], "lanes": float(posts.lanes[row]),
                    "queue": round(float(posts.queue[row]), 1),
                    "wait_min": _minutes(posts.waits[row]),
                }
                for row in rows.tolist()
            ],
        })  # fmt: skip
    return found


def _minutes(hours: Any) -> float | None:
    return round(60.0 * float(hours), 1) if np.isfinite(hours) else None


def _sectors(play: Play, sees: _Sight) -> list[dict[str, Any]]:
    sectors = play.model.world.sectors
    found = []
    for i, spec in enumerate(play.exercise.scenario.sectors):
        if not sees("sector", spec.id):
            continue
        state = sectors.state_of(i)
        found.append({
            "id": spec.id, "name": spec.name or spec.id, "border": spec.border,
            "country": spec.country, "lat": spec.lat.value, "lon": spec.lon.value,
            "units_on_patrol": round(state["units_on_patrol"], 2),
            "units_busy": state["units_busy"],
            "sensors": float(sectors.sensors[i]),
            "equipment": {k: sectors.value(i, f"equipment.{k}")
                          for k in ("thermal_camera", "dogs", "drone")},
            "intercepted": play.history.of_sector(_INTERCEPTED, i),
        })  # fmt: skip
    return found


def _places(play: Play, sees: _Sight) -> list[dict[str, Any]]:
    world = play.model.world
    found = []
    for i, place in enumerate(world.places):
        if place.kind == "exit" or not sees("place", place.id):
            continue
        found.append({
            "id": place.id, "name": place.name or place.id, "country": place.country,
            "kind": place.kind, "lat": place.lat.value, "lon": place.lon.value,
            "beds": world.reception.beds(i),
            "in_beds": int(world.reception.occupied[i]) if world.reception.recorded[i] else None,
        })  # fmt: skip
    return found


def _series(play: Play, sees: _Sight) -> dict[str, list[dict[str, Any]]]:
    """Return registered persons by closed day, as those who count them would have them."""
    observer, clock = play.model.world.observer, play.exercise.clock
    today = (clock.local(play.hour).date() - clock.start).days
    rules: dict[str, set[str]] = {}
    for rule in play.exercise.scenario.observation_rules:
        rules.setdefault(rule.series, set()).add(rule.country)
    found = {}
    for series in observer.series:
        theirs = any(sees("country", country) for country in rules[series])
        if not (theirs or sees("series", series)):
            continue
        daily = observer.daily(series)
        first = max(today - SERIES_DAYS, 0)
        found[series] = [
            {"day": text_of(clock, 24 * day + 12)[:10], "persons": round(float(daily[day]), 1)}
            for day in range(first, min(today, len(daily)))
        ]
    return found


def _requests(play: Play, role: Role | None, *, truth: bool) -> dict[str, Any] | None:
    """Return the requests of a role's country, if it has to do with desks; staff see all."""
    world = play.model.world
    if truth:
        countries = frozenset(world.countries)
    elif role is None or not role.country or not hears_answers(role):
        return None
    else:
        countries = frozenset((role.country,))
    return requests(world, play.exercise.clock, play.hour, countries)


def hears_answers(role: Role) -> bool:
    """Return whether answers reach a role: it has a desk, a centre or its whole country."""
    own = f"country:{role.country}"
    return any(t == own or t.startswith(("desk:", "centre:")) for t in (*role.owns, *role.knows))


def _reports(play: Play, role: str) -> list[dict[str, Any]]:
    """Return what the role was told, newest last; nothing says whether it is true."""
    kinds, truth = ("inject", "message"), role in (FACILITATOR, EVALUATOR)
    told = {"means", "to", "about", "claims"} if truth else {"means", "to"}
    return [
        {"n": e.n, "time": e.time, "from": e.sender, "text": e.text,
         **{k: v for k, v in e.facts.items() if k in told}}
        for e in play.feeds[role].events if e.kind in kinds
    ]  # fmt: skip


def _measures(play: Play, sees: _Sight, role: Role | None) -> list[dict[str, Any]]:
    clock = play.exercise.clock
    orders = {a.measure.id: a for a in play.actions}
    found = []
    for held in play.model.world.in_force.measures:
        if held.end <= play.hour or held.measure.id.startswith("inject_"):
            continue
        order = orders.get(held.measure.id)
        own = order is not None and role is not None and order.role == role.id
        if not own and not any(sees(*t.split(":", 1)) for t in held.measure.at):
            continue
        found.append({
            "id": held.measure.id, "kind": held.measure.kind, "at": list(held.measure.at),
            "begin": held.begin, "end": held.end, "from": text_of(clock, held.begin),
            "until": text_of(clock, held.end) if held.end < clock.hours else None,
            "by": None if order is None else order.role,
            "own": own, "summary": held.measure.summary,
        })  # fmt: skip
    return found


def _staff(play: Play, *, ahead: bool) -> dict[str, Any]:
    """Return what only the staff sees of the exercise itself.

    Args:
        play: The exercise.
        ahead: Whether what is to come is shown, and what injects do and expect; observers read
            what was sent.
    """
    sent = {s.inject.spec.id: s for s in play.sent.values()}
    rows = []
    for inject in play.timeline:
        spec, done = inject.spec, sent.get(inject.spec.id)
        if done is None and not ahead:
            continue
        rows.append({
            "id": spec.id, "hour": inject.hour, "time": spec.time, "to": list(spec.to),
            "from": spec.sender, "means": spec.means, "text": spec.text,
            "inject_type": spec.inject_type, "condition": spec.condition if ahead else "",
            "effect": inject.effect.told() if ahead and inject.effect is not None else None,
            "expected_action": spec.expected_action if ahead else "", "objective": spec.objective,
            "critical_task": spec.critical_task, "weight": spec.weight.value,
            "window_h": None if spec.window is None else spec.window.value,
            "status": play.status_of(spec.id),
            "sent": None if done is None else done.hour,
            "until": None if done is None else done.until,
            "met": None if done is None else done.met,
            "by": "" if done is None else done.by,
            "late": done is not None and done.late,
        })  # fmt: skip
    return {
        "timeline": rows,
        "taken": [{"role": role, "seat": seat}
                  for role, seat in sorted((s.role, s.number) for s in play.taken)],
        "roles": [{"id": r.id, "name": r.name, "country": r.country, "seats": r.seats,
                   "manned": play.manned(r.id)} for r in play.roles.values()],
    }  # fmt: skip


def _truth(play: Play) -> dict[str, Any]:
    """Return the world as it is: persons by leg and by country and state, fates in sectors."""
    world = play.model.world
    state, persons, leg, node, offer = _rows(world)
    moving = state == MOVING
    on_leg = np.bincount(leg[moving], persons[moving], len(world.legs.specs))
    guided = moving & (offer != ALONE)
    led = np.bincount(leg[guided], persons[guided], len(world.legs.specs))
    country = world.place_country[node]
    table = np.zeros((len(world.countries), len(STATES)))
    np.add.at(table, (country, state), persons)
    at_place = np.bincount(node[~moving & (state < 7)], persons[~moving & (state < 7)],
                           len(world.places))  # fmt: skip
    return {
        "legs": {name: {"persons": int(on_leg[i]), "guided": int(led[i])}
                 for i, name in enumerate(world.graph.legs) if on_leg[i]},
        "places": {p.id: int(at_place[i]) for i, p in enumerate(world.places) if at_place[i]},
        "persons": {c: {s: int(table[i, j]) for j, s in enumerate(STATES) if table[i, j]}
                    for i, c in enumerate(world.countries) if table[i].any()},
        "sectors": {name: {o: play.history.of_sector(k, i) for k, o in enumerate(OUTCOMES)}
                    for i, name in enumerate(world.sectors.ids)},
    }  # fmt: skip


def _rows(world: World) -> Sequence[NDArray[Any]]:
    crowd = world.crowd
    rows = np.concatenate([np.arange(part.start, part.stop) for part in crowd.in_use()])
    rows = rows[crowd.state[rows] != NOT_YET]
    names = ("state", "persons", "leg", "node", "offer")
    return [getattr(crowd, name)[rows].astype(np.intp) for name in names]
