"""What two runs were asked differently, key by key; a measure that one of them has in a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.records.run_reader import RunFolder

#: Keys left out where something else of the same row is named.
_ASIDE = ("id", "source", "status")


def what_was_asked(one: RunFolder, other: RunFolder) -> dict[str, tuple[Any, Any]]:
    """Return what differs of seed, grain and resolved text, by dotted key."""
    measures = [{row["id"]: row for row in run.scenario["measures"]} for run in (one, other)]
    alone = measures[0].keys() ^ measures[1].keys()
    texts = []
    for run, held in zip((one, other), measures, strict=True):
        # A seed of the command line stands in the manifest only.
        plain = {k: run.manifest.get(k) for k in ("seed", "grain", "replicates", "crossborder")}
        shared = [row for name, row in held.items() if name not in alone]
        leaves = dict(_leaves({**run.scenario, "measures": shared}, ""))
        whole = {f"measures.{n}": _measure(row) for n, row in held.items() if n in alone}
        texts.append(plain | leaves | plain | whole)
    found = {
        key: (texts[0].get(key), texts[1].get(key))
        for key in dict.fromkeys([*texts[0], *texts[1]])
        if texts[0].get(key) != texts[1].get(key)
    }
    beside = {above for key in found if _last(key) not in _ASIDE for above in _above(key)}
    return {
        key: values for key, values in found.items()
        if _last(key) not in _ASIDE or key.rpartition(".")[0] not in beside
    }  # fmt: skip


def _last(key: str) -> str:
    return key.rpartition(".")[2]


def _above(key: str) -> Iterator[str]:
    """Return the keys a dotted key stands under."""
    while key := key.rpartition(".")[0]:
        yield key


def _measure(row: Mapping[str, Any]) -> str:
    """Return a measure in a line: kind, officers on the books at each place, where and when."""
    officers = dict(_leaves(row.get("officers") or {}, ""))
    said = ", ".join(f"{size} {of}" for of, size in officers.items())
    until = f"until {row['until']}" if row["until"] else "to the end"
    condition = f", when {row['when']['series']} calls for it" if row["when"] else ""
    return (
        f"{row['kind']} at {', '.join(row['at'])}, from {row['from']} {until}{condition}"
        + (f": {said}" if said else "")
    )  # fmt: skip


def _leaves(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        if "value" in value and "unit" in value:
            for end in ("value", "low", "high"):
                if value.get(end) is not None:
                    where = at if end == "value" else f"{at}.{end}"
                    yield where, f"{value[end]:.12g} {value['unit']}"
            return
        for key, inner in value.items():
            yield from _leaves(inner, f"{at}.{key}" if at else str(key))
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for number, row in enumerate(value, start=1):
            name = row.get("id") or row.get("leg") or number
            yield from _leaves(row, f"{at}.{name}")
    elif value not in (None, "", [], {}):
        yield at, value
