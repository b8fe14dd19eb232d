"""How to read the report: true and observed, persons and attempts, bands."""

from __future__ import annotations

from analysis.page import Section, text
from analysis.reading import Reading
from analysis.sections.months import band_words

_TERMS = (
    (
        "True and observed",
        "The model moves persons: what it counts itself is true within the model, including what "
        "no authority would see. Observed series are what authorities would have registered, by "
        "stated rules. Only observed series are laid beside registered figures.",
    ),
    (
        "Persons and attempts",
        "Screenlines count each person once, when crossing for the first time. Sectors and "
        "crossing points count attempts: a person who tries three times counts three times.",
    ),
    (
        "Returned outside procedure",
        "Returns without registration or procedure follow a stated background rate of a border "
        "and period. They are a harm; no measure can raise the rate, and they are never counted "
        "as an interception.",
    ),
    ("Not recorded", "Stands where nothing is known. It is never 0."),
    (
        "What it is not",
        "A model run is no forecast and no evidence on any person. Outcomes are sums over many "
        "travellers; origin plays no part in detection, screening or response.",
    ),
)


def how_to_read(reading: Reading) -> Section:
    """Return the section a first reader needs."""
    terms = (*_TERMS, ("Bands", band_words(reading.runs)))
    body = "".join(f"<dt>{text(term)}</dt><dd>{text(words)}</dd>" for term, words in terms)
    return Section("reading", "How to read this report", f"<dl>{body}</dl>")
