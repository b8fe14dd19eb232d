"""What follows a stop or a find: those who act on it, each in turn (MODEL 6, 8, 11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.movement.batch import Batch

F64 = NDArray[np.float64]
Index = NDArray[np.intp]


class StopFollower:
    """Somebody who acts on stops and finds; every method may be left as it is."""

    def on_finds(self, parties: Batch, country: Index, outcome: NDArray[Any]) -> None:
        """Take note of irregular uses found at posts, before anybody is screened.

        Args:
            parties: Those found; their posts hang on ``parties.leg``.
            country: Index of the country that runs the post.
            outcome: INTERCEPTED (hidden in a vehicle) or REFUSED (forged document).
        """

    def on_stops(self, parties: Batch, country: Index, held: F64, left: Index) -> Index:
        """Act on parties intercepted, screened and about to be held; return who is left.

        Args:
            parties: The parties intercepted.
            country: Index of the country that stopped them.
            held: Hours they would be held.
            left: Positions of those about to be held, one or more: in no procedure, no victims and
                no children referred. Nobody else is acted on.

        Returns:
            Positions of those of them that are to be held still; the state of all others is set
            by the follower.
        """
        return left


class StopFollowers:
    """The followers in order; without any, nothing follows.

    A follower that takes a party away hides it from those behind it.
    """

    def __init__(self) -> None:
        # Those who do not leave a method as it is, by method.
        self._at_finds: list[Callable[[Batch, Index, NDArray[Any]], None]] = []
        self._at_stops: list[Callable[[Batch, Index, F64, Index], Index]] = []

    def add(self, follower: StopFollower) -> None:
        """Let one more act, behind those added before."""
        acts, idle = type(follower), StopFollower
        if acts.on_finds is not idle.on_finds:
            self._at_finds.append(follower.on_finds)
        if acts.on_stops is not idle.on_stops:
            self._at_stops.append(follower.on_stops)

    def on_finds(self, parties: Batch, country: Index, outcome: NDArray[Any]) -> None:
        """Tell everybody of finds at posts."""
        for take_note in self._at_finds:
            take_note(parties, country, outcome)

    def on_stops(self, parties: Batch, country: Index, held: F64, left: Index) -> Index:
        """Tell everybody of stops; return the positions of those not taken away."""
        for act in self._at_stops:
            if not left.size:
                break
            left = act(parties, country, held, left)
        return left
