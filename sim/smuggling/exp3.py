"""EXP3: learning which arm pays when rewards may be set by an adversary."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.intp]


class Exp3:
    """A batch of EXP3 learners, each with arms of its own, as one array over all arms.

    p_j = (1 - g) w_j / sum w + g / K; an arm played with probability p_j and reward x in [0, 1]
    gets the estimate x / p_j, and w_j grows by exp(g * estimate / K). Expected regret after T
    rounds is at most 2.63 sqrt(T K ln K) with ``exploration_for`` (Auer, Cesa-Bianchi, Freund &
    Schapire 2002, *The nonstochastic multiarmed bandit problem*, SIAM J. Comput. 32, 48-77,
    fig. 1 and corollary 3.2).

    Attributes:
        group: Learner of each arm, ascending from 0, every learner with at least one arm.
        probability: Chance that the learner's next play is the arm, shape ``(arms,)``.
    """

    def __init__(self, group: I64, exploration: float) -> None:
        """Start with equal weights.

        Args:
            group: Learner of each arm, ascending.
            exploration: g, share of plays spread evenly over the arms, in (0, 1].

        Raises:
            ValueError: The exploration lies outside (0, 1], or the groups are not ascending.
        """
        if not 0.0 < exploration <= 1.0:
            raise ValueError(f"EXP3 explores with a share above 0 and at most 1, not {exploration}")
        step = np.diff(group, prepend=-1)
        if ((step != 0) & (step != 1)).any() or (group.size and group[0] != 0):
            raise ValueError("arms must be in the order of their learners, 0, 0, 1, 1, ...")
        self.group = group
        self._first = np.flatnonzero(step)
        self._last = np.append(self._first[1:], group.size) - 1
        self._arms = np.bincount(group).astype(np.float64)[group]
        self._exploration = exploration
        self._log_weight = np.zeros(group.size)
        self.probability: F64 = 1.0 / self._arms

    @staticmethod
    def exploration_for(arms: int, horizon: int) -> float:
        """Return the exploration with the best bound over ``horizon`` rounds.

        min(1, sqrt(K ln K / ((e - 1) T))), the total reward of the best arm bounded by T.

        >>> round(Exp3.exploration_for(3, 1000), 4)
        0.0438
        """
        return min(1.0, math.sqrt(arms * math.log(arms) / ((math.e - 1.0) * horizon)))

    def play(self, group: I64, u: F64) -> I64:
        """Return the arm of each play.

        Args:
            group: Learner that plays, any number of plays each.
            u: Uniform draws in [0, 1), one a play.
        """
        edge = np.cumsum(self.probability)
        edge -= (edge - self.probability)[self._first][self.group]
        edge += self.group
        edge[self._last] = np.arange(self._last.size) + 1.0
        return edge.searchsorted(group + u, side="right")

    def learn(self, plays: F64, reward: F64) -> None:
        """Learn from a round.

        Args:
            plays: Share of each learner's plays of the round that fell on the arm: 1 on the arm
                played by a learner with one play. Shape ``(arms,)``.
            reward: Mean reward of these plays, in [0, 1]; ignored where none was.
        """
        if not self.group.size:
            return
        gain = self._exploration * plays * reward / (self._arms * self.probability)
        self._log_weight += gain
        self._log_weight -= np.maximum.reduceat(self._log_weight, self._first)[self.group]
        weight = np.exp(self._log_weight)
        weight /= np.add.reduceat(weight, self._first)[self.group]
        self.probability = (1.0 - self._exploration) * weight + self._exploration / self._arms
