"""What is written of the posts' queues at a day's end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


def day_books(
    served: F64, waited: F64, duty: F64, sent: F64, post_of: NDArray[np.intp]
) -> dict[str, F64]:
    """Return columns of the ``posts`` table that follow from the queues.

    Waits of units leave out none: a mean wait is the time spent waiting over the units served
    (Little's law over the day); an hour in which nobody was served has no mean.

    Args:
        served: Units served by booth row, then second line, shape (rows + posts, ..., hours).
        waited: Unit-hours waited, same shape.
        duty: Officers on duty, shape (posts, ..., hours).
        sent: Share of units sent on to the second line, shape (rows,).
        post_of: Post of each booth row, shape (rows,).

    Returns:
        Units served, mean and longest wait in minutes, mean queue and mean officers on duty,
        shape (rows, ...).
    """
    rows, hours = len(post_of), max(served.shape[-1], 1)
    hourly = np.divide(waited, served, out=np.full_like(served, np.nan), where=served > 1e-6)
    # Laid out in memory as the rest, so that sums over hours add up in one order.
    second = np.empty_like(served[:rows])
    second[...] = np.nan_to_num(hourly[rows:])[post_of]
    second *= sent.reshape(-1, *[1] * (served.ndim - 1))
    units = served[:rows].sum(axis=-1)
    some = units > 1e-6
    spent = (waited[:rows] + served[:rows] * second).sum(axis=-1)
    total = hourly[:rows] + second
    longest = np.where(np.isnan(total), -1.0, total).max(axis=-1, initial=-1.0)
    return {
        "served": units,
        "mean_wait": np.where(some, 60.0 * spent / np.where(some, units, 1.0), np.nan),
        "max_wait": np.where(some & (longest >= 0.0), 60.0 * longest, np.nan),
        "queue": waited[:rows].sum(axis=-1) / hours,
        "on_duty": duty.sum(axis=-1)[post_of] / hours,
    }
