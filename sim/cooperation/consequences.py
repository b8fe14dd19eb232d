"""What answers do: each goes to those who asked for its kind, once a window (MODEL 1, phase 5)."""

from __future__ import annotations

from typing import Protocol

from sim.cooperation.requests import Answers, Requests


class Asker(Protocol):
    """Somebody who acts on answers."""

    def on_answers(self, answers: Answers) -> None:
        """Act on answers of a kind asked for, in order of hour; late ones are among them."""


class Consequences:
    """Hands answers to the askers of their kind.

    Args:
        requests: Where the answers come from.
    """

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._askers: dict[int, list[Asker]] = {}

    def add(self, kind: int, asker: Asker) -> None:
        """Let somebody act on the answers of a kind (several may, in the order added)."""
        self._askers.setdefault(kind, []).append(asker)

    def settle(self, until: float) -> None:
        """Hand out the answers that came by ``until``, by kind in the order of their askers."""
        askers = self._askers
        for answers in self._requests.take_answers(until, askers):
            for asker in askers[answers.kind]:
                asker.on_answers(answers)
