"""Kernels: the same draws as in plain integers; compiled and not, the same tables."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.clock import Clock
from sim.cooperation.readmission import ITEMS
from sim.kernels import case_codes, hashing
from sim.protection.ledger import Ledger
from sim.randomness import Draws, mix_int
from sim.records.recorder import Recorder

ROOT = Path(__file__).resolve().parents[2]
MASK = (1 << 64) - 1


def by_hand(draws: Draws, key: int, event: int, salt: int) -> int:
    base = mix_int(mix_int(key ^ int(draws._base64)) + event * 0x9E3779B97F4A7C15)
    return mix_int(base ^ salt)


@pytest.mark.parametrize("size", [0, 1, 300])
def test_draws_are_those_of_plain_integers(size: int) -> None:
    draws = Draws(7)
    key = (np.arange(size, dtype=np.uint64) + np.uint64(1)) * np.uint64(0xD1B54A32D192ED03)
    event = np.arange(size, dtype=np.uint32) * np.uint32(3)
    salts = np.array([[5], [MASK]], np.uint64)
    wide = salts.repeat(size, axis=1) if size else np.empty((2, 0), np.uint64)
    base = draws.event_base(key, event)
    own = [hashing.event_base(draws.run, k, e) for k, e in zip(key, event, strict=True)]
    assert own == base.tolist()
    for j, salt in enumerate((5, MASK)):
        bits = [by_hand(draws, int(k), int(e), salt) for k, e in zip(key, event, strict=True)]
        units = [(b >> 11) * 2.0**-53 for b in bits]
        kernels = [hashing.drawn(b, np.uint64(salt)) for b in base]
        assert kernels == bits
        assert [hashing.unit(b) for b in draws.bits(base, salt)] == units
        assert draws.bits(base, salt).tolist() == bits
        assert draws.bits(base, np.full(size, salt, np.uint64)).tolist() == bits
        assert draws.uniform(base, salt).tolist() == units
        assert draws.uniform(base, np.full(size, salt, np.uint64)).tolist() == units
        for several in (salts, wide):
            assert draws.bits(base, several)[j].tolist() == bits
            assert draws.uniform(base, several)[j].tolist() == units
        assert draws.bits(base[:, None], salts.T)[:, j].tolist() == bits


def test_a_run_without_compiling_has_the_same_tables(tmp_path: Path) -> None:
    """Plain Python checks bounds and types too, which compiled code does not."""

    def hashed(name: str, **environment: str) -> str:
        program = "from sim.app.command_line import main; main()"
        out = str(tmp_path / name)
        run = ["run", "adriatic_shift", "--until", "2017-01-20"]
        env = {**os.environ, "PYTHONWARNINGS": "ignore", **environment}
        for arguments in ([*run, "--no-report", "--out", out], ["hash", out]):
            done = subprocess.run(
                [sys.executable, "-c", program, *arguments],
                env=env, cwd=ROOT, capture_output=True, text=True, check=True,
            )  # fmt: skip
        return done.stdout.split()[-1]

    assert hashed("plain", NUMBA_DISABLE_JIT="1") == hashed("compiled")


def test_items_of_readmission_lie_as_its_kernel_counts_them() -> None:
    """The kernel counts from the first item on: their order is its codes'."""
    assert ITEMS == (
        "readmitted", "readmitted_children", "readmitted_wish", "readmission_claims",
        "readmission_children_referred", "chain_returns",
    )  # fmt: skip
    assert (case_codes.READMITTED, case_codes.CHILDREN, case_codes.WISH) == (0, 1, 2)
    assert (case_codes.CLAIMS, case_codes.CHILDREN_REFERRED, case_codes.CHAINS) == (3, 4, 5)
    clock = Clock(date(2020, 1, 1), date(2020, 3, 1), "Europe/Belgrade")
    places = Ledger(["AAA"], clock, Recorder()).positions(ITEMS)
    assert places.tolist() == list(range(places[0], places[0] + len(ITEMS)))
