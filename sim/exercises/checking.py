"""What is asked of an exercise as a whole: a small named question each, every mistake found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sim.clock import Clock
from sim.errors import Problem
from sim.exercises.expectations import MESSAGE, read_condition, read_expectation
from sim.exercises.loading import Reading, clock_of
from sim.exercises.specs import EVERYBODY, STAFF, ExerciseText, Role, Step
from sim.exercises.times import hour_at, text_of
from sim.scenario.adding import read_measure
from sim.scenario.measures import Measure, kinds
from sim.scenario.names import nearest
from sim.scenario.specs.scenario import Scenario
from sim.scenario.tree import Mark, Path as KeyPath

#: Lists of a scenario in which the targets of a type stand.
TARGETS = {
    "country": "countries", "place": "places", "leg": "legs", "sector": "sectors",
    "post": "posts", "mix": "mixes", "network": "networks", "route": "routes",
    "readmission": "readmission",
}  # fmt: skip
#: Longest exercise, days of simulated time.
LONGEST_DAYS = 60


class Subject:
    """A reading that is sound in its rows, and its scenario."""

    def __init__(self, reading: Reading, text: ExerciseText, scenario: Scenario) -> None:
        self.reading, self.text, self.scenario = reading, text, scenario
        self.clock: Clock = clock_of(scenario)
        self.roles = {role.id: role for role in text.roles}

    def problem(self, rule: str, path: KeyPath, message: str, remedy: str) -> Problem:
        """Return a problem at a key."""
        return self.reading.tree.problem(rule, path, message, remedy)

    def hour(self, text: str) -> int | None:
        """Return the hour of a time, None where it is none."""
        try:
            return hour_at(self.clock, text)
        except ValueError:
            return None

    @property
    def begin(self) -> int | None:
        """Hour at which play begins."""
        return self.hour(self.text.at)

    @property
    def end(self) -> int | None:
        """Hour at which it ends: that of the last block of time."""
        plan = self.text.time_plan
        return self.hour(plan[-1].until) if plan else None

    def known(self, kind: str) -> frozenset[str] | None:
        """Return the ids of a type of target, None where it is not known here."""
        if kind == "border":
            return frozenset(leg.border for leg in self.scenario.legs if leg.border)
        if kind == "series":
            return frozenset(rule.series for rule in self.scenario.observation_rules)
        name = TARGETS.get(kind, f"{kind}s")
        rows = getattr(self.scenario, name, None)
        return None if rows is None else frozenset(row.id for row in rows)

    def target(self, path: KeyPath, target: str) -> Iterator[Problem]:
        """Yield what is wrong with a target."""
        kind, _, name = target.partition(":")
        name = name.rpartition("/")[2]
        known = self.known(kind)
        if known is None:
            yield self.problem("wrong-target", path, f"no target is a {kind!r}",
                               "Write `type:id`, e.g. `sector:bozaj_sector`.")  # fmt: skip
        elif name not in known:
            yield self.problem(f"unknown-{kind}", path, f"no {kind} {name!r}",
                               nearest(name, known, kind))  # fmt: skip


Question = Callable[[Subject], Iterator[Problem]]


def problems_of_reading(reading: Reading) -> list[Problem]:
    """Return what is wrong with an exercise as a whole, as far as its rows can be read."""
    if reading.text is None or reading.scenario is None:
        return []
    subject = Subject(reading, reading.text, reading.scenario)
    return [problem for question in QUESTIONS for problem in question(subject)]


def _times(s: Subject) -> Iterator[tuple[KeyPath, str]]:
    yield ("at",), s.text.at
    for block in s.text.time_plan:
        yield ("time_plan", block.id, "from"), block.since
        yield ("time_plan", block.id, "until"), block.until
    for inject in s.text.timeline:
        yield ("timeline", inject.id, "time"), inject.time
    for step in s.text.reference_plan:
        yield ("reference_plan", step.id, "time"), step.time
        if step.until is not None:
            yield ("reference_plan", step.id, "until"), step.until


def times_can_be_read(s: Subject) -> Iterator[Problem]:
    """Ask whether every time is a full hour of the scenario."""
    for path, text in _times(s):
        try:
            hour = hour_at(s.clock, text)
        except ValueError as error:
            yield s.problem("bad-time", path, str(error), "Write it as 2018-08-13 06:00.")
            continue
        if not 0 <= hour <= s.clock.hours:
            yield s.problem("outside-run", path, f"the scenario runs from {s.scenario.start} until "
                            f"{s.scenario.until}", "Move it into the run.")  # fmt: skip


def times_lie_in_the_exercise(s: Subject) -> Iterator[Problem]:
    """Ask whether injects and steps lie between the exercise's begin and end."""
    begin, end = s.begin, s.end
    if begin is None or end is None:
        return
    for path, text in _times(s):
        hour = s.hour(text)
        if path[0] not in ("timeline", "reference_plan") or hour is None or path[2] == "until":
            continue
        if not begin <= hour < end:
            yield s.problem("outside-exercise", path, f"the exercise runs from {s.text.at} until "
                            f"{text_of(s.clock, end)}", "Move it, or the end.")  # fmt: skip


def time_plan_is_whole(s: Subject) -> Iterator[Problem]:
    """Ask whether the blocks of time follow one another without gap, from the start on."""
    if not s.text.time_plan:
        yield s.problem(
            "missing-key",
            ("time_plan",),
            "there is no block of time",
            "Add one: `- {id: all, from: ..., until: ..., takes: 60 min}`.",
        )
        return
    reached = s.begin
    for block in s.text.time_plan:
        begin, end = s.hour(block.since), s.hour(block.until)
        if begin is None or end is None or reached is None:
            return
        at = ("time_plan", block.id)
        if begin != reached:
            yield s.problem("time-plan-gap", (*at, "from"), "the block does not begin where the "
                            f"one before ends, {text_of(s.clock, reached)}",
                            "Let the blocks follow one another.")  # fmt: skip
        if end <= begin:
            yield s.problem("bad-period", (*at, "until"), "the block ends before it begins",
                            "`until` is later than `from`.")  # fmt: skip
        reached = end
    begin_hour = s.begin
    if begin_hour is not None and reached is not None and reached - begin_hour > LONGEST_DAYS * 24:
        yield s.problem("out-of-range", ("time_plan",), f"an exercise lasts at most {LONGEST_DAYS} "
                        "days of simulated time", "Shorten it.")  # fmt: skip


def roles_are_sound(s: Subject) -> Iterator[Problem]:
    """Ask whether roles stand for countries and places that exist."""
    if not s.text.roles:
        yield s.problem("missing-key", ("roles",), "there is no role", "Add at least one.")
    for role in s.text.roles:
        at = ("roles", role.id)
        if role.id in STAFF or role.id == EVERYBODY:
            yield s.problem("reserved-id", (*at, "id"), "every exercise has this role already",
                            "Choose another id.")  # fmt: skip
        for country in dict.fromkeys((*((role.country,) if role.country else ()), *role.sends)):
            yield from s.target((*at, "country"), f"country:{country}")
        for key in ("owns", "knows"):
            for number, target in enumerate(getattr(role, key), 1):
                yield from s.target((*at, key, str(number)), target)


def tasks_have_objectives(s: Subject) -> Iterator[Problem]:
    """Ask whether critical tasks and injects name objectives and tasks that exist."""
    objectives = {row.id for row in s.text.objectives}
    tasks = {row.id for row in s.text.critical_tasks}
    for task in s.text.critical_tasks:
        if task.objective not in objectives:
            yield s.problem("unknown-objective", ("critical_tasks", task.id, "objective"),
                            f"no objective {task.objective!r}",
                            nearest(task.objective, objectives, "objective"))  # fmt: skip
    for inject in s.text.timeline:
        for key, known in (("objective", objectives), ("critical_task", tasks)):
            name = getattr(inject, key)
            if name is not None and name not in known:
                what = key.replace("_", " ")
                yield s.problem(f"unknown-{what.replace(' ', '-')}", ("timeline", inject.id, key),
                                f"no {what} {name!r}", nearest(name, known, what))  # fmt: skip


def critical_tasks_are_tested(s: Subject) -> Iterator[Problem]:
    """Ask whether every critical task is tested by an inject."""
    tested = {inject.critical_task for inject in s.text.timeline}
    for task in s.text.critical_tasks:
        if task.id not in tested:
            yield s.problem("untested-task", ("critical_tasks", task.id), "no inject tests it",
                            "Name it at an inject, or leave it out.")  # fmt: skip


def injects_reach_somebody(s: Subject) -> Iterator[Problem]:
    """Ask whether injects go to roles that exist."""
    known = (*s.roles, *STAFF, EVERYBODY)
    for inject in s.text.timeline:
        for name in inject.to:
            if name not in known:
                yield s.problem("unknown-role", ("timeline", inject.id, "to"), f"no role {name!r}",
                                nearest(name, known, "role"))  # fmt: skip


def effects_name_rows(s: Subject) -> Iterator[Problem]:
    """Ask whether what effects name exists, and whether their length makes sense."""
    for inject in s.text.timeline:
        effect = s.reading.effects.get(inject.id)
        if effect is None:
            continue
        at = ("timeline", inject.id, "effect")
        for need in effect.needs():
            yield from s.target((*at, need.key), need.target)
        if effect.momentary and effect.lasts is not None:
            yield s.problem("needless-key", (*at, "lasts"), f"a {effect.kind} ends by itself",
                            "Remove it.")  # fmt: skip


def expectations_are_sound(s: Subject) -> Iterator[Problem]:
    """Ask whether expected actions are kinds of measure that their role may order."""
    for inject in s.text.timeline:
        path = ("timeline", inject.id, "expected_action")
        try:
            expected = read_expectation(inject.expected_action)
        except ValueError as error:
            yield s.problem(
                "bad-expectation",
                path,
                str(error),
                "E.g. `staffing sector:bozaj_sector 8 by mne_police | in time`.",
            )
            continue
        if expected is None:
            continue
        if inject.window is None:
            yield s.problem(
                "missing-key",
                ("timeline", inject.id, "window"),
                "an expected action needs a window",
                "Add e.g. `window: 3 h`.",
            )
        role = s.roles.get(expected.role)
        if role is None:
            yield s.problem("unknown-role", path, f"no role {expected.role!r}",
                            nearest(expected.role, s.roles, "role"))  # fmt: skip
        if expected.kind == MESSAGE:
            if expected.at and expected.at not in (*s.roles, *STAFF):
                yield s.problem("unknown-role", path, f"no role {expected.at!r}",
                                nearest(expected.at, s.roles, "role"))  # fmt: skip
            continue
        if expected.kind not in kinds():
            yield s.problem("unknown-kind", path, f"no kind of measure is called "
                            f"{expected.kind!r}", nearest(expected.kind, kinds()))  # fmt: skip
        elif expected.at:
            yield from s.target(path, expected.at)
            if role is not None and not may_order(s.scenario, role, expected.at):
                yield s.problem("not-theirs", path, f"{role.id} does not own {expected.at}",
                                "Add it to the role's `owns`, or name another role.")  # fmt: skip


def conditions_are_sound(s: Subject) -> Iterator[Problem]:
    """Ask whether conditions name an inject that expects something, decided by then."""
    by_id = {inject.id: inject for inject in s.text.timeline}
    for inject in s.text.timeline:
        path = ("timeline", inject.id, "condition")
        try:
            condition = read_condition(inject.condition)
        except ValueError as error:
            yield s.problem("bad-condition", path, str(error), "Or leave it out.")
            continue
        if condition is None:
            if inject.inject_type == "contingency":
                yield s.problem("missing-key", path, "a contingency has a condition",
                                "Write e.g. `not OTHER_INJECT`.")  # fmt: skip
            continue
        other = by_id.get(condition.inject)
        if other is None:
            yield s.problem("unknown-inject", path, f"no inject {condition.inject!r}",
                            nearest(condition.inject, by_id, "inject"))  # fmt: skip
            continue
        if not other.expected_action.partition("|")[0].strip():
            yield s.problem("bad-condition", path, f"{other.id} expects no action that can be seen",
                            "Give it an `expected_action`.")  # fmt: skip
            continue
        mine, theirs = s.hour(inject.time), s.hour(other.time)
        if mine is None or theirs is None or other.window is None:
            continue
        if not condition.done and mine < theirs + max(round(other.window.value), 1):
            yield s.problem("bad-condition", ("timeline", inject.id, "time"),
                            f"it is sent before the window of {other.id} has passed",
                            "Send it later, or shorten that window.")  # fmt: skip


def steps_can_be_read(s: Subject) -> Iterator[Problem]:
    """Ask whether the steps of the reference plan are measures their roles may order."""
    for step in s.text.reference_plan:
        at = ("reference_plan", step.id)
        role = s.roles.get(step.role)
        if role is None:
            yield s.problem("unknown-role", (*at, "role"), f"no role {step.role!r}",
                            nearest(step.role, s.roles, "role"))  # fmt: skip
        if (step.measure is None) == (not step.message):
            yield s.problem("missing-key", at, "a step is either a measure or a message",
                            "Give one of `measure` and `message`.")  # fmt: skip
            continue
        if step.measure is None:
            yield from _message_reaches_somebody(s, step)
            continue
        measure, problems = measure_of_step(s, step)
        yield from problems
        if measure is None:
            continue
        for target in measure.at:
            yield from s.target((*at, "measure", "at"), target)
        if role is not None:
            yield from (
                s.problem(p.rule, (*at, "measure", *p.key.split(".")), p.message, p.remedy)
                for p in not_theirs(s.scenario, role, measure)
            )


def _message_reaches_somebody(s: Subject, step: Step) -> Iterator[Problem]:
    path = ("reference_plan", step.id, "to")
    if not step.to:
        yield s.problem("missing-key", path, "a message goes to somebody", "Name a role.")
    known = (*s.roles, *STAFF)
    for name in step.to:
        if name not in known:
            yield s.problem("unknown-role", path, f"no role {name!r}",
                            nearest(name, known, "role"))  # fmt: skip


def measure_of_step(s: Subject, step: Step) -> tuple[Measure | None, list[Problem]]:
    """Return the measure of a step of the reference plan, and what is wrong with it."""
    path = ("reference_plan", step.id, "measure")
    tree = s.reading.tree
    marks: dict[KeyPath, Mark] = {
        where[len(path) :]: mark for where, mark in tree.marks.items() if where[: len(path)] == path
    }
    day = s.clock.local(s.hour(step.time) or 0).date()
    measure, problems = read_measure({"id": step.id, **(step.measure or {})}, day, None,
                                     tree.mark(path), marks)  # fmt: skip
    placed = [
        Problem(p.rule, p.message, p.remedy, p.file, p.line, ".".join((*path, p.key)), p.value)
        for p in problems
    ]
    return measure, placed


def may_order(scenario: Scenario, role: Role, target: str) -> bool:
    """Return whether a role owns a target, itself or through its country."""
    kind, _, name = target.partition(":")
    target = f"{kind}:{name.rpartition('/')[2]}"
    if target in {f"{t.partition(':')[0]}:{t.rpartition('/')[2].rpartition(':')[2]}"
                  for t in role.owns}:  # fmt: skip
        return True
    return any(f"country:{country}" in role.owns for country in countries_of(scenario, target))


def countries_of(scenario: Scenario, target: str) -> tuple[str, ...]:
    """Return the countries that decide on a target: who runs it, or both of a readmission track."""
    kind, _, name = target.partition(":")
    if kind == "country":
        return (name,)
    if kind == "readmission":
        tracks = (t for t in scenario.readmission if t.id == name)
        return tuple(c for t in tracks for c in (t.requesting, t.requested))
    lists: dict[str, Sequence[Any]] = {
        "post": scenario.posts, "sector": scenario.sectors, "place": scenario.places,
        "desk": scenario.desks, "reserve": scenario.reserves,
    }  # fmt: skip
    return tuple(str(row.country) for row in lists.get(kind, ()) if row.id == name)


def not_theirs(scenario: Scenario, role: Role, measure: Measure) -> list[Problem]:
    """Return why a role may not order a measure: places it does not own, officers of others."""
    found = []
    for target in measure.at:
        if not may_order(scenario, role, target):
            owned = ", ".join(role.owns) or "nothing"
            found.append(
                Problem("not-theirs", f"{role.id} does not decide on {target}",
                        f"It decides on {owned}; ask who does.", key="at", value=target)
            )  # fmt: skip
    sends = set(role.sends) or ({role.country} if role.country else set())
    for posting in measure.postings():
        if posting.country not in sends:
            found.append(
                Problem("not-theirs", f"officers of {posting.country} are not {role.id}'s to send",
                        f"It sends officers of {', '.join(sorted(map(str, sends))) or 'nobody'}; "
                        "ask their own police.", key="officers", value=posting.country)
            )  # fmt: skip
        elif (
            posting.officers < 0
            and posting.country not in role.sends
            and not may_order(scenario, role, posting.target)
        ):
            found.append(
                Problem("not-theirs", f"{role.id} does not decide on {posting.target}",
                        "Take the officers from a place of your own.", key="taken_from",
                        value=posting.target)
            )  # fmt: skip
    return list(dict.fromkeys(found))


QUESTIONS: tuple[Question, ...] = (
    times_can_be_read,
    time_plan_is_whole,
    times_lie_in_the_exercise,
    roles_are_sound,
    tasks_have_objectives,
    critical_tasks_are_tested,
    injects_reach_somebody,
    effects_name_rows,
    expectations_are_sound,
    conditions_are_sound,
    steps_can_be_read,
)
