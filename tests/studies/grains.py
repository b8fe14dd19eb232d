"""Do the two grains of a post agree? Twenty two-peak days of larger posts, in full.

``python -m tests.studies grains [DAYS [REPLICATIONS]]`` prints each day: the strategic grain
beside the tactical one (averaged over replications) and beside the exact transient queue.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tests.verification.two_peak_days import exact_waits, two_peak_days

#: Posts of up to 10 lanes and 60 cars an hour and lane, as at the largest road crossings.
LANES, SERVICE, SEED = (2, 10), (12.0, 60.0), 7


def main(argv: Sequence[str] = ()) -> int:
    """Print the comparison; return 0 if the grains agree within 10 % and 15 %, else 1."""
    count = int(argv[0]) if argv else 20
    replications = int(argv[1]) if len(argv) > 1 else 20
    days = list(two_peak_days(count, SEED, LANES, SERVICE))
    exact, exact_hourly = exact_waits(days, most=900)
    print("peak load  lanes  cars/h/lane | mean wait min: strategic tactical (s.e.)  exact"
          " | hourly p95 min: strategic tactical  exact")  # fmt: skip
    sums = np.zeros(4)
    for i, day in enumerate(days):
        runs = [day.tactical(1000 * i + k) for k in range(replications)]
        waits, units = (np.array([r[j] for r in runs]) for j in (0, 1))
        each = waits.sum(axis=1) / units.sum(axis=1)
        error = each.std(ddof=1) / math.sqrt(replications)
        tactical = waits.sum() / units.sum()
        tactical_late = np.percentile(waits.sum(axis=0) / units.sum(axis=0), 95)
        strategic, hourly = day.strategic()
        late, exact_late = np.percentile(hourly, 95), np.percentile(exact_hourly[i], 95)
        sums += strategic, tactical, late, tactical_late
        row = 60.0 * np.array([strategic, tactical, error, exact[i], late, tactical_late,
                               exact_late])  # fmt: skip
        print(f"{day.peak_load:9.2f} {day.lanes:6d} {day.service:12.1f} | "
              "{:24.2f} {:8.2f} ({:4.2f}) {:6.2f}"
              " | {:25.2f} {:8.2f} {:6.2f}".format(*row))  # fmt: skip
    mean, late = sums[0] / sums[1] - 1.0, sums[2] / sums[3] - 1.0
    print(f"all days: mean wait {mean:+.1%} (10 % allowed), hourly p95 {late:+.1%} (15 %)")
    return 0 if abs(mean) <= 0.10 and abs(late) <= 0.15 else 1


if __name__ == "__main__":
    import sys

    raise SystemExit(main(sys.argv[1:]))
