"""Civil time and the sun (MODEL 1) against days and almanac values known beforehand."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import numpy as np
import pytest

from sim.clock import Clock, hours_since_2000, sine_of_elevation
from tests.verification.proof import prove

ZONE = "Europe/Belgrade"


def test_the_day_winter_time_begins_has_25_hours() -> None:
    clock = Clock(date(2018, 10, 28), date(2018, 10, 29), ZONE)
    assert clock.hours == 25
    assert clock.calendar().hour.tolist() == [0, 1, 2, 2, *range(3, 24)]
    assert set(clock.calendar().day.tolist()) == {0}


def test_the_day_summer_time_begins_has_23_hours() -> None:
    clock = Clock(date(2018, 3, 25), date(2018, 3, 26), ZONE)
    assert clock.hours == 23
    assert clock.calendar().hour.tolist() == [0, 1, *range(3, 24)]


def test_a_night_shift_across_the_change_has_13_hours() -> None:
    clock = Clock(date(2018, 10, 27), date(2018, 10, 30), ZONE)
    evening = clock.hour_of(date(2018, 10, 27), time(18))
    morning = clock.hour_of(date(2018, 10, 28), time(6))
    assert morning - evening == 13
    spring = Clock(date(2018, 3, 24), date(2018, 3, 27), ZONE)
    assert spring.hour_of(date(2018, 3, 25), time(6)) - spring.hour_of(
        date(2018, 3, 24), time(18)
    ) == 11  # fmt: skip


def test_columns_agree_with_the_wall_hour_by_hour() -> None:
    for zone in (ZONE, "Europe/London", "Asia/Kolkata", "America/St_Johns"):
        clock = Clock(date(2019, 10, 20), date(2020, 4, 5), zone)
        calendar = clock.calendar()
        for hour in range(0, clock.hours, 7):
            wall = clock.local(hour)
            seen = (calendar.hour[hour], calendar.weekday[hour], calendar.year_day[hour])
            assert seen == (wall.hour, wall.weekday(), wall.timetuple().tm_yday)
            assert calendar.day[hour] == (wall.date() - clock.start).days
            assert calendar.month[hour] == (wall.year - 2019) * 12 + wall.month - 10


def test_another_zone_reads_its_own_wall() -> None:
    clock = Clock(date(2018, 6, 1), date(2018, 6, 3), ZONE)
    athens = clock.calendar("Europe/Athens")
    assert athens.hour[:3].tolist() == [1, 2, 3]
    assert athens.day[22:24].tolist() == [0, 1]
    london = clock.calendar("Europe/London")
    assert london.hour[0] == 23
    assert london.day[0] == -1
    assert clock.hour_of(date(2018, 6, 1), time(8), "Europe/Athens") == 7


def test_two_years_of_hours_add_up() -> None:
    clock = Clock(date(2017, 1, 1), date(2019, 1, 1), ZONE)
    assert clock.hours == 730 * 24
    assert clock.hour_of(date(2017, 7, 1)) == 181 * 24 - 1
    calendar = clock.calendar()
    lengths = np.bincount(calendar.day)
    assert np.flatnonzero(lengths == 23).tolist() == [84, 448]  # 26 March 2017, 25 March 2018
    assert np.flatnonzero(lengths == 25).tolist() == [301, 665]  # 29 October, 28 October
    assert calendar.month[-1] == 23


def test_an_opening_between_whole_hours_is_rounded_up() -> None:
    clock = Clock(date(2018, 6, 1), date(2018, 6, 3), ZONE)
    assert clock.hour_of(date(2018, 6, 1), time(6, 30)) == 7


def degrees_up(hours: np.ndarray, lat: float, lon: float) -> np.ndarray:
    """Degrees of the sun above the horizon."""
    return np.degrees(np.arcsin(sine_of_elevation(hours, np.array(lat), np.array(lon))))


def elevation(moment: str, lat: float, lon: float) -> float:
    clock = Clock(date(2000, 1, 1), date(2000, 1, 2), "UTC")
    instant = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    hours = hours_since_2000(clock, np.array((instant - clock.start_utc).total_seconds() / 3600.0))
    return float(degrees_up(hours, lat, lon))


#: At a pole the sun's elevation is its declination, whatever the hour. Instants of the equinoxes
#: and solstices and the obliquity: US Naval Observatory, Earth's Seasons; 1992-10-13: Meeus 1998,
#: example 25.a (apparent declination -7.78507 degrees).
DECLINATIONS = [
    ("1992-10-13 00:00", -7.785),
    ("2017-03-20 10:29", 0.0),
    ("2018-03-20 16:15", 0.0),
    ("2018-06-21 10:07", 23.435),
    ("2018-09-23 01:54", 0.0),
    ("2018-12-21 22:23", -23.435),
]


@pytest.mark.parametrize(("moment", "declination"), DECLINATIONS)
def test_the_sun_over_the_pole_stands_at_its_declination(moment: str, declination: float) -> None:
    prove("1.1", elevation(moment, 90.0, 0.0), declination, 0.0, absolute=0.1)
    prove("1.1", elevation(moment, -90.0, 50.0), -declination, 0.0, absolute=0.1)


#: Rise and set as almanacs print them to the minute: the upper limb on the horizon with 34' of
#: refraction, so that the centre stands at -0.833 degrees. Near the horizon the sun moves up to
#: 0.15 degrees a minute at these latitudes.
RISES_AND_SETS = [
    ("London, summer solstice", "2018-06-21 03:43", 51.507, -0.128),
    ("London, summer solstice", "2018-06-21 20:21", 51.507, -0.128),
    ("London, winter solstice", "2018-12-21 08:04", 51.507, -0.128),
    ("London, winter solstice", "2018-12-21 15:53", 51.507, -0.128),
    ("Belgrade, summer solstice", "2018-06-21 02:51", 44.813, 20.461),
    ("Belgrade, summer solstice", "2018-06-21 18:27", 44.813, 20.461),
    ("Belgrade, winter solstice", "2018-12-21 06:12", 44.813, 20.461),
]


@pytest.mark.parametrize(("day", "moment", "lat", "lon"), RISES_AND_SETS)
def test_the_sun_rises_and_sets_when_almanacs_say(
    day: str, moment: str, lat: float, lon: float
) -> None:
    prove("1.1", elevation(moment, lat, lon), -0.833, 0.0, absolute=0.3)


def test_the_highest_sun_of_a_day_stands_at_90_less_latitude_plus_declination() -> None:
    clock = Clock(date(2018, 6, 21), date(2018, 6, 22), ZONE)
    minutes = np.arange(24 * 60) / 60.0
    hours = hours_since_2000(clock, minutes)
    height = degrees_up(hours, 44.813, 20.461)
    prove("1.1", float(height.max()), 90 - 44.813 + 23.43, 0.0, absolute=0.1)
    # Solar noon: 12:00 less 4 minutes a degree east, plus 1.8 minutes of equation of time.
    noon = float(minutes[int(height.argmax())])
    prove("1.2", noon, 12 + 2 - 20.461 / 15 + 1.8 / 60, 0.0, absolute=1.5 / 60)
