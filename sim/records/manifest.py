"""The manifest of a run folder: how its text is spelt for a hash, and what of it may differ."""

from __future__ import annotations

import json
from typing import Any

#: Keys of the manifest that may differ between identical runs; the hash leaves them out.
VOLATILE = (
    "command",
    "host",
    "packages",
    "phase_seconds",
    "python",
    "seconds",
    "started",
    "finished",
)


def canonical(data: Any) -> str:
    """Return JSON with sorted keys and no spaces, the text that is hashed."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
