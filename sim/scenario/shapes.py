"""The shape of each spec as data: which keys are quantities, maps, rows, dates, text.

Read once from the pydantic fields, so that tables, overlays and messages follow the specs.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from sim.scenario.parameters import PARAMETERS
from sim.scenario.quantities import Unit
from sim.scenario.specs.base import Unwritten
from sim.scenario.specs.scenario import Scenario

Kind = Literal["quantity", "text", "number", "flag", "date", "map", "rows", "list", "spec", "any"]


@dataclass(frozen=True)
class Shape:
    """What may stand at a key.

    Attributes:
        kind: Family of the value.
        unit: Rule of a quantity.
        fields: Keys of a spec or of each row, as written (aliases).
        item: Shape of a map's or list's values.
        key: Key that names a row within its list.
        model: The spec of a row or nested spec.
    """

    kind: Kind
    unit: Unit | None = None
    fields: Mapping[str, Shape] = field(default_factory=dict)
    item: Shape | None = None
    key: str = "id"
    model: type[BaseModel] | None = None

    @cached_property
    def row(self) -> Shape:
        """The shape of one row of a list of rows."""
        return Shape("spec", fields=self.fields)

    def inner(self, key: str) -> Shape:
        """Return the shape of what stands at a key of a spec or map."""
        return self.fields.get(key) or self.item or ANY


#: Shape of what nothing is known of.
ANY = Shape("any")


@cache
def shape_of(model: type[BaseModel]) -> Shape:
    """Return the shape of a spec, fields by the name a planner writes."""
    hints = get_type_hints(model, include_extras=True)
    fields = {
        info.alias or name: _shape(hints[name])
        for name, info in model.model_fields.items()
        if name not in unwritten(model)
    }
    if model is Scenario:
        units = {name: Shape("quantity", p.unit) for name, p in PARAMETERS.items()}
        fields["parameters"] = Shape("spec", fields=units)
    return Shape("spec", fields=fields, model=model)


@cache
def unwritten(model: type[BaseModel]) -> frozenset[str]:
    """Return the fields that no document may give (``Unwritten``)."""
    return frozenset(
        name for name, info in model.model_fields.items()
        if any(isinstance(meta, Unwritten) for meta in info.metadata)
    )  # fmt: skip


def _shape(hint: Any) -> Shape:
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        for meta in args[1:]:
            if isinstance(meta, Unit):
                return Shape("quantity", meta)
        return _shape(args[0])
    if origin in (Union, types.UnionType):
        return _shape(next(a for a in args if a is not type(None)))
    if origin is dict:
        return Shape("map", item=_shape(args[1]))
    if origin is tuple:
        item = _shape(args[0])
        if item.kind == "spec":
            key = "id" if "id" in item.fields else next(iter(item.fields))
            return Shape("rows", fields=item.fields, key=key, model=item.model)
        return Shape("list", item=item)
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return shape_of(hint)
    return Shape(_SCALARS.get(hint, "text" if origin is Literal else "any"))


_SCALARS: dict[Any, Kind] = {
    bool: "flag",
    int: "number",
    float: "number",
    str: "text",
    date: "date",
}
