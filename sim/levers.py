"""Levers: how a measure's quantity reaches the part of the world it belongs to.

One class a target type; each reads and sets the quantities that
``sim.scenario.measure_kinds.QUANTITIES`` allows for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.control.aftermath import AftermathTable
from sim.control.posts import Posts
from sim.control.rosters import Rosters
from sim.control.sectors import Sectors
from sim.cooperation.agreements import Agreements
from sim.cooperation.guests import BRINGS, Guests
from sim.cooperation.investigations import Investigations
from sim.cooperation.joint_patrols import RESPONSE, TogetherInSectors
from sim.cooperation.learning import LEARNS, PostsThatLearn
from sim.cooperation.offices import Offices
from sim.cooperation.opening import worked
from sim.cooperation.tracks import Tracks
from sim.movement.leg_table import LegTable
from sim.protection.reception import ReceptionPlaces
from sim.protection.screening import ScreeningDesks
from sim.scenario.cooperation_kinds import Terms

#: Equipment that an operation brings to a sector, ``extra.thermal_camera.MEASURE``.
EXTRA = "extra."


class CooperatingLever:
    """A lever of posts or sectors, and who runs together and what guests bring there.

    Args:
        kind: Type of the targets, ``post`` or ``sector``.
        own: Lever of everything else.
        together: Who runs together in sectors.
        guests: What seconded officers bring.
        learning: What posts learn from them.
    """

    def __init__(
        self,
        kind: str,
        own: Any,
        together: TogetherInSectors,
        guests: Guests,
        learning: PostsThatLearn,
    ) -> None:
        self._kind = kind
        self._own = own
        self._together = together
        self._guests = guests
        self._learning = learning

    def get(self, target: str, quantity: str) -> Any:
        """Return a quantity in force."""
        if quantity.startswith(RESPONSE):
            return self._together.asked(target, quantity.removeprefix(RESPONSE))
        if quantity.startswith(BRINGS):
            return self._guests.asked(f"{self._kind}:{target}", quantity.removeprefix(BRINGS))
        if quantity.startswith(LEARNS):
            return self._learning.asked(f"post:{target}", quantity.removeprefix(LEARNS))
        return self._own.get(target, quantity)

    def set(self, target: str, quantity: str, value: Any) -> None:
        """Set a quantity from now on."""
        if quantity.startswith(RESPONSE):
            self._together.ask(target, quantity.removeprefix(RESPONSE), bool(value))
        elif quantity.startswith(BRINGS):
            name = f"{self._kind}:{target}"
            self._guests.ask(name, quantity.removeprefix(BRINGS), bool(value))
        elif quantity.startswith(LEARNS):
            self._learning.ask(f"post:{target}", quantity.removeprefix(LEARNS), value)
        else:
            self._own.set(target, quantity, value)


class SectorLever:
    """Equipment, sensors, barrier, cover and alert of sectors."""

    def __init__(self, sectors: Sectors, legs: LegTable, hour: Callable[[], int]) -> None:
        self._sectors = sectors
        self._legs = legs
        self._hour = hour
        self._brought: dict[tuple[str, str], float] = {}

    def get(self, target: str, quantity: str) -> float:
        """Return a quantity of a sector."""
        if quantity.startswith(EXTRA):
            return self._brought.get((target, quantity), 0.0)
        return self._sectors.value(self._sectors.index[target], quantity)

    def set(self, target: str, quantity: str, value: float) -> None:
        """Set a quantity of a sector; a barrier also lengthens the crossing of its legs.

        ``extra.KIND.MEASURE`` is what one measure brings; several add up.
        """
        if quantity.startswith(EXTRA):
            kind = quantity.split(".")[1]
            more = value - self._brought.get((target, quantity), 0.0)
            self._brought[target, quantity] = value
            self._sectors.bring(self._sectors.index[target], kind, more, self._hour())
            return
        index = self._sectors.index[target]
        self._sectors.change(index, quantity, float(value), self._hour())
        if quantity == "barrier":
            self._legs.barrier[self._legs.sector == index] = value


class PostLever:
    """Opening, lanes, methods and training of posts."""

    def __init__(self, posts: Posts | None, ids: Sequence[str]) -> None:
        self._posts = posts
        self._index = {post: i for i, post in enumerate(ids)}

    def get(self, target: str, quantity: str) -> Any:
        """Return a quantity of a post; None with posts switched off."""
        return None if self._posts is None else self._posts.value(self._index[target], quantity)

    def set(self, target: str, quantity: str, value: Any) -> None:
        """Set a quantity of a post."""
        if self._posts is not None:
            self._posts.change(self._index[target], quantity, value)


class LegLever:
    """Opening, duration and fare of legs."""

    def __init__(self, legs: LegTable) -> None:
        self._legs = legs
        self._index = {leg.id: i for i, leg in enumerate(legs.specs)}
        self._column: dict[str, NDArray[Any]] = {
            "open": legs.open, "duration": legs.duration, "cost": legs.money,
        }  # fmt: skip

    def get(self, target: str, quantity: str) -> Any:
        """Return a quantity of a leg."""
        return self._column[quantity][self._index[target]].item()

    def set(self, target: str, quantity: str, value: Any) -> None:
        """Set a quantity of a leg."""
        self._column[quantity][self._index[target]] = value


class PlaceLever:
    """Reception places, and whether arrivals enter."""

    def __init__(
        self, reception: ReceptionPlaces, open_: NDArray[np.bool_], places: Sequence[str]
    ) -> None:
        self._reception = reception
        self._open = open_
        self._places = tuple(places)

    def get(self, target: str, quantity: str) -> Any:
        """Return a quantity of a place."""
        index = self._places.index(target)
        if quantity == "arrivals_open":
            return bool(self._open[index])
        return self._reception.beds(index)

    def set(self, target: str, quantity: str, value: Any) -> None:
        """Set a quantity of a place."""
        index = self._places.index(target)
        if quantity == "arrivals_open":
            self._open[index] = bool(value)
        else:
            self._reception.set_capacity(index, value)


class CountryLever:
    """Screening of a country, and its factor on returns outside procedure."""

    def __init__(self, screening: ScreeningDesks, tables: Sequence[AftermathTable]) -> None:
        self._screening = screening
        self._tables = tuple(tables)

    def get(self, target: str, quantity: str) -> float:
        """Return a quantity of a country."""
        if quantity == "outside_factor":
            return self._tables[0].outside_factor(country=target)
        return self._screening.get(target, quantity.removeprefix("screening."))

    def set(self, target: str, quantity: str, value: float) -> None:
        """Set a quantity of a country."""
        if quantity == "outside_factor":
            for table in self._tables:
                table.set_outside_factor(float(value), country=target)
        else:
            self._screening.set(target, quantity.removeprefix("screening."), float(value))


class BorderLever:
    """What follows a stop at a border: hours held, factor on returns outside procedure."""

    def __init__(self, tables: Sequence[AftermathTable]) -> None:
        self._tables = tuple(tables)

    def get(self, target: str, quantity: str) -> Any:
        """Return a quantity of a border; None for hours held = as the rows say."""
        if quantity == "outside_factor":
            return self._tables[0].outside_factor(border=target)
        return self._tables[0].held(target)

    def set(self, target: str, quantity: str, value: Any) -> None:
        """Set a quantity of a border."""
        for table in self._tables:
            if quantity == "outside_factor":
                table.set_outside_factor(float(value), border=target)
            else:
                table.set_held(target, value)


class AgreementLever:
    """What measures and the calendar have brought into force."""

    def __init__(self, agreements: Agreements, hour: Callable[[], int]) -> None:
        self._agreements = agreements
        self._hour = hour
        self._brought: dict[str, Terms | None] = {}

    def get(self, target: str, quantity: str) -> Terms | None:
        """Return what was brought into force under this name, None if nothing."""
        return self._brought.get(target)

    def set(self, target: str, quantity: str, value: Terms | None) -> None:
        """Bring an agreement into force now, or end it."""
        self._brought[target] = value
        self._agreements.set(target, value, self._hour())


class ReadmissionLever:
    """Limits, times, office hours and capacity of a track of readmission."""

    def __init__(self, tracks: Tracks | None) -> None:
        self._tracks = tracks

    def get(self, target: str, quantity: str) -> Any:
        """Return a quantity of a track; None with readmission switched off."""
        return None if self._tracks is None else self._tracks.get(target, quantity)

    def set(self, target: str, quantity: str, value: Any) -> None:
        """Set a quantity of a track."""
        if self._tracks is not None:
            self._tracks.set(target, quantity, value)


class DeskLever:
    """Hours, days and shifts of desks at centres; with centres switched off nothing of them."""

    def __init__(self, offices: Offices | None, rosters: Rosters, hour: Callable[[], int]) -> None:
        self._offices = offices
        self._rosters = rosters
        self._hour = hour

    def get(self, target: str, quantity: str) -> Any:
        """Return a quantity of a desk."""
        if quantity == "shift":
            return self._rosters.station(f"desk:{target}").pattern.id
        if self._offices is None:
            return None
        return self._offices.opening.value(self._offices.index[target], quantity)

    def set(self, target: str, quantity: str, value: Any) -> None:
        """Set a quantity of a desk."""
        if quantity == "shift":
            self._rosters.reshape(f"desk:{target}", shift=str(value))
            return
        if quantity == "days" and value is not None:
            self._rosters.reshape(f"desk:{target}", days=worked(value))
        if self._offices is not None:
            self._offices.change([self._offices.index[target]], quantity, value, self._hour())


class CentreLever:
    """Whether a centre works, and the hours and days of all its desks."""

    def __init__(self, offices: Offices | None, desks: DeskLever, hour: Callable[[], int]) -> None:
        self._offices = offices
        self._desk = desks
        self._hour = hour

    def get(self, target: str, quantity: str) -> Any:
        """Return a quantity of a centre: of hours and days those of each desk."""
        if self._offices is None:
            return None
        if quantity == "opened":
            return self._offices.opening.opened(target)
        return [self._desk.get(desk, quantity) for desk in self._desks(target)]

    def set(self, target: str, quantity: str, value: Any) -> None:
        """Set a quantity of a centre; of hours and days one for all desks, or a list by desk."""
        if self._offices is None:
            return
        if quantity == "opened":
            self._offices.open_centre(target, bool(value), self._hour())
            return
        desks = self._desks(target)
        each = value if isinstance(value, list) else [value] * len(desks)
        for desk, one in zip(desks, each, strict=True):
            self._desk.set(desk, quantity, one)

    def _desks(self, centre: str) -> list[str]:
        assert self._offices is not None
        return [d.id for d in self._offices.desks if d.centre == centre]


class InvestigationLever:
    """Investigators and partners of a case."""

    def __init__(self, investigations: Investigations | None) -> None:
        self._cases = investigations

    def get(self, target: str, quantity: str) -> Any:
        """Return a quantity of a case; None with investigations switched off."""
        return None if self._cases is None else self._cases.get(target, quantity)

    def set(self, target: str, quantity: str, value: Any) -> None:
        """Set a quantity of a case."""
        if self._cases is not None:
            self._cases.set(target, quantity, value)
