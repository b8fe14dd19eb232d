"""Codes of cases of readmission, and where the ledger counts them."""

from __future__ import annotations

from typing import Final

import numpy as np

#: Stages of a case (uint8).
PREPARING: Final = 0
REQUESTED: Final = 1
ACCEPTED: Final = 2
CLOSED: Final = 3
#: How a case ends (uint8).
OPEN: Final = 0
TRANSFERRED: Final = 1
REFUSED: Final = 2
LAPSED: Final = 3
CLAIMED: Final = 4
NOT_REQUESTED: Final = 5
#: Lists of parties whose case has ended: handed over; in the asylum procedure, and of these those
#: who enter it at the head of their leg; those who give up; those let go where they are.
OVER: Final = 0
CLAIMANTS: Final = 1
ENTERING: Final = 2
QUITTERS: Final = 3
NOWHERE: Final = 4
LISTS: Final = 5

#: A party whose case goes on: its row, the hour it acts, and how many hours from then on it is due.
STAY = np.dtype([("row", np.int64), ("hours", np.float64), ("hour", np.int32)], align=True)

#: Items of the ledger, rows of its counts from the first of them on.
READMITTED: Final = 0
CHILDREN: Final = 1
WISH: Final = 2
CLAIMS: Final = 3
CHILDREN_REFERRED: Final = 4
CHAINS: Final = 5
