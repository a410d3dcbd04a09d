"""How often one may ask: a bucket of tokens for everybody, and one for all."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

BURST = 2.0  # seconds' worth that a bucket holds
MOST_BUCKETS = 4096  # of those who asked last


class Rates:
    """Counts requests, `each` a second of one caller and `everyone` of all, on average. Safe in threads."""

    def __init__(self, each: float, everyone: float, clock: Callable[[], float] = time.monotonic):
        self._each, self._clock = each, clock
        self._all = _Bucket(everyone, clock())
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, who: str) -> float:
        """Counts a request of `who`: 0 where it may be answered, else the seconds after which one may."""
        with self._lock:
            now = self._clock()
            bucket = self._buckets.setdefault(who, _Bucket(self._each, now))
            self._buckets.move_to_end(who)
            if len(self._buckets) > MOST_BUCKETS:
                self._buckets.popitem(last=False)
            # what one is refused costs the others nothing
            return bucket.take(now) or self._all.take(now)


class _Bucket:
    def __init__(self, rate: float, now: float):
        self._rate, self._at = rate, now
        self._most = self._tokens = max(1.0, rate * BURST)

    def take(self, now: float) -> float:
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate
