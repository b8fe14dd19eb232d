"""Thirty sockets for a minute: nothing lost or out of order, and how soon an order is answered.

Every line is broken on purpose some times and asks for what it missed. Meanwhile one player sends
messages and orders; reported is the time from asking to the acknowledgement, which comes when the
entry is on the disk.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from websockets.exceptions import ConnectionClosed

from tests.browser.driving import PATIENCE, serving
from tests.browser.playing import Wire, codes
from tests.browser.test_exercise import LINES
from tests.stories import small_exercise

#: Milliseconds within which 95 % of the orders are answered.
REACH = 100.0
LAST = "the last message"


class Listener(threading.Thread):
    """A socket that reads, and whose line breaks every so often."""

    def __init__(self, wire: Wire, until: float, every: float) -> None:
        super().__init__(daemon=True)
        self.wire, self.end, self.every = wire, until, every
        self.breaks = 0
        self.failure = ""

    def run(self) -> None:
        """Read until the end; note what went wrong."""
        due = time.monotonic() + self.every
        try:
            while not self.wire.events or self.wire.events[-1]["text"] != LAST:
                if time.monotonic() > self.end + PATIENCE:
                    self.failure = "the last message never came"
                    break
                try:
                    self.wire.read(0.5)
                except TimeoutError:
                    continue
                if due < time.monotonic() < self.end - 2:
                    due += self.every
                    self.breaks += 1
                    self.wire.close()
                    self.wire.open()
        except (AssertionError, ConnectionClosed, OSError) as error:
            self.failure = f"{type(error).__name__}: {error}"
        finally:
            self.wire.close()


def main(argv: list[str]) -> int:
    """Measure; the exit code is 1 if something is lost or answered too late."""
    parser = argparse.ArgumentParser("sockets", description=__doc__)
    parser.add_argument("--sockets", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        small_exercise.write(folder)
        command = ("exercise", "serve", "small_exercise.yaml", "--port", "0", "--out", "session")
        with serving(folder, *command, lines=LINES) as server:
            told = codes(server)
            lead = Wire(server)
            lead.join("facilitator", told["facilitator"])
            duty = Wire(server)
            duty.join("bbb_police", told["bbb_police"])
            listeners = []
            for number in range(options.sockets - 2):
                wire = Wire(server)
                status, answer = wire.join("observer", told["observer"])
                assert status == 200, answer
                wire.open()
                listeners.append((wire, 4.0 + 0.2 * number))
            lead.open().ask("pace", running=True, speed=12.0)
            lead.close()  # who does not listen must not stay on the line
            return _study(duty.open(), listeners, options.seconds)


def _study(duty: Wire, wires: list[tuple[Wire, float]], seconds: float) -> int:
    end = time.monotonic() + seconds
    threads = [Listener(wire, end, every) for wire, every in wires]
    for thread in threads:
        thread.start()
    waits: dict[str, list[float]] = {"message": [], "order": []}
    count = 0
    while time.monotonic() < end:
        count += 1
        _timed(waits["message"], duty, "send", to=["observer"], text=f"message {count}")
        if count % 3 == 0:
            measure = {"kind": "staffing", "at": "sector:meadows", "officers": {"BBB": 1}}
            answer = _timed(waits["order"], duty, "decide", measure=measure, ask=f"order{count}")
            if answer["type"] == "done":
                _timed(waits["order"], duty, "withdraw", measure=answer["id"])
        time.sleep(0.12)
    duty.ask("send", to=["observer"], text=LAST)
    for thread in threads:
        thread.join()
    duty.close()
    return _told(threads, [*(f"message {n + 1}" for n in range(count)), LAST], waits)


def _timed(into: list[float], wire: Wire, what: str, **details: object) -> dict[str, object]:
    begun = time.monotonic()
    answer = wire.ask(what, **details)
    into.append(1000 * (time.monotonic() - begun))
    return answer


def _told(threads: list[Listener], sent: list[str], waits: dict[str, list[float]]) -> int:
    failures = [t.failure for t in threads if t.failure]
    for thread in threads:
        heard = [e["text"] for e in thread.wire.events if e["kind"] == "message"]
        if heard != sent:
            failures.append(f"heard {len(heard)} of {len(sent)} messages, or in another order")
    breaks = sum(t.breaks for t in threads)
    print(f"{len(threads) + 2} sockets, {breaks} broken on purpose, {len(sent)} messages each: "
          f"{len(failures)} failures")  # fmt: skip
    for failure in failures[:5]:
        print("  ", failure)
    slow = False
    for name, times in waits.items():
        median, late = np.median(times), np.quantile(times, 0.95)
        slow |= bool(late > REACH)
        print(f"{name} to acknowledgement: median {median:.1f} ms, 95 % {late:.1f} ms, "
              f"longest {max(times):.1f} ms ({len(times)})")  # fmt: skip
    return int(bool(failures) or slow)
