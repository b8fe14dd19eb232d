"""The nearest valid name, for remedies."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest_name(name: str, valid: Iterable[str]) -> str | None:
    """Return the valid name that ``name`` is most likely a misspelling of, if any."""
    close = difflib.get_close_matches(name, sorted(valid), n=1, cutoff=0.6)
    return close[0] if close else None


def nearest(name: str, valid: Iterable[str], what: str = "") -> str:
    """Return a remedy that names the valid name nearest to ``name``, or lists a few of them.

    >>> nearest("distence", ["distance", "duration"])
    'Did you mean `distance`?'
    """
    names = sorted({str(v) for v in valid})
    if (close := nearest_name(str(name), names)) is not None:
        return f"Did you mean `{close}`?"
    if not names:
        return f"There is no {what}; remove it." if what else "Remove it."
    few = ", ".join(f"`{n}`" for n in names[:12])
    return f"Use {few}." if len(names) <= 12 else f"Use one of {few}, ..."
