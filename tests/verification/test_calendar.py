"""The calendar of due parties: a timetable asserted hour by hour (MODEL 3)."""

from __future__ import annotations

import numpy as np

from sim.movement.calendar import DueCalendar
from sim.movement.crowd import NEVER, Crowd


def calendar_of(due: list[int], present: int | None = None) -> tuple[Crowd, DueCalendar]:
    """Return parties, the first of which are present (all if None), and their calendar."""
    crowd = Crowd.empty(len(due))
    crowd.due[: len(due)] = due
    crowd.present = len(due) if present is None else present
    calendar = DueCalendar(crowd)
    calendar.open_day(0)
    return crowd, calendar


def put(calendar: DueCalendar, rows: list[int], due: list[int]) -> None:
    calendar.schedule(np.array(rows, np.intp), np.array(due, np.int32))


def timetable(calendar: DueCalendar, hours: range, window: int = 1) -> dict[int, list[int]]:
    found = {}
    for hour in hours:
        if hour % 24 == 0 and hour:
            calendar.open_day(hour)
        rows = calendar.pop(hour, window)
        if len(rows):
            found[hour] = rows.tolist()
            put(calendar, rows.tolist(), [int(NEVER)] * len(rows))
    return found


def test_rows_come_in_their_hour_sorted() -> None:
    _, calendar = calendar_of([5, 3, 3, 47, 23, 24, int(NEVER)])
    assert timetable(calendar, range(72)) == {3: [1, 2], 5: [0], 23: [4], 24: [5], 47: [3]}


def test_those_to_come_are_found_by_their_order() -> None:
    crowd, calendar = calendar_of([30, 2, 7, 7, 23, 24, 25, 90], present=2)
    found: dict[int, list[int]] = {}
    for day in range(4):
        found |= timetable(calendar, range(24 * day, 24 * day + 24))
        crowd.present = max(2, *(row + 1 for rows in found.values() for row in rows))
        calendar.open_day(24 * day + 24)
    assert found == {2: [1], 7: [2, 3], 23: [4], 24: [5], 25: [6], 30: [0], 90: [7]}


def test_a_row_put_off_comes_once_at_its_later_hour() -> None:
    _, calendar = calendar_of([5, 5])
    put(calendar, [0], [9])
    put(calendar, [0], [7])
    assert timetable(calendar, range(24)) == {5: [1], 7: [0]}


def test_a_row_called_earlier_does_not_come_again() -> None:
    crowd, calendar = calendar_of([9])
    put(calendar, [0], [2])
    assert timetable(calendar, range(24)) == {2: [0]}
    assert crowd.due[0] == NEVER


def test_a_row_put_off_and_back_to_its_hour_comes_once() -> None:
    _, calendar = calendar_of([9])
    put(calendar, [0], [2])
    put(calendar, [0], [9])
    assert timetable(calendar, range(24)) == {9: [0]}


def test_a_split_row_enters_the_calendar_in_the_same_hour() -> None:
    crowd, calendar = calendar_of([4])
    crowd.persons[0] = 3
    assert calendar.pop(4, 1).tolist() == [0]
    new = crowd.split(np.array([0]), np.array([[1], [0], [0]]))
    put(calendar, [0, *new.tolist()], [30, 6])
    assert timetable(calendar, range(5, 48)) == {6: [1], 30: [0]}


def test_a_wait_that_ends_inside_the_window_taken_out_comes_with_the_next() -> None:
    # A window of 3 h: row 0 is due at 3, waits an hour, and so is due again at 4.
    crowd, calendar = calendar_of([3, 22])
    assert calendar.pop(0, 3).tolist() == []
    assert calendar.pop(3, 3).tolist() == [0]
    put(calendar, [0], [4])
    assert calendar.pop(6, 3).tolist() == [0]
    assert crowd.due[0] == 4
    put(calendar, [0], [int(NEVER)])
    for hour in range(9, 21, 3):
        assert not len(calendar.pop(hour, 3))
    assert calendar.pop(21, 3).tolist() == [1]
    # The same at the day's end: the next day's first window brings it.
    put(calendar, [1], [23])
    calendar.open_day(24)
    assert calendar.pop(24, 3).tolist() == [1]
    assert crowd.due[1] == 23


def test_a_wait_of_no_length_comes_with_the_next_hour() -> None:
    _, calendar = calendar_of([4])
    assert calendar.pop(4, 1).tolist() == [0]
    put(calendar, [0], [4])
    assert calendar.pop(5, 1).tolist() == [0]
