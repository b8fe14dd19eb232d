"""Powers of officers at home and at a partner's side: service x agreement x task (MODEL 5a, 9)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sim.scenario.specs.control import Power

#: Task that officers do at a type of target.
TASKS: Final = {"sector": "patrol", "post": "post"}
#: A power of agreements that holds at airports only.
AT_AIRPORTS: Final = "airport_exchange"


def of_own_right(powers: Iterable[Power], service: str, task: str) -> bool:
    """Return whether a service may do a task in its own country."""
    return any(p.lent_by is None and (p.service, p.task) == (service, task) for p in powers)


def lending(powers: Iterable[Power], service: str, task: str, airport: bool) -> tuple[str, ...]:
    """Return the powers of agreements, any of which lends a visiting service a task there.

    Args:
        powers: The table of powers.
        service: The visitors' service.
        task: What they are to do.
        airport: Whether the place is an airport.
    """
    return tuple(
        dict.fromkeys(
            power.lent_by
            for power in powers
            if power.lent_by is not None
            and (power.service, power.task) == (service, task)
            and (airport or power.lent_by != AT_AIRPORTS)
        )
    )
