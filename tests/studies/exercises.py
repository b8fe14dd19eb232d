"""Bots play every shipped exercise to its end, twice; hashes must agree, and one is printed.

``python -m tests.studies exercises [NAME...]``. Each is played once through a session on the disk,
then again from its journal. Prints simulated hours, orders, refusals, seconds to the begin and of
play, the slowest order from call to acknowledgement, and the hash of the state at the end: without
free text, whose salt is drawn anew in every session, so that two calls print the same.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from sim.exercises.bots import Bots
from sim.exercises.loading import load_exercise, shipped_exercises
from sim.exercises.replaying import read_record, replay
from sim.exercises.session import Session


def main(argv: list[str]) -> int:
    """Play the exercises named, all of them without names."""
    parser = argparse.ArgumentParser(prog="python -m tests.studies exercises")
    parser.add_argument("names", nargs="*", help="exercises [default: all shipped]")
    names = parser.parse_args(argv).names or list(shipped_exercises())
    return sum(not _played(name) for name in names)


def _played(name: str) -> bool:
    exercise = load_exercise(name)
    with tempfile.TemporaryDirectory(prefix="crossborder-") as made:
        folder = Path(made) / "session"
        begin = time.perf_counter()
        with Session.begin(exercise, folder) as session:
            reached = time.perf_counter()
            bots = Bots(session)
            slowest = _play(session, bots)
            played = time.perf_counter()
            whole, digest = session.digest(), session.digest(words=False)
        again = replay(read_record(folder))
    same = (again.digest(), again.digest(words=False)) == (whole, digest)
    print(
        f"{name}: {exercise.end - exercise.begin} h, {len(session.actions)} orders, "
        f"{len(bots.refused)} refused, to the begin {reached - begin:.1f} s, played in "
        f"{played - reached:.1f} s, slowest order acknowledged in {slowest * 1000:.0f} ms"
    )
    for step, why in bots.refused.items():
        print(f"  refused: {step}: {why}")
    print(f"  {digest}{'' if same else ' but the replay gives another'}")
    return same and not bots.refused


def _play(session: Session, bots: Bots) -> float:
    """Play to the end; return seconds of the slowest step, each on the disk before it returns."""
    slowest = 0.0
    while True:
        begin = time.perf_counter()
        done = bots.act()
        if done:
            slowest = max(slowest, (time.perf_counter() - begin) / len(done))
        if session.over:
            return slowest
        session.advance(session.hour + 1)
