"""Slow studies as commands of their own: ``python -m tests.studies NAME [options]``."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import tests.studies as studies


def main(argv: list[str]) -> int:
    """Run the study named first; without a name, list them."""
    names = sorted(m.name for m in pkgutil.iter_modules(studies.__path__) if m.name[0] != "_")
    if not argv or argv[0] not in names:
        print("python -m tests.studies NAME, with NAME one of:", ", ".join(names))
        return 2
    study = importlib.import_module(f"tests.studies.{argv[0]}")
    result: int | None = study.main(argv[1:])
    return result or 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
