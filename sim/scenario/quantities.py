"""Quantities: a number with its unit, range, source and status."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

Status = Literal["measured", "estimated", "assumed"]
STATUSES: tuple[Status, ...] = ("measured", "estimated", "assumed")

#: Units by family: canonical factor of each spelling. Values convert within a family only.
FAMILIES: dict[str, dict[str, float]] = {
    "time": {"h": 1.0, "min": 1 / 60, "s": 1 / 3600, "d": 24.0, "days": 24.0, "weeks": 168.0},
    "length": {"km": 1.0, "m": 0.001},
    "speed": {"km/h": 1.0, "m/s": 3.6},
    "money": {"EUR": 1.0},
    "money per day": {"EUR/d": 1.0, "EUR/day": 1.0},
    "share": {"1": 1.0, "share": 1.0, "%": 0.01},
    "persons": {"persons": 1.0},
    "persons per day": {"persons/d": 1.0, "persons/day": 1.0, "persons/year": 1 / 365.25},
    "persons per month": {"persons/month": 1.0},
    "units per day": {"units/d": 1.0, "units/day": 1.0, "units/year": 1 / 365.25},
    "officers": {"officers": 1.0},
    "count": {"count": 1.0},
    "rate": {"1/h": 1.0, "1/d": 1 / 24, "1/1000 h": 0.001, "1/1000000 h": 1e-6},
    "angle": {"deg": 1.0},
}
_FAMILY_OF = {unit: family for family, units in FAMILIES.items() for unit in units}
_NUMBER = r"[+-]?(?:\d+(?:[ _]\d{3})*(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?"
_AFTER = re.compile(rf"^({_NUMBER})\s*(\D.*)?$")
#: What converting units may add to a whole number.
_ROUNDING = 1e-9
_BEFORE = re.compile(rf"^(EUR)\s*({_NUMBER})$")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in the canonical unit of its field, with what is known of it.

    Attributes:
        value: Central value, in ``unit``.
        low: Lower bound of what is plausible, or None where none is stated.
        high: Upper bound, or None.
        unit: Canonical unit of the field, e.g. ``h``.
        source: URL, document with page, or ``derived:`` with the arithmetic; "" = inherits.
        status: ``measured``, ``estimated`` or ``assumed``; None = inherits.
        scale: How an ensemble draws between low and high.
    """

    value: float
    low: float | None = None
    high: float | None = None
    unit: str = "1"
    source: str = ""
    status: Status | None = None
    scale: Literal["linear", "log"] = "linear"

    def with_provenance(self, source: str, status: Status | None) -> Quantity:
        """Return the quantity with source and status filled in where it has none of its own."""
        if (self.source or not source) and (self.status or not status):
            return self
        return Quantity(
            self.value, self.low, self.high, self.unit, self.source or source,
            self.status or status, self.scale,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """Field rule of a quantity: canonical unit and closed range; used in ``Annotated``.

    Accepts ``12``, ``"12 h"``, ``"12h"``, ``"EUR 1500"`` or a mapping with ``value`` and any of
    low, high, unit, source, status, scale. A bare number is taken in the canonical unit.
    """

    unit: str
    minimum: float = -math.inf
    maximum: float = math.inf
    #: Whole numbers only, without a range: a draw would break them.
    whole: bool = False

    @property
    def _shown(self) -> str:
        return "" if self.unit == "1" else self.unit

    @property
    def _in(self) -> str:
        return f" in {self._shown}" if self._shown else ""

    def parse(self, raw: Any) -> Quantity:
        """Return the quantity a planner wrote.

        Raises:
            PydanticCustomError: With type ``wrong-unit``, ``not-a-number``, ``out-of-range`` or
                ``bad-quantity``; the context holds a ``remedy``.
        """
        if isinstance(raw, Quantity):
            return raw
        if not isinstance(raw, dict):
            return Quantity(self.number(raw), unit=self.unit)
        extra = sorted(set(raw) - {"value", "low", "high", "unit", "source", "status", "scale"})
        if extra:
            raise _bad(
                "unknown-key",
                f"a quantity has no key {extra[0]!r}",
                "Use value, low, high, unit, source, status, scale.",
            )
        if raw.get("value") is None:
            raise _bad("missing-key", "a quantity needs a value", "Add `value:`.")
        stated = None if raw.get("unit") is None else str(raw["unit"])
        numbers: dict[str, float | None] = {"low": None, "high": None}
        for name in ("value", "low", "high"):
            if raw.get(name) is not None:
                numbers[name] = self.number(raw[name], stated)
        status = raw.get("status")
        if status is not None and status not in STATUSES:
            raise _bad(
                "bad-status",
                f"status {status!r} is not known",
                "Use measured, estimated or assumed.",
            )
        source = raw.get("source", "")
        if "source" in raw and not str(source or "").strip():
            raise _bad(
                "empty-source",
                "the source is empty",
                "Name a URL, a document with page, or `derived:` with the arithmetic.",
            )
        scale = raw.get("scale", "linear")
        if scale not in ("linear", "log"):
            raise _bad("bad-quantity", f"scale {scale!r} is not known", "Use linear or log.")
        value, low, high = numbers["value"], numbers["low"], numbers["high"]
        assert value is not None
        if (low is not None and low > value) or (high is not None and high < value):
            raise _bad(
                "bad-quantity",
                f"low {low} <= value {value} <= high {high} does not hold",
                "Order the three numbers.",
            )
        if self.whole and {low, high} - {None, value}:
            raise _bad(
                "out-of-range",
                f"only whole numbers{self._in} make sense; a draw would break them",
                "Give one number, without a range.",
            )
        if scale == "log" and (low is None or low <= 0):
            raise _bad("bad-quantity", "scale log needs a positive low", "Set low above 0.")
        return Quantity(value, low, high, self.unit, str(source or "").strip(), status, scale)

    def number(self, raw: Any, stated: str | None = None) -> float:
        """Return one number in the canonical unit."""
        if isinstance(raw, bool) or raw is None:
            raise _bad("not-a-number", f"{raw!r} is not a number", f"Write a number{self._in}.")
        if isinstance(raw, int | float):
            number, unit = float(raw), stated
        else:
            text = str(raw).strip()
            if match := _BEFORE.match(text):
                unit, number = match.group(1), _to_float(match.group(2))
            elif match := _AFTER.match(text):
                number, unit = _to_float(match.group(1)), (match.group(2) or "").strip() or stated
            else:
                raise _bad(
                    "not-a-number",
                    f"{text!r} is not a number",
                    f"Write a number{self._in}, e.g. `{f'12 {self._shown}'.strip()}`.",
                )
        if not math.isfinite(number):
            raise _bad(
                "not-a-number",
                f"{raw!r} is not a finite number",
                f"Write a finite number{self._in}.",
            )
        family = _FAMILY_OF[self.unit]
        if unit is not None:
            factors = FAMILIES[family]
            if unit not in factors:
                raise _bad(
                    "wrong-unit", f"unit {unit!r} does not fit here", f"Use {' or '.join(factors)}."
                )
            number *= factors[unit] / factors[self.unit]
        if not self.minimum <= number <= self.maximum:
            low = "" if self.minimum == -math.inf else f"at least {self.minimum:g}"
            high = "" if self.maximum == math.inf else f"at most {self.maximum:g}"
            raise _bad(
                "out-of-range",
                f"{raw} is out of range",
                f"Use {' and '.join(x for x in (low, high) if x)} {self._shown}".strip() + ".",
            )
        if self.whole:
            if abs(number - round(number)) > _ROUNDING:
                raise _bad(
                    "out-of-range",
                    f"{raw} is no whole number{self._in}",
                    f"Use a whole number, e.g. `{math.ceil(number)} {self._shown}".strip() + "`.",
                )
            number = float(round(number))
        return number

    def __get_pydantic_core_schema__(
        self, source_type: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Validate through ``parse``."""
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the three spellings for editors."""
        return {
            "description": f"quantity in {self.unit}",
            "anyOf": [
                {"type": "number"},
                {"type": "string"},
                {
                    "type": "object",
                    "required": ["value"],
                    "additionalProperties": False,
                    "properties": {
                        "value": {"type": ["number", "string"]},
                        "low": {"type": ["number", "string"]},
                        "high": {"type": ["number", "string"]},
                        "unit": {"enum": list(FAMILIES[_FAMILY_OF[self.unit]])},
                        "source": {"type": "string", "minLength": 1},
                        "status": {"enum": list(STATUSES)},
                        "scale": {"enum": ["linear", "log"]},
                    },
                },
            ],
        }


def _to_float(text: str) -> float:
    return float(text.replace(" ", "").replace("_", ""))


def _bad(rule: str, message: str, remedy: str) -> PydanticCustomError:
    return PydanticCustomError(rule, "{message}", {"message": message, "remedy": remedy})
