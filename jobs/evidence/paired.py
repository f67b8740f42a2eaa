"""Paired comparisons as in docs/statistics.md, in plain Python: Student's t, Holm's adjustment, seeds that are needed.
tables.py uses it; tests/cli/evidence.sh compares it with fal_report."""
import copy
import functools
import math


def beyond(critical, freedom, shift=0.0):
    """P(|T| > critical) of the noncentral t distribution: T = (z + shift) / u, summed over u = e^x, as in
    src/report/needed_seeds.c."""
    step = min(1 / 64, 1 / (4 * math.sqrt(2 * freedom)))
    tail = total = 0.0
    for side in (1, -1):
        k = 0 if side > 0 else 1
        while True:
            x = side * step * k
            density = math.exp(freedom * (x - math.expm1(2 * x) / 2))
            if density < 1e-20:
                break
            u = critical * math.exp(x)
            tail += density * (math.erfc((u - shift) / math.sqrt(2)) + math.erfc((u + shift) / math.sqrt(2))) / 2
            total += density
            k += 1
    return tail / total


@functools.lru_cache(maxsize=None)
def critical_t(freedom):
    """Two-sided 5 % point of Student's t."""
    low, high = 0.0, 1000.0
    while high - low > 1e-11 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if beyond(middle, freedom) > 0.05 else (low, middle)
    return high


class Paired:
    """Paired t-test of differences, one per seed: n, mean, sd, t, p, 95 % interval (low to high); NaN where unknown."""

    def __init__(self, differences):
        x = [round(d, 6) for d in differences if not math.isnan(d)]
        self.n = len(x)
        self.mean = sum(x) / self.n if x else math.nan
        self.sd = self.t = self.p = self.low = self.high = math.nan
        if self.n < 2:
            return
        self.sd = math.sqrt(sum((d - self.mean) ** 2 for d in x) / (self.n - 1))
        if self.sd < 1e-12:
            self.t = math.copysign(math.inf, self.mean) if self.mean else 0.0
            self.p = 0.0 if self.mean else 1.0
            self.low = self.high = self.mean
            return
        error = self.sd / math.sqrt(self.n)
        self.t = self.mean / error
        self.p = beyond(abs(self.t), self.n - 1)
        half = critical_t(self.n - 1) * error
        self.low, self.high = self.mean - half, self.mean + half

    def reversed(self):
        """The test of the opposite differences."""
        other = copy.copy(self)
        other.mean, other.t, other.low, other.high = -self.mean, -self.t, -self.high, -self.low
        return other

    @property
    def needed(self):
        """Seeds that a difference of 1 would need, or None."""
        return needed_seeds(self.sd) if self.sd > 0 else None


def needed_seeds(sd):
    """Seeds with which a true difference of 1 point is found at 5 % with probability 0.8."""
    seeds = max(2, int((1.9599639845400543 + 0.8416212335729142) ** 2 * sd * sd))
    while beyond(critical_t(seeds - 1), seeds - 1, math.sqrt(seeds) / sd) < 0.8:
        seeds += 1
    return seeds


def holm(values):
    """Holm's adjustment; NaN stays and does not count."""
    order = sorted((i for i, p in enumerate(values) if not math.isnan(p)), key=lambda i: values[i])
    adjusted, most = list(values), 0.0
    for rank, i in enumerate(order):
        most = max(most, min(1.0, (len(order) - rank) * values[i]))
        adjusted[i] = most
    return adjusted


def mean_sd(values):
    mean = sum(values) / len(values)
    sd = math.sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1)) if len(values) > 1 else math.nan
    return mean, sd
