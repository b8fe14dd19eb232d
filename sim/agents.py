"""Mesa's agents, and no more of Mesa than the model uses.

Mesa imports an experimental space on SciPy, and pandas for data frames of its collector. Neither
plays a part here, and together they take longer to import than a short run lasts: each is imported
when something of it is first used.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FrameType, ModuleType
from typing import Any

__all__ = ["CellAgent", "Network", "mesa"]


@contextmanager
def _put_off(*names: str) -> Iterator[None]:
    """Let modules not yet imported be imported at first use by what is imported in here."""
    stand_ins = {name: _stand_in(name) for name in names if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name in stand_ins:
            del sys.modules[name]


def _stand_in(name: str) -> ModuleType:
    module = ModuleType(name)

    def first_use(attribute: str) -> Any:
        # Who looks through all modules for a file or a path uses none of them.
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return getattr(import_module(name), attribute)

    look_up: dict[str, Callable[[str], Any]] = vars(module)
    look_up["__getattr__"] = first_use
    return module


@contextmanager
def _frames_by_name() -> Iterator[None]:
    """Tell who asks for the stack the names in it, and not the source of every frame.

    Mesa names its loggers after the module that asks for one, and has the sources of the whole
    stack looked up among all modules to know it.
    """
    module_of = inspect.getmodule

    def frames(frame: FrameType | None, context: int = 1) -> list[inspect.FrameInfo]:
        found = []
        while frame is not None:
            file, name = frame.f_code.co_filename, frame.f_code.co_name
            found.append(inspect.FrameInfo(frame, file, frame.f_lineno, name, None, None))
            frame = frame.f_back
        return found

    def module(of: object, file: str | None = None) -> ModuleType | None:
        if isinstance(of, FrameType):
            return sys.modules.get(of.f_globals["__name__"])
        return module_of(of, file)

    quick = {
        "getouterframes": frames, "getmodule": module,
        "stack": lambda context=1: frames(sys._getframe(1)),
    }  # fmt: skip
    thorough = {name: getattr(inspect, name) for name in quick}
    vars(inspect).update(quick)
    try:
        yield
    finally:
        vars(inspect).update(thorough)


with _put_off("mesa.experimental", "pandas"), _frames_by_name():
    import mesa
    from mesa.discrete_space import CellAgent, Network
