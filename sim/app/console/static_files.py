"""The console's own files: read once when it starts, so that no request names a path on disk."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response

_TYPES = {
    ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
    ".LICENSE": "text/plain; charset=utf-8",
}  # fmt: skip


@dataclass(frozen=True)
class StaticFile:
    """One file as it is served."""

    body: bytes
    kind: str
    tag: str

    def answer(self, request: Request) -> Response:
        """Return the file, or that the browser has it already."""
        headers = {"ETag": self.tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == self.tag:
            return Response(status_code=304, headers=headers)
        return Response(self.body, media_type=self.kind, headers=headers)


def read_all() -> dict[str, StaticFile]:
    """Return every file of the folder ``static`` by its path under it."""
    return dict(_walk(resources.files("sim.app.console").joinpath("static"), ""))


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, StaticFile]]:
    found: list[tuple[str, StaticFile]] = []
    for item in folder.iterdir():
        name = f"{prefix}{item.name}"
        if item.is_dir():
            found += _walk(item, f"{name}/")
            continue
        ending = re.search(r"\.[A-Za-z]+$", item.name)
        if ending and ending.group() in _TYPES:
            body = item.read_bytes()
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            found.append((name, StaticFile(body, _TYPES[ending.group()], tag)))
    return found
