"""The wheel, installed alone, runs the tutorial from an empty folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHIPPED = ("sim", "analysis", "scenarios", "pyproject.toml", "README.md", "LICENSE")


def call(*arguments: str | Path, cwd: Path) -> str:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [str(a) for a in arguments], cwd=cwd, capture_output=True, text=True, check=False,
        env=kept | {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_runs_from_an_empty_folder(tmp_path: Path) -> None:
    source, wheels, place = tmp_path / "source", tmp_path / "wheels", tmp_path / "venv"
    source.mkdir()
    for name in SHIPPED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(ROOT / name, source / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, source)
    pip = (sys.executable, "-m", "pip")
    call(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", wheels, ".", cwd=source)
    (wheel,) = wheels.glob("crossborder-*.whl")
    venv.create(place, with_pip=False)
    call(*pip, "--python", place, "install", "--no-deps", wheel, cwd=tmp_path)
    shutil.rmtree(source)

    # The packages it depends on are taken from here; the project itself is not.
    (site,) = place.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    folder = tmp_path / "empty"
    folder.mkdir()
    question = (
        "import sim, analysis, scenarios as s; print(sim.__file__, analysis.__file__, s.__file__)"
    )
    files = call(place / "bin" / "python", "-c", question, cwd=folder).split()
    assert all(file.startswith(str(site)) for file in files), files
    lines = call(place / "bin" / "crossborder", "run", "two_routes", cwd=folder).splitlines()
    assert (folder / lines[-1]).name == "report.html"
    assert (folder / lines[-1]).is_file()
    assert not (site / "tests").exists()
