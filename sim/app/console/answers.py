"""JSON answers, and failures as a sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

#: For what never changes under its address: a run's id changes with its content.
KEEP = {"Cache-Control": "private, max-age=86400, immutable"}


def json_answer(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return data as JSON; NaN is refused, so that no browser meets a number it cannot read."""
    body = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return Response(body, status, headers, media_type="application/json")


def refused(why: str, status: int) -> Response:
    """Return a failure as a sentence for the person at the screen."""
    return json_answer({"error": why}, status)
