"""Bots: players that order what the reference plan says, through a session like anybody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sim.errors import InputError
from sim.exercises.loading import PlannedStep
from sim.exercises.session import Receipt, Seat, Session
from sim.exercises.times import text_of


class Bots:
    """Players of some roles who follow the reference plan.

    Attributes:
        refused: Steps that were refused, with the reason.
    """

    def __init__(self, session: Session, roles: Iterable[str] | None = None) -> None:
        """Take a seat in each role; all of them if none are named.

        Raises:
            InputError: A role is unknown, or its first seat is taken.
        """
        self._session = session
        names = [role.id for role in session.roles] if roles is None else list(roles)
        self._seats = {name: Seat(name) for name in names}
        self._done: set[str] = {a.measure.id for a in session.actions}
        self.refused: dict[str, str] = {}
        for name in names:
            if Seat(name) not in session.taken:
                session.join(name)

    def act(self) -> list[Receipt]:
        """Take every step that is due at the hour reached; return the acknowledgements."""
        session, receipts = self._session, []
        for step in session.exercise.steps:
            spec = step.spec
            due = step.hour <= session.hour and not session.over
            if not due or spec.id in self._done or spec.role not in self._seats:
                continue
            self._done.add(spec.id)
            try:
                receipts.append(self._take(step))
            except InputError as error:
                self.refused[spec.id] = str(error)
        return receipts

    def _take(self, step: PlannedStep) -> Receipt:
        session, spec = self._session, step.spec
        seat = self._seats[spec.role]
        if spec.measure is None:
            return session.send(seat, spec.to, spec.message)
        row = {"id": spec.id, **spec.measure, "summary": spec.because}
        end = None if step.end is None else text_of(session.exercise.clock, step.end)
        return session.decide(seat, row, end=end)

    def play(self, until: int | None = None, on_hour: Callable[[int], None] | None = None) -> None:
        """Let the clock run hour by hour to the end, acting at each.

        Args:
            until: Hour to stop at; None for the exercise's end.
            on_hour: Called with each hour reached.
        """
        session = self._session
        self.act()
        while session.hour < (session.exercise.end if until is None else until):
            session.advance(session.hour + 1)
            self.act()
            if on_hour is not None:
                on_hour(session.hour)
