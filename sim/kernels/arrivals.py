"""Parties laid out before the run: how many persons and of what profile, and their make-up."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled
from sim.kernels.hashing import GOLDEN, drawn, event_base, mixed, unit

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Shares and numbers of a profile, by column: parties that are families, lone parties of
#: unaccompanied children; children in a family; victims, wishes to claim; spread and mean of funds.
FAMILY: Final = 0
UNACCOMPANIED: Final = 1
MINORS: Final = 2
VULNERABLE: Final = 3
WISH: Final = 4
SPREAD: Final = 5
FUNDS: Final = 6
#: Draws besides those five, which are numbered as their columns: failures of those there at the
#: start, two of funds.
_FAILURES: Final = 5
_RADIUS: Final = 6
_ANGLE: Final = 7
_FULL_TURN: Final = 2 * np.pi


@compiled
def place(
    series: Any, total: int, run: Any, salts: U64, mix: F64, sizes: I64, edges: F64, begin: Any,
    span: Any, hours: int, key: U64, persons: U8, profile: U8, hour: I32,
) -> int:  # fmt: skip
    """Make parties of a series until so many persons have a place; return how many come in time.

    Args:
        series: Key of the series; a party's key hangs on it and the position in the series.
        total: Persons; the last party is cut.
        run: The run's own bits.
        salts: Of the draws of profile, size and hour.
        mix: Shares of the profiles, summed up.
        sizes: Sizes a party of each profile may have, (profiles, most).
        edges: Where the draws of each size but the last end, (profiles, most - 1).
        begin: First hour of arrivals.
        span: Hours over which they are spread evenly.
        hours: Hours of the run; who arrives before or after is left out.
        key: Written, with room for ``total``; so are the next three.
        persons: Persons in the party.
        profile: Its profile.
        hour: Hour at which it arrives.
    """
    made, position, left = 0, np.uint64(0), total
    while left > 0:
        party = mixed(position * GOLDEN + series)
        position += np.uint64(1)
        base = event_base(run, party, np.uint64(0))
        u = unit(drawn(base, salts[0]))
        which = 0
        while which < mix.size - 1 and mix[which] <= u:
            which += 1
        u = unit(drawn(base, salts[1]))
        step = 0
        for k in range(edges.shape[1]):
            step += edges[which, k] <= u
        size = min(sizes[which, step], left)
        left -= size
        when = np.floor(begin + unit(drawn(base, salts[2])) * span)
        key[made], persons[made], profile[made], hour[made] = party, size, which, np.int32(when)
        made += (when >= 0) & (when < hours)
    return made


@compiled
def make_up(
    first: int, order: I32, key: U64, size: U8, profile: U8, hour: I32, block: Any, node: I64,
    stock: Mask, failures: F64, profiles: F64, run: Any, salts: U64, records: Any, due: I32,
    persons: U8, minors: U8, unaccompanied: U8, radius: F64, angle: F64,
) -> None:  # fmt: skip
    """Write parties into the crowd's rows from ``first`` on, all but their funds.

    Args:
        first: First row.
        order: Position of each row's party in the next five.
        key: Key of the party.
        size: Persons.
        profile: Profile.
        hour: Hour of entering.
        block: Row of the scenario it comes from.
        node: Place of each of these, shape (blocks,).
        stock: Whether it is there at the start.
        failures: Share that has failed before.
        profiles: Shares and numbers by profile, columns see above.
        run: The run's own bits.
        salts: Of the eight draws.
        records: Records of the crowd; so are the next four columns of it.
        due: Hour it is due.
        persons: Persons.
        minors: Children among them.
        unaccompanied: Children without an adult of their family.
        radius: Written, shape (order,): minus a uniform.
        angle: Written: an angle.
    """
    for k in range(order.size):
        i, row = order[k], first + k
        of, kind, heads = block[i], profiles[profile[i]], np.int64(size[i])
        base = event_base(run, key[i], np.uint64(0))
        family = (unit(drawn(base, salts[FAMILY])) < kind[FAMILY]) & (heads > 1)
        alone = (not family) & (unit(drawn(base, salts[UNACCOMPANIED])) < kind[UNACCOMPANIED])
        children: Any = np.int64(np.floor(kind[MINORS] * heads + unit(drawn(base, salts[MINORS]))))
        children = min(max(children, 1), heads - 1) if family else 0
        party = records[row]
        party["key"], party["profile"] = key[i], profile[i]
        party["node"], party["entry"], party["stock"] = node[of], node[of], stock[of]
        party["entered"] = due[row] = hour[i]
        party["family"] = family
        party["vulnerable"] = unit(drawn(base, salts[VULNERABLE])) < kind[VULNERABLE]
        party["wish"] = unit(drawn(base, salts[WISH])) < kind[WISH]
        party["failures"] = unit(drawn(base, salts[_FAILURES])) < failures[of]
        persons[row] = heads
        minors[row] = heads if alone else children
        unaccompanied[row] = heads if alone else 0
        radius[k] = -unit(drawn(base, salts[_RADIUS]))
        angle[k] = _FULL_TURN * unit(drawn(base, salts[_ANGLE]))


@compiled
def spread(first: int, rows: int, profiles: F64, records: Any, radius: F64, angle: F64) -> None:
    """Spread funds: put into ``radius`` the exponent, from log(1 - u) there and a cosine.

    By Box and Muller's transform (1958); ``profiles`` as above, so many rows from ``first`` on.
    """
    for k in range(rows):
        normal = np.sqrt(-2.0 * radius[k]) * angle[k]
        radius[k] = profiles[records[first + k]["profile"], SPREAD] * normal


@compiled
def give_funds(first: int, rows: int, profiles: F64, records: Any, factor: F64) -> None:
    """Write funds, EUR a person: a profile's own times a ``factor``."""
    for k in range(rows):
        party = records[first + k]
        party["funds"] = np.float32(profiles[party["profile"], FUNDS] * factor[k])
