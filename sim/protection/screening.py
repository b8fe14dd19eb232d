"""Screening of intercepted parties: access to asylum, victims, children (MODEL 14).

Origin is no argument of anything here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import ModelError
from sim.kernels import screening as kernels
from sim.kernels.screening import UNKNOWN
from sim.randomness import F64, U64, salt
from sim.scenario.specs.control import Screening
from sim.scenario.specs.exchange import InterpretedScreening

_SHARES = ("access_share", "registered_share", "identify_share", "false_share", "referral_share")
#: What a plan may change. The reflection period is a fixed state of the procedure (MODEL, Scope).
CHANGEABLE = (*_SHARES, "interview", "interviews_per_day")
#: Rows of the table of values by country; the first three are drawn against as they stand.
_FIELDS = ("access_share", "registered_share", "referral_share", "identify_share", "false_share",
           "interview", "interviews_per_day", "reflection")  # fmt: skip
_IDENTIFY, _FALSE, _, _PER_DAY, _REFLECTION = range(3, 8)
_DRAWN = np.array(
    [salt("screening", name) for name in ("claim", "register", "referral", "victim", "priority")],
    np.uint64,
)
_NOBODY = np.empty(0, np.bool_)


class ScreeningDesks:
    """The screeners of each country, and the interviews they still can hold today.

    Attributes:
        left: Interviews left today, int64, shape (countries,).
    """

    def __init__(
        self,
        rows: Sequence[Screening],
        countries: Sequence[str],
        interpreted: Sequence[InterpretedScreening] = (),
    ) -> None:
        """Lay the rows out by country index; ``interpreted`` where a guest interprets.

        Raises:
            ModelError: A row names an unknown country, a country has two rows, or an interview
                takes no time.
        """
        self._countries = tuple(countries)
        # As they are, and with an interpreter: the better of the two, field by field.
        self._values = np.full((2, len(_FIELDS), len(countries)), np.nan)
        self._held = np.zeros(len(countries), np.bool_)
        for row in rows:
            at = self._index(row.country)
            if self._held[at]:
                raise ModelError(f"`screening` has two rows for {row.country}; keep one")
            self._held[at] = True
            self._values[0, :, at] = [getattr(row, field).value for field in _FIELDS]
            _check(row.country, "interview", row.interview.value)
        self._with_interpreter = np.full_like(self._values[0], np.nan)
        for better in interpreted:
            at = self._index(better.country)
            shares = [getattr(better, f).value if f in _SHARES else np.nan for f in _FIELDS]
            self._with_interpreter[:, at] = shares
        self._most = 8
        self._interpret()
        self._day = -1
        self.left = np.zeros(len(countries), np.int64)

    def require(self, countries: Iterable[str]) -> None:
        """Refuse a world in which a country that intercepts has no row of ``screening``.

        Raises:
            ModelError: Names the countries without a row.
        """
        missing = sorted({c for c in countries if not self._held[self._index(c)]})
        if missing:
            raise ModelError(
                f"no row of `screening` for {', '.join(missing)}, whose officers intercept; "
                "add one row a country"
            )

    def get(self, country: str, field: str) -> float:
        """Return a value in force, e.g. to restore it when a measure ends."""
        return float(self._values[0, _FIELDS.index(field), self._index(country)])

    def set(self, country: str, field: str, value: float) -> None:
        """Set one of ``CHANGEABLE`` for a country; interviews per day hold from the next day.

        Raises:
            ModelError: The country has no row, or the field may not be set or not to this value.
        """
        if field not in CHANGEABLE:
            raise ModelError(
                f"screening has no changeable value {field!r}; use {', '.join(CHANGEABLE)}"
            )
        self.require((country,))
        _check(country, field, value)
        self._values[0, _FIELDS.index(field), self._index(country)] = value
        self._interpret()

    def _interpret(self) -> None:
        own, better = self._values[0], self._with_interpreter
        self._values[1] = np.fmax(own, better)
        self._values[1, _FALSE] = np.fmin(own[_FALSE], better[_FALSE])
        self._tabulate()

    def _tabulate(self) -> None:
        """Lay out the chance of a mark by false share or victims', country and interviews."""
        shares = self._values[:, [_FALSE, _IDENTIFY]]
        number = self._most + 1
        interviews = np.tile(np.arange(number), shares.size)
        chances = identification(shares.repeat(number), interviews)
        self._chances: F64 = chances.reshape(*shares.shape, number)

    @property
    def reflection(self) -> F64:
        """Hours of reflection an identified victim has, by country index."""
        hours: F64 = self._values[0, _REFLECTION]
        return hours

    def screen(
        self,
        stops: NDArray[Any],
        base: U64,
        day: int,
        interpreted: NDArray[np.bool_] | None = None,
    ) -> None:
        """Screen the parties intercepted now.

        A victim is identified with P = 1 - (1 - q)^m, m the interviews held (MODEL 14); a party
        without one is marked with the same formula and the false share. The time held allows
        floor(held / interview) interviews; where a country's interviews of the day are short,
        they are shared as evenly as whole numbers allow, the rest by keyed priority.
        A party is decided on as one: families and groups of children are never separated.

        Args:
            stops: The parties, one record each, shape (m,). Given are country (its index), held
                (hours), persons, minors, unaccompanied, family, vulnerable (it holds a hidden
                victim of trafficking) and wish (for asylum). Written are interviews (held with
                it), claim_made, claim_registered (in time), identified (a victim in it),
                false_positive (it was marked and holds none) and referred (unaccompanied children
                referred to child protection).
            base: ``Draws.event_base(key, moves)``.
            day: Civil day; a new day brings a new day's interviews.
            interpreted: Whether a guest officer interprets; None for nobody.

        Raises:
            ModelError: A country without a row of ``screening`` is asked.
        """
        if day != self._day:
            self._open(day)
        guided = _NOBODY if interpreted is None else interpreted
        most = self._hold(stops, base, guided)
        if most > self._most:
            self._most = 2 * most
            self._tabulate()
            self._hold(stops, base, guided)

    def _hold(self, stops: NDArray[Any], base: U64, interpreted: NDArray[np.bool_]) -> int:
        """Hold interviews, as far as they are tabulated; return the most a party may have."""
        most: int = kernels.screen(
            stops, base, interpreted, _DRAWN, self.left, self._values, self._chances
        )
        if most == UNKNOWN:
            self.require(self._countries[i] for i in np.unique(stops["country"]))
        return most

    def _open(self, day: int) -> None:
        # Differences of floors hand out 0.5 interviews a day as one every other day.
        per_day = np.where(self._held, self._values[0, _PER_DAY], 0.0)
        handed_out = np.floor(per_day * np.array([[day], [day + 1]]))
        self.left = (handed_out[1] - handed_out[0]).astype(np.int64)
        self._day = day

    def _index(self, country: str) -> int:
        if country not in self._countries:
            raise ModelError(f"`screening` names country {country!r}, which the scenario has not")
        return self._countries.index(country)


def identification(q: F64, interviews: NDArray[np.int64]) -> F64:
    """Return P = 1 - (1 - q)^m, the chance that m interviews identify (MODEL 14).

    >>> identification(np.array([0.2, 0.2, 1.0]), np.array([0, 2, 1])).round(4).tolist()
    [0.0, 0.36, 1.0]
    """
    return np.asarray(1.0 - (1.0 - q) ** interviews)


def _check(country: str, field: str, value: float) -> None:
    if field in _SHARES and not 0 <= value <= 1:
        raise ModelError(f"screening {country} {field} = {value}: use a share between 0 and 1")
    if field == "interview" and not 0 < value < np.inf:
        raise ModelError(f"screening {country} interview = {value} h: use more than 0 h")
    if field == "interviews_per_day" and not 0 <= value < np.inf:
        raise ModelError(f"screening {country} {field} = {value}: use a number, at least 0")
