"""Profiles of travellers, arrivals and stocks."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from sim.scenario.quantities import Quantity
from sim.scenario.specs.base import Euros, Id, Number, Persons, Row, Share


class Profile(Row):
    """A kind of traveller; at most 10 a scenario.

    ``origin`` is a label for reading outcomes by origin mix; no control function ever sees it.
    ``party_sizes``: weight by number of persons (1-30). ``unaccompanied_share``: share of
    one-person-or-larger non-family parties made of unaccompanied children only.
    ``minors_share``: share of children in families (at least one, never all); other parties hold
    none unless they are unaccompanied.
    ``funds``: median EUR per person at the start; ``funds_spread``: sigma of ln funds.
    ``exit_values``: added to the exit's own value, days, by exit.
    ``wish_share``: share of persons who wish to claim asylum when stopped.
    ``vulnerable_share``: share of parties with a hidden victim of trafficking.
    """

    origin: str = ""
    party_sizes: dict[int, float] = Field(min_length=1)
    minors_share: Share
    family_share: Share
    unaccompanied_share: Share
    funds: Euros
    funds_spread: Number
    wish_share: Share
    vulnerable_share: Share
    exit_values: dict[Id, float] = {}


class Mix(Row):
    """Shares of profiles (weights, normalised) of an arrival series or a stock."""

    shares: dict[Id, float] = Field(min_length=1)


class Arrival(Row):
    """Persons who enter the modelled world at a place within a period, from upstream figures.

    ``since`` is inclusive, ``until`` exclusive. ``series`` names the upstream series; it may not
    be a target's series (a test and ``check`` hold it). ``seasonal`` false: as registered.
    """

    series: Id
    place: Id
    since: date = Field(alias="from")
    until: date
    persons: Persons
    mix: Id


class Stock(Row):
    """Persons present at a place at the start; first decision after the place's dwell."""

    place: Id
    persons: Persons
    mix: Id
    failures: Share = Quantity(0.0, unit="share")
