"""Codes that kernels and mechanisms share: states of a party, endings of an encounter."""

from __future__ import annotations

from typing import Final

# Every name with a value of its own: what is compiled takes them for constants.
MOVING: Final = 0
WAITING: Final = 1
QUEUED: Final = 2
HELD: Final = 3
CASE: Final = 4
RECEPTION: Final = 5
ASYLUM: Final = 6
ARRIVED: Final = 7
RETURNED: Final = 8
GAVE_UP: Final = 9
DEAD_OR_MISSING: Final = 10
NOT_YET: Final = 11

#: How an encounter ends, exactly one a party and controlled leg (uint8 codes).
PASSED: Final = 0  #: not seen
LOST: Final = 1  #: seen, not reached
ABORTED: Final = 2  #: saw the patrol first and turned back
INTERCEPTED: Final = 3  #: intercepted and registered
OUTSIDE: Final = 4  #: returned outside procedure: a harm, never an interception

#: Besides: no try has ended, or the party is not where it led.
AWAY: Final = 5
#: Or it has ended at a counter, where the party claims asylum instead of passing.
CLAIMED: Final = 6

#: A party's offer where it travels alone, its leg where it has none, a choice to stay.
ALONE: Final = -1
NO_LEG: Final = -1
STAY: Final = -1
