"""How kernels are compiled, and where the result is kept.

Compiled code is kept in a folder named after the text of all kernels, so that a change of any of
them compiles anew: beside this file, or in the user's cache where this folder cannot be written;
where neither can, each process compiles for itself. ``NUMBA_CACHE_DIR`` names another place.
With ``NUMBA_DISABLE_JIT=1`` kernels run as the Python they are, slowly and with the same results.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., object])

_HERE = Path(__file__).resolve().parent
#: What changes while a kernel is made: where numba keeps compiled code.
_SETTINGS: dict[str, Any] = vars(numba.config)
_DAY = 24 * 3600.0
#: Days after which code of another version is removed if nobody has used it.
_UNUSED_DAYS = 30


def digest() -> str:
    """Return the hash of all kernels, and of who compiles them: code depends on nothing else."""
    hashed = blake2b(f"{numba.__version__} {sys.implementation.cache_tag}".encode(), digest_size=10)
    for path in sorted(_HERE.glob("*.py")):
        hashed.update(path.read_bytes())
    return hashed.hexdigest()


def homes() -> list[Path]:
    """Return where the folder for compiled code may stand, the place preferred first."""
    places = [Path(_SETTINGS["CACHE_DIR"])] if _SETTINGS["CACHE_DIR"] else []
    places.append(_HERE / "__pycache__")
    with contextlib.suppress(RuntimeError):  # no home known
        caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        places.append(Path(caches) / "crossborder")
    return places


def folder_in(places: Sequence[Path], name: str) -> Path | None:
    """Return a folder in the first of the places where it can be; None where there is none.

    One that is made clears away what other versions left there and nobody uses; one that is
    found is marked as used.
    """
    for place in places:
        folder = place / name
        with contextlib.suppress(OSError):
            new = not folder.is_dir()
            folder.mkdir(parents=True, exist_ok=True)
            if not os.access(folder, os.W_OK):
                continue
            if new:
                _clear(place, name)
            elif folder.stat().st_mtime < time.time() - _DAY:
                os.utime(folder)
            return folder
    return None


def _clear(place: Path, kept: str) -> None:
    """Remove folders of compiled code that have not been used for long."""
    for old in place.glob("compiled-*"):
        with contextlib.suppress(OSError):
            unused = time.time() - old.stat().st_mtime > _UNUSED_DAYS * _DAY
            if unused and old.name != kept and old.is_dir():
                shutil.rmtree(old, ignore_errors=True)


#: Where compiled code is kept; None where there is no place for it.
FOLDER = folder_in(homes(), f"compiled-{digest()}")


def all_to_compile() -> bool:
    """Return whether no kernel has been compiled for the processes to come, as after a set-up."""
    if _SETTINGS["DISABLE_JIT"]:
        return False
    return FOLDER is None or next(FOLDER.rglob("*.nbi"), None) is None


def _import_for_kernels() -> None:
    """Import what numba needs for its first kernel, without SciPy's linear algebra.

    numba looks whether SciPy has it, which takes as long as all else together, and no kernel uses
    it. A stand-in answers; whoever multiplies matrices in this process later gets SciPy's own.
    """
    name = "scipy.linalg.cython_blas"
    if "scipy" not in sys.modules or name in sys.modules:
        return
    sys.modules[name] = ModuleType(name)
    try:
        with contextlib.suppress(ImportError):
            import_module("numba.np.arraymath")
    finally:
        del sys.modules[name]


if not _SETTINGS["DISABLE_JIT"]:
    _import_for_kernels()


def compiled(function: Kernel) -> Kernel:
    """Return a kernel compiled at its first call with arguments of a type."""
    before = _SETTINGS["CACHE_DIR"]
    _SETTINGS["CACHE_DIR"] = str(FOLDER)
    try:
        made = numba.njit(cache=FOLDER is not None, error_model="numpy")(function)
    finally:
        _SETTINGS["CACHE_DIR"] = before
    return cast(Kernel, made)
