"""How kernels are compiled, and where the result is kept.

Compiled code is kept in a folder named after the text of all kernels, so that a change of any of
them compiles anew: beside this file, or in the user's cache where this folder cannot be written;
where neither can, each process compiles for itself.
With ``NUMBA_DISABLE_JIT=1`` kernels run as the Python they are, slowly and with the same results.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar, cast

from numba import config, njit

Kernel = TypeVar("Kernel", bound=Callable[..., object])

_HERE = Path(__file__).resolve().parent


def digest() -> str:
    """Return the hash of all kernels: compiled code depends on nothing else."""
    hashed = blake2b(digest_size=10)
    for path in sorted(_HERE.glob("*.py")):
        hashed.update(path.read_bytes())
    return hashed.hexdigest()


def _folder() -> Path | None:
    """Return the folder for compiled code, made if need be; None where there can be none."""
    kept = f"compiled-{digest()}"
    homes = [_HERE / "__pycache__"]
    with contextlib.suppress(RuntimeError):  # no home known
        caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        homes.append(Path(caches) / "crossborder")
    for home in homes:
        with contextlib.suppress(OSError):
            (home / kept).mkdir(parents=True, exist_ok=True)
            if os.access(home / kept, os.W_OK):
                return home / kept
    return None


FOLDER = _folder()


def compiled(function: Kernel) -> Kernel:
    """Return a kernel compiled at its first call with arguments of a type."""
    settings = vars(config)
    before = settings["CACHE_DIR"]
    settings["CACHE_DIR"] = str(FOLDER)
    try:
        made = njit(cache=FOLDER is not None, error_model="numpy")(function)
    finally:
        settings["CACHE_DIR"] = before
    return cast(Kernel, made)
