"""What players order in an exercise: checked, refused with the reason, or put in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.errors import InputError, Problem
from sim.exercises.checking import not_theirs
from sim.exercises.loading import Exercise
from sim.exercises.specs import Role
from sim.exercises.times import text_of
from sim.model import BorderModel
from sim.scenario.adding import read_measure
from sim.scenario.measures import Measure

#: Measures a role may order in an exercise.
MOST_MEASURES = 200


@dataclass(frozen=True, slots=True)
class Action:
    """A measure ordered in the exercise.

    Attributes:
        measure: The measure.
        role: Role that ordered it.
        seat: Its seat; 0 where nobody sat there and the reference plan was followed.
        hour: Hour of the order.
        begin: First hour in force.
        end: First hour over, None for the end of the exercise.
        entry: Journal entry of the order; 0 for the reference plan.
        step: Step of the reference plan that it is; empty for a player's order.
    """

    measure: Measure
    role: str
    seat: int
    hour: int
    begin: int
    end: int | None
    entry: int
    step: str = ""


class Orders:
    """Measures ordered in an exercise.

    Attributes:
        actions: Those in force or over, in order.
        answerable: Ids of measures that injects have put in force: an order may overlap them.
    """

    def __init__(self, exercise: Exercise, model: BorderModel) -> None:
        """Let nothing be ordered yet in a model of the exercise's world."""
        self._exercise, self._model = exercise, model
        self.actions: list[Action] = []
        self.answerable: set[str] = set()

    def checked(self, role: Role, row: Mapping[str, Any], begin: int, end: int | None) -> Measure:
        """Return the measure of a row after every check, nothing done yet.

        Raises:
            InputError: The role may not order it, or it cannot be carried out; says why.
        """
        measure = self.read(row, begin)
        in_force, last = self._model.world.in_force, end or self._exercise.clock.hours
        if begin < self._model.now or begin >= self._exercise.end:
            rule = "in-the-past" if begin < self._model.now else "outside-exercise"
            message = "the hour has passed, or lies after the exercise's end"
            when = text_of(self._exercise.clock, begin)
            raise refusal(rule, message, "Begin it later.", "from", when)
        if last <= begin:
            when = text_of(self._exercise.clock, last)
            message = "the measure ends before it begins"
            raise refusal("bad-period", message, "End it later.", "until", when)
        if measure.when is not None or getattr(measure, "every", None) is not None:
            key = "every" if measure.when is None else "when"
            message = "an order of an exercise begins at its hour, once"
            raise refusal("needless-key", message, f"Drop `{key}`, and order again.", key, "")
        dated = in_force.dated(measure, begin, end)
        problems = in_force.problems(dated, begin, last, self.answerable)
        unknown = [p for p in problems if p.rule.startswith("unknown-")]
        theirs = not_theirs(self._exercise.scenario, role, measure)
        if unknown or theirs or problems:
            raise InputError(unknown or theirs or problems)
        if len([a for a in self.actions if a.role == role.id]) >= MOST_MEASURES:
            message = f"a role orders at most {MOST_MEASURES} measures"
            raise refusal("too-many", message, "Combine some.", "", "")
        return measure

    def read(self, row: Mapping[str, Any], begin: int) -> Measure:
        """Return the measure of a row as its kind reads it.

        Raises:
            InputError: It is no sound measure.
        """
        day = self._exercise.clock.local(begin).date()
        measure, problems = read_measure(row, day, None)
        if measure is None:
            raise InputError(problems)
        return measure

    def put_in_force(
        self,
        measure: Measure,
        role: str,
        seat: int,
        begin: int,
        end: int | None,
        entry: int,
        step: str = "",
    ) -> None:
        """Put a measure in force that has been checked; see ``Action``."""
        # What is left of overlaps answers an inject.
        held = self._model.world.in_force.add(measure, begin, end, over=True)
        now = self._model.now
        self.actions.append(Action(held.measure, role, seat, now, begin, end, entry, step))


def refusal(rule: str, message: str, remedy: str, key: str, value: str) -> InputError:
    """Return the error of one thing that is refused."""
    return InputError([Problem(rule, message, remedy, key=key, value=value[:80])])
