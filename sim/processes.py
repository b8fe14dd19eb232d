"""SimPy's clock as the tick order moves it on."""

from __future__ import annotations

import simpy


class Processes(simpy.Environment):
    """SimPy's environment of a run: requests of the tactical grain, and what institutions start.

    Its time is the run's clock, in hours since start.
    """

    def move_to(self, hour: int) -> None:
        """Let happen all that falls before an hour, and be there.

        The same as ``run`` to it, which makes an event of its own to stop at: most windows have
        none.
        """
        while self.peek() < hour:
            self.step()
        self._now = hour
