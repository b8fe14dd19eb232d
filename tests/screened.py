"""Parties stopped, given as columns, screened by the desks of a country."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.kernels.screening import STOP
from sim.protection.screening import ScreeningDesks

Array = np.ndarray[Any, Any]


def stops(
    country: Array, persons: Any, unaccompanied: Any, vulnerable: Any, wish: Any, held: Any
) -> Any:
    """Return parties as records with columns for attributes; nothing is found yet."""
    met = np.zeros(len(country), STOP)
    met["country"], met["persons"], met["unaccompanied"] = country, persons, unaccompanied
    met["vulnerable"], met["wish"], met["held"] = vulnerable, wish, held
    return met.view(np.recarray)


def screened(
    desks: ScreeningDesks,
    country: Array,
    persons: Any,
    unaccompanied: Any,
    vulnerable: Any,
    wish: Any,
    held: Any,
    base: Array,
    day: int,
    interpreted: Array | None = None,
) -> Any:
    """Return the parties with what is found."""
    met = stops(country, persons, unaccompanied, vulnerable, wish, held)
    desks.screen(met.view(np.ndarray), base, day, interpreted)
    return met
