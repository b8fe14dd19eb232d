"""Speed and size: ``python -m tests.benchmarks [--quick] [--only SECTION] [--json FILE]``.

``--parties N``: a smaller crowd than a million, to try the section ``crowd``.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.machine import Machine
from tests.benchmarks.sections import MILLION, SECTIONS, Bench, Row


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description=str(__doc__).splitlines()[0]
    )
    parser.add_argument("--quick", action="store_true", help="one repetition, small sizes")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="one section; repeatable")
    parser.add_argument("--parties", type=int, default=MILLION, help="parties of the section crowd")
    parser.add_argument("--json", type=Path, help="also write every measurement to this file")
    given = parser.parse_args()
    machine, bench, rows = Machine.here(), Bench(given.quick, given.parties), []
    print(f"Machine: {machine}")
    for section in SECTIONS:
        if given.only and section not in given.only:
            continue
        print(f"\n{section}", flush=True)
        for row in getattr(bench, section)():
            rows.append(row)
            print(_line(row), flush=True)
    if given.json:
        text = {
            "machine": asdict(machine),
            "quick": given.quick,
            "rows": [asdict(row) for row in rows],
            "measurements": bench.kept,
        }
        given.json.write_text(json.dumps(text, indent=1) + "\n", encoding="utf-8")


def _line(row: Row) -> str:
    verdict = {True: "  reached", False: "  NOT REACHED", None: ""}[row.met]
    reach = f"  [to reach: {row.reach}]" if row.reach else ""
    return f"  {row.what:<58} {row.figure}{reach}{verdict}"


if __name__ == "__main__":
    main()
