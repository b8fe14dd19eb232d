"""What stories share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sim.app.command_line import main
from tests.stories.commands import Command, Done


@pytest.fixture
def crossborder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run the command in this process, in the test's folder; spares the start-up."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["crossborder", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    return run
