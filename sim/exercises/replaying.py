"""A session played again from its journal, and written as a run folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.exercises.journal import Entry, read_entries, read_words
from sim.exercises.loading import Exercise
from sim.exercises.play import Play
from sim.exercises.session import begun, read_session
from sim.experiments.ensembles import counts_of
from sim.records.run_writer import Facts, new_folder, write_manifest, write_tables

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Record:
    """A session as it stands on the disk, verified; nothing is played yet.

    Attributes:
        folder: Its folder.
        exercise: What was played.
        seed: Seed of the world.
        entries: The journal's entries.
        words: Free text by entry; empty once purged.
    """

    folder: Path
    exercise: Exercise
    seed: int
    entries: tuple[Entry, ...]
    words: dict[int, str]

    def text(self, n: int) -> str:
        """Return the free text of an entry."""
        return self.words.get(n, "")


def read_record(folder: str | Path) -> Record:
    """Return a session's record; the session may be open elsewhere.

    Raises:
        SessionError: There is no session, or its exercise was changed.
        JournalError: An entry was changed.
    """
    place = Path(folder)
    exercise, text = read_session(place)
    entries = read_entries(place)
    seed = begun(place, entries, text)
    return Record(place, exercise, seed, tuple(entries), read_words(place, entries))


def replay(record: Record, on_hour: Callable[[int, int], None] | None = None) -> Play:
    """Return the play of a record: the same state, and the same ``digest``, as the session had.

    Raises:
        JournalError: It was played with a version that does not repeat it.
    """
    play = Play(record.exercise, record.seed, record.text, on_hour)
    for entry in record.entries:
        play.apply(entry)
    return play


def outcomes(play: Play) -> pd.DataFrame:
    """Return the outcomes of a play's world: outcome, subject, month, value.

    The world first runs on to the end of the exercise's last day, nobody acting any more. The
    months before the exercise are the same for every play of it.
    """
    import pandas as pd

    return pd.DataFrame(play.model.run().columns("outcomes"))


def write_run(play: Play, out: str | Path | None, plans: Sequence[str] = ()) -> Path:
    """Write a play's world as a run folder and return its place; flows of play by the hour.

    Args:
        play: The play; its world runs on to the end of the exercise's last day.
        out: New or empty folder; None takes the first free ``runs/EXERCISE-N``.
        plans: Names shown as the plans of the run.
    """
    exercise = play.exercise
    facts = Facts(play.seed, "hour", tuple(plans), (), f"exercise {exercise.id}")
    with new_folder(out, exercise.id) as new:
        recorder = play.model.run()
        rows = write_tables(new.path, recorder.columns, recorder.tables())
        more: dict[str, Any] = {
            "exercise": exercise.id,
            "exercise_hours": [exercise.begin, exercise.end],
        }
        write_manifest(new.path, exercise.scenario, facts, rows, **counts_of(play.model), **more)
    return new.place
