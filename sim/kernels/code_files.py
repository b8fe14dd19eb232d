"""Compiled code of kernels in files, and how it comes back without numba's compiler.

numba has files of its own. To read one it sets up all it compiles with, and reads besides the
code the form of it that other functions are compiled with: two thirds of the time that a process
takes to load its kernels. Here both wait until something is to be compiled. What is taken from
inside numba for this has been the same from its version 0.60 to 0.68.
"""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import compile_result
from numba.core.runtime.nrt import rtsys
from numba.core.serialize import dumps

#: Ends the name of a file of code.
SUFFIX = ".code"


class CodeFiles:
    """Compiled code of one kernel, a file for each combination of types it was compiled for.

    Stands where numba's dispatcher has its cache, and is asked what that is asked.

    Args:
        function: The kernel.
        folder: Folder of the files; one for each text of the kernels.
        before_compiling: Called before anything is compiled.

    Attributes:
        cache_path: The folder.
    """

    def __init__(
        self, function: Callable[..., object], folder: Path, before_compiling: Callable[[], None]
    ) -> None:
        self.cache_path = str(folder)
        self._folder, self._before_compiling = folder, before_compiling
        self._name = f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}"

    def _path(self, types: Any, codegen: Any) -> Path:
        """Return the file of the code for these types on this processor."""
        key = blake2b(repr((types, codegen.magic_tuple())).encode(), digest_size=8).hexdigest()
        return self._folder / f"{self._name}-{key}{SUFFIX}"

    def load_overload(self, types: Any, target: Any) -> Any:
        """Return what was compiled for some types; None if nothing was, and will be now."""
        try:
            kept = self._path(types, target.codegen()).read_bytes()
        except FileNotFoundError:
            self._before_compiling()
            return None
        return _made_again(target, *pickle.loads(kept))

    def save_overload(self, types: Any, made: Any) -> None:
        """Keep what was compiled for some types, whole or not at all."""
        if made.lifted or made.library.has_dynamic_globals:
            return  # it names places in this process
        path = self._path(types, made.target_context.codegen())
        written = path.with_suffix(f".{os.getpid()}-{time.time_ns()}")
        with suppress(OSError):
            try:
                written.write_bytes(dumps(made._reduce()))
                written.replace(path)
            finally:
                written.unlink(missing_ok=True)

    def flush(self) -> None:
        """Forget what was compiled."""
        for path in self._folder.glob(f"{self._name}-*{SUFFIX}"):
            path.unlink(missing_ok=True)


class _Loaded(JITCodeLibrary):
    """Code from a file; what others are compiled with is read when they ask for it."""

    def hold(self, code: bytes, bitcode: bytes, entry: str) -> None:
        """Take code in: machine code, the same for other functions, and the name of its entry."""
        self._bitcode = bitcode
        self.enable_object_caching()
        self._set_compiled_object(code)
        self._finalize_final_module()
        self._codegen._engine._defined_symbols.add(entry)

    def _get_module_for_linking(self) -> Any:
        if self._shared_module is None:
            self._shared_module = llvm.parse_bitcode(self._bitcode)
        return self._shared_module


def _made_again(
    target: Any,
    library: tuple[str, str, tuple[bytes, bytes]],
    described: Any,
    environment: Any,
    signature: Any,
    objectmode: Any,
    lifted: Any,
    annotation: Any,
    reload_init: Any,
    environments: Any,
) -> Any:
    """Return what was compiled from what is kept of it (``CompileResult._reduce`` of numba)."""
    rtsys.initialize(target)  # arrays made in kernels
    code = _Loaded(target.codegen(), library[0])
    code.hold(*library[2], described.llvm_cpython_wrapper_name)
    entry = target.get_executable(code, described, environment)
    for each in environments:
        code.codegen.set_env(each.env_name, each)
    return compile_result(
        target_context=target, typing_context=target.typing_context, library=code,
        environment=environment, entry_point=entry, fndesc=described, signature=signature,
        type_annotation=annotation, objectmode=objectmode, lifted=lifted,
        reload_init=reload_init, referenced_envs=environments,
    )  # fmt: skip
