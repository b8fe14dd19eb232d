"""Reading runs: outcomes, figures, and the report of a run."""

from analysis.reading import Reading
from analysis.report import write_report

__all__ = ["Reading", "write_report"]
