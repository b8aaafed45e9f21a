"""Steps in a series of accuracies.

Like asv (airspeed velocity, `asv/step_detect.py`): a piecewise constant fit with a penalty for every change
point; the first run of every segment is named. asv fits medians; here a running median of three
takes out single odd runs, except the first and the last, and keeps edges. Then a weighted least-squares
fit by dynamic programming (Jackson et al. 2005, https://doi.org/10.1109/LSP.2001.838216) finds the best of
all partitions in n^2 vectorized operations.
"""

import math
from collections.abc import Sequence

import numpy as np

# A change point costs this much times log(n), in units of the noise. Of 100 series without a change, one or two get a false change
# point; of series of only four runs, three do (docs/regression-gate.md). asv's penalty grows with log(n) as well.
PENALTY = 7.0
LEAST_RUNS = 4  # a shorter series shows no step: its noise cannot be told from one
SHORTEST = 50  # shorter series pay the penalty of this many runs, since their noise is hardly known
LEAST_NOISE = 0.01  # share of the variance by the draw of test images; deterministic repeats have none


def segment_starts(values: Sequence[float], variances: Sequence[float]) -> list[int]:
    """Find where the segments of a piecewise constant series start: 0 and the index of every change point.

    Args:
        values: The series, in order of time.
        variances: Those of the values, up to a common factor, which is estimated from differences of neighbours.
    """
    n = len(values)
    if n < LEAST_RUNS:
        return [0]
    y, v = np.asarray(values), np.asarray(variances)
    noise = max((1.4826 * float(np.median(np.abs(np.diff(y)) / np.sqrt(v[1:] + v[:-1])))) ** 2, LEAST_NOISE)
    smooth = np.median([np.r_[y[:1], y[:-1]], y, np.r_[y[1:], y[-1:]]], axis=0)
    # A segment's cost follows from sums up to its start. The squares of the values are left out: their sum is the same for
    # every partition. best[j] is the cheapest partition of the first j values, start[j] where its last segment starts.
    weight = 1 / (v * noise)
    s0, s1 = np.r_[0, np.cumsum(weight)], np.r_[0, np.cumsum(weight * (smooth - smooth.mean()))]
    penalty = PENALTY * math.log(max(n, SHORTEST))
    best, start = np.zeros(n + 1), [0]
    for j in range(1, n + 1):
        cost = best[:j] - (s1[j] - s1[:j]) ** 2 / (s0[j] - s0[:j])
        start.append(int(np.argmin(cost)))
        best[j] = cost[start[j]] + penalty
    starts = [start[n]]
    while starts[-1] > 0:
        starts.append(start[starts[-1]])
    return starts[::-1]
