"""What seconded officers bring as data: interpreted screening, documents they know (MODEL 9)."""

from __future__ import annotations

from sim.scenario.specs.base import CountryCode, Row, Share


class InterpretedScreening(Row):
    """How a country screens where a guest officer interprets; read like ``Screening``.

    It takes the place of the country's own row for those stopped while the guest is on duty, as
    far as it is better: an interpreter makes no screening worse.
    """

    country: CountryCode
    access_share: Share
    registered_share: Share
    identify_share: Share
    false_share: Share
    referral_share: Share


class ForgedDocument(Row):
    """Share of the forged documents shown at posts that claim to be of a country.

    Of the document, not of who shows it. The shares of all rows add up to at most 1; the rest
    claim to be of countries without a row.
    """

    country: CountryCode
    share: Share
