"""Ensembles: replicates of one scenario that differ by chance and by assumptions (MODEL 18).

Replicate r runs with a seed of its own; replicates 2k and 2k + 1 share draw k of the parameters.
While they run, each worker appends the monthly tables of its replicates to one shard, and a line
of the index, written by this process, commits them: what an interrupted worker left behind has no
line and is never read. At the end the shards become one Parquet file a table, rows by replicate,
so that the folder does not depend on the number of workers.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import zlib
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import CrossborderError
from sim.experiments.executors import Executor
from sim.model import BorderModel
from sim.randomness import salt
from sim.records.recorder import Recorder
from sim.records.run_reader import REPLICATES
from sim.records.run_writer import Facts, new_folder, run_name, write_manifest, write_tables
from sim.scenario.drawing import drawn
from sim.scenario.specs.scenario import Scenario

#: Tables kept of every replicate: outcomes and the monthly series.
MONTHLY = ("outcomes", "screenlines", "ledger", "observed", "stocks")

_SHARDS = "shards"
_INDEX = "index.jsonl"

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Receipt:
    """Where a worker put the monthly tables of a replicate; a line of the index.

    Attributes:
        replicate: Number of the replicate.
        shard: File in the folder of shards.
        offset: First byte of the block.
        length: Bytes of the block.
        digest: SHA-256 of the block.
    """

    replicate: int
    shard: str
    offset: int
    length: int
    digest: str


@dataclass(frozen=True)
class Replicate:
    """The job of one replicate: run it, append its monthly tables to the worker's shard.

    Attributes:
        scenario: With central values; the replicate draws its own.
        facts: Of the ensemble; its seed is the ensemble's.
        number: Which replicate, from 0.
        shards: Folder of the shards.
        whole: Folder that takes the whole run; None keeps the monthly tables only.
    """

    scenario: Scenario
    facts: Facts
    number: int
    shards: Path
    whole: Path | None

    def __call__(self, worker: int) -> tuple[Receipt, dict[str, Any] | None]:
        """Run; return the receipt and, of a replicate kept whole, keys for its manifest."""
        scenario = drawn(self.scenario, self.facts.seed, self.number // 2)
        seed = replicate_seed(self.facts.seed, self.number)
        grain: Literal["day", "hour"] = "hour" if self.facts.grain == "hour" else "day"
        model = BorderModel(scenario, seed, grain=grain)
        recorder = model.run()
        receipt = self._append(recorder, worker)
        if self.whole is None:
            return receipt, None
        self.whole.mkdir(parents=True, exist_ok=True)
        rows = write_tables(self.whole, recorder.columns, recorder.tables(), threads=1)
        more = counts_of(model)
        if self.number:
            write_manifest(self.whole, scenario, replace(self.facts, seed=seed), rows, **more)
        return receipt, {"rows": rows, **more}

    def _append(self, recorder: Recorder, worker: int) -> Receipt:
        tables = {name: recorder.columns(name) for name in MONTHLY if name in recorder.tables()}
        block = zlib.compress(pickle.dumps(tables, protocol=5), level=1)
        shard = f"{worker:03d}"
        with (self.shards / shard).open("ab") as file:
            offset = file.tell()
            file.write(block)
        digest = hashlib.sha256(block).hexdigest()
        return Receipt(self.number, shard, offset, len(block), digest)


def replicate_seed(seed: int, number: int) -> int:
    """Return the seed of a replicate, a 32-bit number of (ensemble's seed, replicate)."""
    return salt("replicate", seed, number) & 0xFFFFFFFF


def run_ensemble(
    scenario: Scenario,
    facts: Facts,
    replicates: int,
    executor: Executor,
    out: str | Path | None,
    keep: Literal["first", "runs"] = "first",
    on_replicate: Callable[[int], None] | None = None,
) -> Path:
    """Run the replicates, write the ensemble's folder and return its place.

    The folder is the whole run of replicate 0 with ``replicates/`` beside it; ``keep="runs"``
    adds the whole folders of the others under ``runs/``.

    Args:
        scenario: What is run, with central values.
        facts: Seed, grain, and how the ensemble was asked for.
        replicates: How many, at least 2.
        executor: Where they run.
        out: Folder; None takes the first free ``runs/NAME-N``.
        keep: What is kept whole.
        on_replicate: Called with the number of replicates finished.

    Raises:
        CrossborderError: A replicate failed, a worker died, or the disk refuses.
    """
    with new_folder(out, run_name(scenario, facts.seed)) as new:
        shards = new.path / _SHARDS
        shards.mkdir()
        jobs = [
            Replicate(scenario, facts, r, shards, _whole(new.path, r, keep))
            for r in range(replicates)
        ]
        first: dict[str, Any] = {}
        index = (shards / _INDEX).open("a", encoding="utf-8")
        with index, closing(executor.map(jobs)) as results:
            for number, (receipt, more) in enumerate(results, start=1):
                _commit(index, receipt)
                first = first or dict(more or {})
                if on_replicate is not None:
                    on_replicate(number)
        rows = first.pop("rows")
        replicated = _gather(new.path)
        shutil.rmtree(shards)
        write_manifest(
            new.path,
            scenario,
            facts,
            rows,
            replicates=replicates,
            replicated_tables=dict(sorted(replicated.items())),
            **first,
        )
    return new.place


def counts_of(model: BorderModel) -> dict[str, Any]:
    """Return the model's digest as manifest keys: what was counted, apart from what it took."""
    seconds = {name: round(value, 3) for name, value in model.phase_seconds.items()}
    return {"counts": model.digest(), "phase_seconds": seconds}


def _whole(folder: Path, number: int, keep: str) -> Path | None:
    if number == 0:
        return folder
    return folder / "runs" / f"{number:04d}" if keep == "runs" else None


def _commit(index: Any, receipt: Receipt) -> None:
    index.write(json.dumps(asdict(receipt)) + "\n")
    index.flush()
    os.fsync(index.fileno())


def _gather(folder: Path) -> dict[str, int]:
    """Turn committed blocks into one Parquet file a table; return rows by table."""
    lines = (folder / _SHARDS / _INDEX).read_text(encoding="utf-8").splitlines()
    receipts = [Receipt(**json.loads(line)) for line in lines]
    blocks = {r.replicate: _block(folder / _SHARDS, r) for r in receipts}
    target = folder / REPLICATES
    target.mkdir()
    names = {name for tables in blocks.values() for name in tables}
    return write_tables(target, lambda name: _stacked(blocks.items(), name), names, replicated=True)


def _block(shards: Path, receipt: Receipt) -> dict[str, Columns]:
    with (shards / receipt.shard).open("rb") as file:
        file.seek(receipt.offset)
        block = file.read(receipt.length)
    if hashlib.sha256(block).hexdigest() != receipt.digest:
        raise CrossborderError(f"replicate {receipt.replicate} was not written as it was recorded")
    tables: dict[str, Columns] = pickle.loads(zlib.decompress(block))
    return tables


def _stacked(blocks: Iterable[tuple[int, dict[str, Columns]]], name: str) -> Columns:
    held = [(number, tables[name]) for number, tables in blocks if name in tables]
    stacked = {key: np.concatenate([t[key] for _, t in held]) for key in held[0][1]}
    sizes = [len(next(iter(t.values()))) for _, t in held]
    stacked["replicate"] = np.repeat(np.array([number for number, _ in held]), sizes)
    return stacked
