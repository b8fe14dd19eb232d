"""What a figure was measured on."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Machine:
    """Cores, processor and versions."""

    cores: int
    processor: str
    system: str
    python: str
    numpy: str

    @classmethod
    def here(cls) -> Machine:
        """Return this machine."""
        return cls(
            cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity")
            else os.cpu_count() or 1,
            processor=_processor(),
            system=platform.system(),
            python=platform.python_version(),
            numpy=np.__version__,
        )  # fmt: skip

    def __str__(self) -> str:
        return (
            f"{self.cores} cores, {self.processor}, {self.system}, "
            f"Python {self.python}, numpy {self.numpy}"
        )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "processor not named"
