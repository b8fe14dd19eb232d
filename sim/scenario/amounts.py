"""Walking every quantity of a scenario by its dotted name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel

from sim.scenario.quantities import Quantity

Rewrite = Callable[[str, Quantity], Quantity]


def amounts(spec: BaseModel, at: str = "") -> Iterator[tuple[str, Quantity]]:
    """Yield dotted name and quantity, rows by id (or by the key that names them in their list)."""
    for name, info in type(spec).model_fields.items():
        yield from _amounts(getattr(spec, name), _join(at, info.alias or name))


def _amounts(value: Any, at: str) -> Iterator[tuple[str, Quantity]]:
    if isinstance(value, Quantity):
        yield at, value
    elif isinstance(value, BaseModel):
        yield from amounts(value, at)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _amounts(inner, _join(at, str(key)))
    elif isinstance(value, tuple):
        for number, inner in enumerate(value, 1):
            yield from _amounts(inner, _join(at, _row_name(inner, number)))


def rewritten(value: Any, rewrite: Rewrite, at: str = "") -> Any:
    """Return a spec with each quantity replaced; parts without change are shared, not copied."""
    if isinstance(value, Quantity):
        return rewrite(at, value)
    if isinstance(value, BaseModel):
        update = {}
        for name, info in type(value).model_fields.items():
            old = getattr(value, name)
            new = rewritten(old, rewrite, _join(at, info.alias or name))
            if new is not old:
                update[name] = new
        return value.model_copy(update=update) if update else value
    if isinstance(value, dict):
        changed = {k: rewritten(v, rewrite, _join(at, str(k))) for k, v in value.items()}
        return changed if any(changed[k] is not v for k, v in value.items()) else value
    if isinstance(value, tuple):
        items = tuple(
            rewritten(v, rewrite, _join(at, _row_name(v, n))) for n, v in enumerate(value, 1)
        )
        return items if any(a is not b for a, b in zip(items, value, strict=True)) else value
    return value


def _row_name(row: Any, number: int) -> str:
    for key in ("id", "leg"):
        if isinstance(name := getattr(row, key, None), str):
            return name
    return str(number)


def _join(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key
