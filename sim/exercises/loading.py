"""From an exercise file to an exercise: found, laid out, validated, every mistake placed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sim.clock import Clock
from sim.errors import InputError, Problem
from sim.exercises.effects import EFFECTS, Effect, effect_map
from sim.exercises.expectations import (
    Condition,
    Expectation,
    read_condition,
    read_expectation,
)
from sim.exercises.specs import ExerciseText, Inject, Step
from sim.exercises.timeline import read_timeline
from sim.exercises.times import hour_at
from sim.scenario.documents import Document, lay_out
from sim.scenario.finding import Found, beside, outside, read_text, shipped_folder
from sim.scenario.loading import from_text, load, with_quantities
from sim.scenario.names import nearest
from sim.scenario.shapes import Shape, shape_of
from sim.scenario.specs.scenario import Scenario
from sim.scenario.tree import ASSUMED_BY_USER, Mark, Path as KeyPath, Rows, Tree
from sim.scenario.validation import Validation
from sim.scenario.yaml_text import read_yaml

HEADER = "exercise"
_KEYS = (HEADER, "provenance")


@dataclass(frozen=True)
class PlannedInject:
    """An inject with what its texts mean.

    Attributes:
        spec: As written.
        hour: When it is due.
        effect: What it does to the world, None for nothing.
        expectation: What a role should do, None where that is free text only.
        condition: When it is sent at all, None for always.
    """

    spec: Inject
    hour: int
    effect: Effect | None
    expectation: Expectation | None
    condition: Condition | None

    @property
    def until(self) -> int:
        """First hour in which the expected action is late."""
        window = self.spec.window
        return self.hour + (0 if window is None else max(round(window.value), 1))


@dataclass(frozen=True)
class PlannedStep:
    """A step of the reference plan in hours."""

    spec: Step
    hour: int
    end: int | None


@dataclass(frozen=True)
class Exercise:
    """An exercise ready to be played: a pure function of its file.

    Attributes:
        text: The file's content; injects of a table among its timeline.
        scenario: The scenario with its plan, cut after the exercise's last day.
        clock: Its clock.
        begin: Hour at which play begins.
        end: Hour at which it ends.
        injects: The timeline, in order of time.
        steps: The reference plan, in order of time.
    """

    text: ExerciseText
    scenario: Scenario
    clock: Clock
    begin: int
    end: int
    injects: tuple[PlannedInject, ...]
    steps: tuple[PlannedStep, ...]

    @property
    def id(self) -> str:
        """Id of the exercise."""
        return self.text.exercise

    def as_text(self) -> dict[str, Any]:
        """Return all of it as plain data, which ``exercise_from_text`` reads back."""
        return {
            HEADER: self.text.model_dump(mode="json", by_alias=True),
            "scenario": self.scenario.as_text(),
        }


@dataclass
class Reading:
    """An exercise file as far as it can be read.

    Attributes:
        found: The file.
        tree: Its values and where they stand.
        text: What is sound of it, None where nothing is.
        scenario: The scenario it names, None where that is wrong.
        effects: Effects that are sound, by inject.
        problems: Mistakes found.
    """

    found: Found
    tree: Tree = field(default_factory=Tree)
    text: ExerciseText | None = None
    scenario: Scenario | None = None
    effects: dict[str, Effect] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def shipped_exercises() -> dict[str, Path]:
    """Return the shipped exercises by name, sorted; files they lay over a scenario stand deeper."""
    return {p.stem: p for p in sorted((shipped_folder() / "exercises").glob("*.yaml"))}


def find_exercise(reference: str) -> Found | Problem:
    """Return the file a user means: an existing path, with or without .yaml, or a shipped name."""
    for text in (reference, f"{reference}.yaml"):
        path = Path(text)
        try:
            if path.is_file():
                return Found(path, text)
        except (OSError, ValueError):
            continue
    shipped = shipped_exercises()
    if reference in shipped:
        return Found(shipped[reference], f"scenarios/exercises/{reference}.yaml")
    return Problem(
        "no-such-file", "no file and no shipped exercise of this name",
        nearest(reference, shipped, "shipped exercise"), reference, 0, "", reference[:80],
    )  # fmt: skip


def load_exercise(reference: str | Path) -> Exercise:
    """Return an exercise.

    Args:
        reference: A file, with or without ``.yaml``, or the name of a shipped exercise.

    Raises:
        InputError: With every problem found; ``exercise check`` finds more, those of playing it.
    """
    from sim.exercises.checking import problems_of_reading

    reading = read_exercise(reference)
    problems = reading.problems + problems_of_reading(reading)
    if problems or reading.text is None or reading.scenario is None:
        raise InputError(dict.fromkeys(problems))
    return prepared(reading.text, reading.scenario)


def read_exercise(reference: str | Path) -> Reading:
    """Read a file as far as it goes; nothing is asked about the whole yet."""
    found = find_exercise(str(reference))
    if isinstance(found, Problem):
        return Reading(Found(Path(str(reference)), str(reference)), problems=[found])
    reading = Reading(found)
    text = read_text(found)
    if isinstance(text, Problem):
        reading.problems.append(text)
        return reading
    node, problems = read_yaml(text, found.name)
    if node is None or HEADER not in node.value:
        reading.problems += problems or (
            Problem("missing-header", "the document has no key `exercise`",
                    "Start with `exercise: ID`.", found.name, 1),
        )  # fmt: skip
        return reading
    document = lay_out(found, HEADER, node, problems, shape_of(ExerciseText), _KEYS)
    reading.tree = document.tree
    reading.problems += document.problems
    _add_table(reading, document)
    _validate(reading)
    if reading.text is not None and reading.text.scenario:
        _load_scenario(reading)
    return reading


def _add_table(reading: Reading, document: Document) -> None:
    """Add the injects of a timeline kept as a table."""
    name = reading.tree.values.get("timeline_table")
    if not isinstance(name, str) or not name:
        return
    folder = document.found.path.parent
    wrong = outside(folder, name)
    if wrong or not (folder / name).is_file():
        rule = "path-outside" if wrong else "no-such-file"
        reading.problems.append(
            reading.tree.problem(
                rule,
                ("timeline_table",),
                wrong or "no such file",
                "Name a CSV file beside the exercise.",
            )
        )
        return
    found = Found(folder / name, beside(document.found.name, name))
    text = read_text(found)
    if isinstance(text, Problem):
        reading.problems.append(text)
        return
    root = reading.tree.mark(())
    mark = Mark(found.name, 1, root.source, root.status, root.document)
    rows, tree, problems = read_timeline(text, mark)
    reading.problems += problems
    own = reading.tree.values.setdefault("timeline", Rows())
    for row_id, row in rows.items():
        if row_id in own:
            reading.problems.append(
                tree.problem(
                    "duplicate-id",
                    ("timeline", row_id),
                    "the id stands in the document and in its table",
                    "Give the inject its own id.",
                )
            )
            continue
        own[row_id] = row
    reading.tree.marks |= tree.marks


def _validate(reading: Reading) -> None:
    reader = Validation(reading.tree)
    shape = shape_of(ExerciseText)
    values: dict[str, Any] = {}
    for key, inner in shape.fields.items():
        written = reading.tree.values.get(key)
        if inner.kind == "rows":
            rows = written if isinstance(written, Rows) else Rows()
            values[key] = tuple(reader.rows(key, inner, rows))
        elif written is not None:
            values[key] = reader.prepare(written, inner, (key,))
    own = Shape("spec", fields={k: s for k, s in shape.fields.items() if s.kind != "rows"})
    built = reader.build(ExerciseText, values, (), own)
    reading.text = built if isinstance(built, ExerciseText) else None
    for inject in () if reading.text is None else reading.text.timeline:
        effect = read_effect(reader, inject)
        if effect is not None:
            reading.effects[inject.id] = effect
    reading.problems += reader.problems


def read_effect(reader: Validation, inject: Inject) -> Effect | None:
    """Return an inject's effect; what is wrong with it goes to the reader's problems."""
    path: KeyPath = ("timeline", inject.id, "effect")
    if inject.effect in (None, "", {}):
        return None
    try:
        row = effect_map(inject.effect)
    except ValueError as error:
        reader.note("bad-effect", path, str(error), "Write `kind key=value key=value`.")
        return None
    if not isinstance(row, dict):
        reader.note("wrong-type", path, "an effect is a map or one line of text",
                    "Write `kind key=value key=value`.")  # fmt: skip
        return None
    name = row.get("kind")
    kind = EFFECTS.get(name) if isinstance(name, str) else None
    if kind is None:
        reader.note("unknown-kind", path, f"no kind of effect is called {name!r}",
                    nearest(str(name), EFFECTS))  # fmt: skip
        return None
    shape = Shape("spec", fields=shape_of(kind).fields)
    ready = reader.prepare(row, shape, path)
    reader.provenance(ready, shape, path)
    built = reader.build(kind, ready, path, shape)
    return built if isinstance(built, Effect) else None


def _load_scenario(reading: Reading) -> None:
    assert reading.text is not None
    text = reading.text
    name = _beside(reading, text.scenario)
    plans = (_beside(reading, text.plan),) if text.plan else ()
    try:
        reading.scenario = load(name, plans, text.sets)
    except InputError as error:
        reading.problems += [
            p
            if p.file != name
            else reading.tree.problem(p.rule, ("scenario",), p.message, p.remedy)
            for p in error.problems
        ]


def _beside(reading: Reading, name: str) -> str:
    """Return the path of a file beside the exercise, else the name as it is: a shipped one."""
    folder = reading.found.path.parent
    for written in (name, f"{name}.yaml"):
        if not outside(folder, written) and (folder / written).is_file():
            return str(folder / written)
    return name


def clock_of(scenario: Scenario) -> Clock:
    """Return a scenario's clock, an hour to a window."""
    return Clock(scenario.start, scenario.until, scenario.zone)


def prepared(text: ExerciseText, scenario: Scenario) -> Exercise:
    """Return an exercise whose text is sound.

    The scenario is cut after the civil day in which the exercise ends.
    """
    clock = clock_of(scenario)
    begin, end = hour_at(clock, text.at), hour_at(clock, text.time_plan[-1].until)
    last = clock.local(end - 1).date()
    cut = scenario.model_copy(update={"until": min(last + timedelta(days=1), scenario.until)})
    injects = [
        PlannedInject(
            spec, hour_at(clock, spec.time), sound_effect(spec),
            read_expectation(spec.expected_action), read_condition(spec.condition),
        )
        for spec in text.timeline
    ]  # fmt: skip
    steps = [
        PlannedStep(s, hour_at(clock, s.time), None if s.until is None else hour_at(clock, s.until))
        for s in text.reference_plan
    ]
    return Exercise(
        text, cut, clock_of(cut), begin, end,
        tuple(sorted(injects, key=lambda i: (i.hour, i.spec.id))),
        tuple(sorted(steps, key=lambda s: (s.hour, s.spec.id))),
    )  # fmt: skip


def prepared_inject(
    exercise: Exercise, row: Mapping[str, Any], others: Mapping[str, PlannedInject]
) -> PlannedInject:
    """Return an inject written during play, with the checks of one in a file.

    Args:
        exercise: What is played.
        row: Its keys.
        others: Injects there are by id; one of the same id is replaced.

    Raises:
        InputError: With every problem found; keys are those of the row.
    """
    from sim.exercises.checking import problems_of_reading

    name = str(row.get("id") or "")
    marks: dict[KeyPath, Mark] = {(): Mark("", 0, ASSUMED_BY_USER, "assumed")}
    reading = Reading(Found(Path(), ""), Tree({"timeline": Rows({name: dict(row)})}, marks))
    reader = Validation(reading.tree)
    shape = shape_of(ExerciseText).fields["timeline"]
    built = reader.rows("timeline", shape, reading.tree.values["timeline"])
    inject = built[0] if built else None
    if isinstance(inject, Inject):
        effect = read_effect(reader, inject)
        kept = tuple(o.spec for o in others.values() if o.spec.id != name)
        reading.text = exercise.text.model_copy(update={"timeline": (*kept, inject)})
        reading.scenario = exercise.scenario
        reading.effects = {} if effect is None else {name: effect}
        asked = problems_of_reading(reading)
        reader.problems += [p for p in asked if p.key.split(".")[:2] == ["timeline", name]]
    if reader.problems or not isinstance(inject, Inject):
        raise InputError(
            replace(p, key=".".join(p.key.split(".")[2:]) or "id")
            for p in dict.fromkeys(reader.problems)
        )
    return PlannedInject(
        inject, hour_at(exercise.clock, inject.time), reading.effects.get(name),
        read_expectation(inject.expected_action), read_condition(inject.condition),
    )  # fmt: skip


def sound_effect(inject: Inject) -> Effect | None:
    """Return the effect of an inject that has been validated before."""
    if inject.effect in (None, "", {}):
        return None
    row = effect_map(inject.effect)
    return EFFECTS[str(row["kind"])].model_validate(row)


def exercise_from_text(data: Mapping[str, Any]) -> Exercise:
    """Return the exercise that ``Exercise.as_text`` wrote."""
    text = ExerciseText.model_validate(with_quantities(data[HEADER]))
    return prepared(text, from_text(data["scenario"]))
