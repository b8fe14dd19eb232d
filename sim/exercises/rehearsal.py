"""A dry run of an exercise: bots play the reference plan, and what would not work is told."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sim.errors import Problem
from sim.exercises.bots import Bots
from sim.exercises.loading import Exercise, Reading
from sim.exercises.session import Action, Sent, Session
from sim.exercises.specs import FACILITATOR


@dataclass(frozen=True)
class Rehearsal:
    """What came of a dry run.

    Attributes:
        digest: Hash of the state at the end without free text; the same for the same exercise,
            seed and version.
        hours: Hours played.
        actions: Measures that were ordered.
        refused: Steps of the reference plan that were refused, with the reason.
        failed: Effects of injects that could not act, with the reason, by inject.
        sent: Injects that were sent, and what came of what they expect.
        skipped: Why the others were not sent, by inject.
        on_call: Injects that wait for the facilitator.
    """

    digest: str
    hours: int
    actions: tuple[Action, ...]
    refused: dict[str, str]
    failed: dict[str, str]
    sent: tuple[Sent, ...]
    skipped: dict[str, str]
    on_call: tuple[str, ...]

    @property
    def unmet(self) -> tuple[str, ...]:
        """Injects whose expected action the reference plan does not take, or takes too late."""
        return tuple(
            s.inject.spec.id
            for s in self.sent
            if s.inject.expectation is not None and (s.met is None or s.late)
        )


def rehearse(
    exercise: Exercise,
    folder: Path | None = None,
    seed: int | None = None,
    on_hour: Callable[[int, int], None] | None = None,
) -> Rehearsal:
    """Let bots play an exercise to its end at speed.

    Args:
        exercise: The exercise.
        folder: Where the session stands; None plays in a folder that is removed.
        seed: Seed of the world; None takes the exercise's.
        on_hour: Called with (hour reached, hour of the begin) while the world runs there.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="crossborder-") as made:
            return rehearse(exercise, Path(made) / "session", seed, on_hour)
    with Session.begin(exercise, folder, seed, on_hour) as session:
        bots = Bots(session)
        bots.play()
        failed = {
            str(e.facts["inject"]): e.text
            for e in session.feed(FACILITATOR)
            if e.kind == "effect refused"
        }
        waiting = [i.spec.id for i in session.timeline if i.spec.status == "on_call"]
        return Rehearsal(
            session.digest(words=False), session.hour - exercise.begin, session.actions,
            bots.refused, failed, session.sent, dict(session.play.skipped), tuple(waiting),
        )  # fmt: skip


def problems_of_rehearsal(reading: Reading, rehearsal: Rehearsal) -> list[Problem]:
    """Return what a dry run found wrong, placed in the exercise's file."""
    found = [
        reading.tree.problem(
            "refused-step",
            ("reference_plan", step),
            f"the reference plan cannot be played: {_once(why)}",
            "Change the step.",
        )
        for step, why in rehearsal.refused.items()
    ]
    found += [
        reading.tree.problem(
            "refused-effect",
            ("timeline", inject, "effect"),
            f"the effect cannot act: {_once(why)}",
            "Change the effect.",
        )
        for inject, why in rehearsal.failed.items()
    ]
    return found


def _once(text: str) -> str:
    return " ".join(text.split())
