"""Comparisons as in docs/statistics.md, in plain Python: Student's t, Welch's, Holm's adjustment, seeds needed.
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


class Test:
    """A t-test of a mean against 0: mean, t, p, 95 % interval (low to high); NaN where unknown."""

    def __init__(self, mean):
        self.mean = mean
        self.t = self.p = self.low = self.high = math.nan

    def judge(self, error, freedom):
        """By the mean's standard error."""
        if error < 1e-12:
            self.t = math.copysign(math.inf, self.mean) if self.mean else 0.0
            self.p = 0.0 if self.mean else 1.0
            self.low = self.high = self.mean
            return
        self.t = self.mean / error
        self.p = beyond(abs(self.t), freedom)
        half = critical_t(freedom) * error
        self.low, self.high = self.mean - half, self.mean + half


class Paired(Test):
    """Paired t-test of differences, one per seed; n, sd."""

    def __init__(self, differences):
        x = [round(d, 6) for d in differences if not math.isnan(d)]
        super().__init__(sum(x) / len(x) if x else math.nan)
        self.n, self.sd = len(x), math.nan
        if self.n >= 2:
            self.sd = math.sqrt(sum((d - self.mean) ** 2 for d in x) / (self.n - 1))
            self.judge(self.sd / math.sqrt(self.n), self.n - 1)

    def reversed(self):
        """The test of the opposite differences."""
        other = copy.copy(self)
        other.mean, other.t, other.low, other.high = -self.mean, -self.t, -self.high, -self.low
        return other

    @property
    def needed(self):
        """Seeds that a difference of 1 would need, or None."""
        return needed_seeds(self.sd) if self.sd > 0 else None


class Welch(Test):
    """Welch's t-test of two independent sets of values, the first's mean minus the second's; n: "20, 10"."""

    def __init__(self, a, b):
        super().__init__(sum(a) / len(a) - sum(b) / len(b) if a and b else math.nan)
        self.n = f"{len(a)}, {len(b)}"
        if min(len(a), len(b)) >= 2:
            of_a, of_b = (mean_sd(x)[1] ** 2 / len(x) for x in (a, b))
            both = of_a ** 2 / (len(a) - 1) + of_b ** 2 / (len(b) - 1)
            self.judge(math.sqrt(of_a + of_b), (of_a + of_b) ** 2 / both if both else len(a) + len(b) - 2)


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
