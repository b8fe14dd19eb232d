"""Reading runs: outcomes, figures, the report of a run, and the comparison of plans."""

from analysis.comparison import compare
from analysis.reading import Reading
from analysis.report import write_report

__all__ = ["Reading", "compare", "write_report"]
