"""What follows a stop or a find: those who act on it, each in turn (MODEL 6, 8, 11)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.movement.batch import Batch

F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]


class StopFollower:
    """Somebody who acts on stops and finds; every method may be left as it is."""

    def on_intercepted(self, parties: Batch, country: Index) -> None:
        """Take note of interceptions registered, before anybody is screened.

        Args:
            parties: The parties, with the network that guided them still on record.
            country: Index of the country that stopped them.
        """

    def on_finds(self, parties: Batch, country: Index, outcome: NDArray[Any]) -> None:
        """Take note of irregular uses found at posts, before anybody is screened.

        Args:
            parties: Those found; their posts hang on ``parties.leg``.
            country: Index of the country that runs the post.
            outcome: INTERCEPTED (hidden in a vehicle) or REFUSED (forged document).
        """

    def on_stops(self, parties: Batch, country: Index, held: F64) -> Mask | None:
        """Act on parties intercepted, screened and about to be held; return who is taken away.

        Args:
            parties: Those in no procedure, no victims and no children referred.
            country: Index of the country that stopped them.
            held: Hours they would be held.

        Returns:
            Mask of the parties that are not held (their state is set by the follower), None for
            nobody.
        """
        return None

    def on_release(self, parties: Batch, fate: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return what becomes of parties whose holding ends (codes of ``control.aftermath``)."""
        return fate


class StopFollowers:
    """The followers in order; without any, nothing follows.

    A follower that takes a party away hides it from those behind it.
    """

    def __init__(self) -> None:
        self._followers: list[StopFollower] = []

    def add(self, follower: StopFollower) -> None:
        """Let one more act, behind those added before."""
        self._followers.append(follower)

    def on_intercepted(self, parties: Batch, country: Index) -> None:
        """Tell everybody of interceptions registered."""
        for follower in self._followers:
            follower.on_intercepted(parties, country)

    def on_finds(self, parties: Batch, country: Index, outcome: NDArray[Any]) -> None:
        """Tell everybody of finds at posts."""
        for follower in self._followers:
            follower.on_finds(parties, country, outcome)

    def on_stops(self, parties: Batch, country: Index, held: F64) -> Mask:
        """Tell everybody of stops; return the mask of the parties taken away."""
        taken = np.zeros(len(parties), np.bool_)
        left = np.arange(len(parties))
        for follower in self._followers:
            some = follower.on_stops(parties, country, held)
            if some is None:
                continue
            taken[left[some]] = True
            stay = (~some).nonzero()[0]
            if not stay.size:
                break
            parties, country, held = parties.take(stay), country[stay], held[stay]
            left = left[stay]
        return taken

    def on_release(self, parties: Batch, fate: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return what becomes of parties whose holding ends."""
        for follower in self._followers:
            fate = follower.on_release(parties, fate)
        return fate
