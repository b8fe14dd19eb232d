"""Mesa's agents, and no more of Mesa than the model uses.

Mesa imports an experimental space on SciPy, and pandas for data frames of its collector. Neither
plays a part here, and together they take longer to import than a short run lasts: each is imported
when something of it is first used.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from threading import Thread
from types import ModuleType
from typing import Any

__all__ = ["CellAgent", "Network", "mesa"]


@contextmanager
def put_off(*names: str) -> Iterator[None]:
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
        if sys.modules.get(name) is module:
            raise ImportError(f"{name} is needed while it is put off", name=name)
        return getattr(import_module(name), attribute)

    look_up: dict[str, Callable[[str], Any]] = vars(module)
    look_up["__getattr__"] = first_use
    return module


def import_apart(name: str) -> None:
    """Import a module in a thread of its own, whose stack is short.

    Mesa's loggers look through the whole stack, reading the source of each frame, to find the
    name of the module that imports them.
    """

    def load() -> None:
        with suppress(ImportError):  # whoever imports it here is told
            import_module(name)

    thread = Thread(target=load)
    thread.start()
    thread.join()


try:
    with put_off("mesa.experimental", "pandas"):
        import_apart("mesa")
        import mesa
        from mesa.discrete_space import CellAgent, Network
except ImportError:  # a Mesa that needs them at once
    import mesa
    from mesa.discrete_space import CellAgent, Network
