"""What an exercise file says: roles, objectives, blocks of time, injects, reference plan."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from sim.scenario.measures import Target
from sim.scenario.quantities import Quantity
from sim.scenario.specs.base import CountryCode, Hours, Id, Minutes, Number, Spec
from sim.scenario.specs.control import ServiceName

#: Roles that every exercise has beside those of its file.
FACILITATOR, EVALUATOR, OBSERVER = "facilitator", "evaluator", "observer"
STAFF = (FACILITATOR, EVALUATOR, OBSERVER)
#: Addressee of an inject that goes to every role.
EVERYBODY = "all"

Means = Literal["phone", "radio", "email", "letter", "in_person", "press", "liaison", "system"]
InjectType = Literal["information", "event", "decision", "disturbance", "contingency"]


class Role(Spec):
    """A player's post: whom it stands for, what it may decide on, what it hears of.

    ``owns``: targets its decisions may name; ``country:MNE`` owns all that country runs.
    ``knows``: further targets whose state it sees, and ``series:ID`` of registered figures.
    ``sends``: countries whose officers it may post; without it its own country's.
    ``seats``: how many players may share the role.
    """

    id: Id
    name: str
    country: CountryCode | None = None
    service: ServiceName | None = None
    owns: tuple[Target, ...] = ()
    knows: tuple[Target, ...] = ()
    sends: tuple[CountryCode, ...] = ()
    seats: int = Field(1, ge=1, le=30)
    brief: str = ""


class Objective(Spec):
    """What the exercise is for, one sentence."""

    id: Id
    text: str = Field(min_length=1)


class CriticalTask(Spec):
    """Something that must be done for an objective to be met; evaluators rate it."""

    id: Id
    objective: Id
    text: str = Field(min_length=1)


class Block(Spec):
    """A stretch of simulated time and the wall-clock time it takes; none is a jump."""

    id: Id
    since: str = Field(alias="from")
    until: str
    takes: Minutes
    text: str = ""


class Inject(Spec):
    """One row of the master scenario events list.

    ``sender`` (``from``): whoever speaks; need not be a role. ``effect``: a typed change of the
    world (``sim.exercises.effects``), as a map or as ``kind key=value ...``. ``condition``:
    ``not ID`` or ``done ID``: only if what inject ID expects has not come, or has.
    ``expected_action``: ``kind [at] [min] by role``, then free text after a bar. ``window``: time
    the action may take. ``status``: ``on_call`` waits for the facilitator.
    """

    id: Id
    time: str
    to: tuple[Id, ...] = Field((EVERYBODY,), min_length=1)
    sender: str = Field("", alias="from")
    means: Means = "phone"
    text: str = Field(min_length=1)
    inject_type: InjectType = "information"
    effect: Any = None
    condition: str = ""
    expected_action: str = ""
    objective: Id | None = None
    critical_task: Id | None = None
    weight: Number = Quantity(1.0, unit="1")
    window: Hours | None = None
    status: Literal["planned", "on_call"] = "planned"


class Step(Spec):
    """A step of the reference plan: a measure that a role orders, or a message it writes.

    ``until``: end of the measure, none for the end of the exercise. ``measure``: a plan's
    measure without ``from`` and ``until``. ``message`` goes ``to`` roles. ``because``: why.
    """

    id: Id
    time: str
    role: Id
    until: str | None = None
    measure: dict[str, Any] | None = None
    to: tuple[Id, ...] = ()
    message: str = ""
    because: str = ""


class ExerciseText(Spec):
    """An exercise as written; times are civil times of the scenario's zone.

    ``at``: where it starts, ``2018-08-13 06:00``. ``timeline_table``: a CSV file whose injects are
    added to ``timeline``. ``sets``: settings as of ``--set``.
    """

    exercise: Id
    title: str = ""
    summary: str = ""
    scenario: str
    plan: str = ""
    sets: tuple[str, ...] = ()
    at: str
    seed: int | None = Field(None, ge=0, le=2**32 - 1)
    roles: tuple[Role, ...] = ()
    objectives: tuple[Objective, ...] = ()
    critical_tasks: tuple[CriticalTask, ...] = ()
    time_plan: tuple[Block, ...] = ()
    timeline: tuple[Inject, ...] = ()
    timeline_table: str = ""
    reference_plan: tuple[Step, ...] = ()
    notes: str = ""
