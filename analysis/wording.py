"""Numbers of a comparison in words: amounts, differences with sign, intervals, in their unit."""

from __future__ import annotations

import math

from sim.records.dictionary import OUTCOMES

MINUS = "\N{MINUS SIGN}"
_BARE = ("share", "")


def amount(value: float | None, unit: str) -> str:
    """Return a value with as many digits as it deserves; shares in per cent.

    >>> amount(12.34, "persons"), amount(0.256, "share"), amount(1234.5, "h")
    ('12.3', '25.6 %', '1,234')
    """
    if value is None or math.isnan(value):
        return "not recorded"
    if unit == "share":
        return f"{100 * value:.1f} %"
    return _digits(value)


def signed(value: float | None, unit: str) -> str:
    """Return a difference with its sign; of shares in percentage points.

    Two significant digits of a small one: "0" is no difference at all.

    >>> signed(-0.012, "share"), signed(0.0, "persons"), signed(3.25, "persons")
    ('\N{MINUS SIGN}1.2', '0', '+3.2')
    >>> signed(0.000123, "share"), signed(-0.00034, "persons")
    ('+0.012', '\N{MINUS SIGN}0.00034')
    """
    if value is None or math.isnan(value):
        return "not recorded"
    if value == 0:
        return "0"
    text = _points(abs(100 * value)) if unit == "share" else _digits(abs(value))
    return f"{'+' if value > 0 else MINUS}{text}"


def interval(bounds: tuple[float, float] | None, unit: str) -> str:
    """Return an interval of differences.

    >>> interval((-1.0, 2.5), "persons"), interval(None, "persons")
    ('\N{MINUS SIGN}1 to +2.5', 'not defined')
    """
    if bounds is None:
        return "not defined"
    return f"{signed(bounds[0], unit)} to {signed(bounds[1], unit)}"


def margin_words(margin: float | None, unit: str) -> str:
    """Return a harm margin in the outcome's unit, of shares in points; "" for none.

    >>> margin_words(0.02, "share"), margin_words(12.34, "persons"), margin_words(None, "h")
    ('2.0 points', '12.3', '')
    """
    if margin is None:
        return ""
    if math.isnan(margin):
        return "not recorded"
    return f"{_points(100 * margin)} points" if unit == "share" else _digits(margin)


def unit_of_difference(unit: str) -> str:
    """Return the unit in which a difference is printed."""
    return "points" if unit == "share" else unit


def outcome_name(name: str, subject: str = "all") -> str:
    """Return an outcome in plain words, with the subject it is counted for.

    >>> outcome_name("returned_outside_procedure"), outcome_name("deaths", "country:BIH")
    ('returned outside procedure', 'deaths (country BIH)')
    """
    words = name.replace("_", " ")
    return words if subject == "all" else f"{words} ({subject.replace(':', ' ')})"


def unit_of(name: str) -> str:
    """Return the unit of an outcome."""
    return OUTCOMES[name].unit


def _digits(value: float) -> str:
    size = abs(value)
    if size >= 100 or value == round(value):
        return f"{value:,.0f}"
    if size >= 1:
        return f"{value:.1f}"
    return f"{value:.2g}"


def _points(size: float) -> str:
    return f"{size:.1f}" if size >= 1 else f"{size:.2g}"
