"""Finding the files of documents and tables, and reading no more than is sensible."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path as FilePath
from stat import S_ISREG

from sim.errors import Problem
from sim.scenario.names import nearest

#: Largest file read, bytes.
MAX_BYTES = 2_000_000


@dataclass(frozen=True)
class Found:
    """A document's file and the name it goes by in messages."""

    path: FilePath
    name: str


def shipped_folder() -> FilePath:
    """Return the folder of the scenarios that come with the package."""
    return FilePath(str(files("scenarios")))


def shipped_files() -> dict[str, FilePath]:
    """Return the shipped documents by name, sorted; a plan's name starts with ``plans/``."""
    root = shipped_folder()
    named = {p.stem: p for p in root.glob("*/*.yaml") if p.stem == p.parent.name}
    plans = {f"plans/{p.stem}": p for p in (root / "plans").glob("*.yaml")}
    return dict(sorted(named.items())) | dict(sorted(plans.items()))


def _shipped(name: str, *, plan: bool) -> Found | None:
    path = shipped_files().get(f"plans/{name}" if plan else name)
    if path is None:
        return None
    return Found(path, f"scenarios/{path.relative_to(shipped_folder()).as_posix()}")


def _shipped_remedy(name: str, *, plan: bool) -> str:
    prefix = "plans/"
    names = [n for n in shipped_files() if n.startswith(prefix) == plan]
    return nearest(name, [n.removeprefix(prefix) for n in names], "shipped document")


def find(reference: str, *, plan: bool = False) -> Found | Problem:
    """Return the document a user means: an existing path, with or without .yaml, or a shipped name.

    Args:
        reference: What the user wrote.
        plan: Whether a plan is meant; plans and scenarios have names of their own.
    """
    for text in (reference, f"{reference}.yaml"):
        path = FilePath(text)
        try:
            if path.exists() and not path.is_dir():
                return Found(path, text)
        except (OSError, ValueError):
            continue
    found = _shipped(reference, plan=plan)
    if found is None and not plan:
        found = _shipped(reference.removeprefix("plans/"), plan=True)
    if found is not None:
        return found
    what = "plan" if plan else "scenario, region or plan"
    return Problem(
        "no-such-file",
        f"no file and no shipped {what} of this name",
        _shipped_remedy(reference, plan=plan),
        reference,
        0,
        "",
        reference[:80],
    )


def find_beside(
    reference: str, document: Found, line: int, key: str, *, plan: bool = False
) -> Found | Problem:
    """Return the document another one names: a file under its folder, or something shipped.

    Args:
        reference: What stands in the document.
        document: The document that names it.
        line: The line of ``key``.
        key: The key it stands at.
        plan: Whether a plan is meant.
    """
    folder = document.path.parent
    for text in (reference, f"{reference}.yaml"):
        if wrong := outside(folder, text):
            return Problem(
                "path-outside",
                wrong,
                "Name a file under the document's own folder, or something shipped.",
                document.name,
                line,
                key,
                reference[:80],
            )
        path = folder / text
        if path.is_file():
            return Found(path, beside(document.name, text))
    found = _shipped(reference, plan=plan)
    if found is not None:
        return found
    return Problem(
        "no-such-file",
        "no file beside the document and nothing shipped has this name",
        _shipped_remedy(reference, plan=plan),
        document.name,
        line,
        key,
        reference[:80],
    )


def beside(name: str, relative: str) -> str:
    """Return the name in messages of a file beside a document of that name."""
    return (FilePath(name).parent / relative).as_posix()


def outside(folder: FilePath, relative: str) -> str:
    """Return why a path may not be followed from a document's folder, or nothing where it may."""
    try:
        inside = (folder / relative).resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        inside = False
    return "" if inside else "the path leads out of the document's folder"


def read_text(found: Found) -> str | Problem:
    """Return a file's text; its size is looked at before anything is read."""
    try:
        stat = found.path.stat()
        if not S_ISREG(stat.st_mode):
            return Problem("not-a-file", "not a regular file", "Name a file.", found.name)
        if stat.st_size > MAX_BYTES:
            return Problem(
                "file-too-large",
                f"the file has more than {MAX_BYTES:,} bytes",
                "Keep big tables in CSV files of their own, each below the limit.",
                found.name,
                0,
                "",
                f"{stat.st_size} bytes",
            )
        return found.path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = found.path.read_bytes()[: error.start].count(b"\n") + 1
        return Problem(
            "not-utf8", "the text is not UTF-8", "Save the file as UTF-8.", found.name, line
        )
    except OSError as error:
        return Problem(
            "no-such-file", f"cannot be read: {error.strerror}", "Check the path.", found.name
        )
