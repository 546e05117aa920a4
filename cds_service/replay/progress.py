"""Tells how far a run is: one line that is written over on a terminal, plain lines elsewhere."""

import sys
import time
from dataclasses import dataclass, field

_EVERY_SECONDS = 10.0


@dataclass
class Progress:
    """What has been done of how much. Lines elsewhere than on a terminal come ten seconds apart."""

    shards: int
    done: int = 0
    patients: int = 0
    signings: int = 0
    started: float = field(default_factory=time.monotonic)
    _told: float = 0.0

    def add(self, patients: int, signings: int) -> None:
        self.done += 1
        self.patients += patients
        self.signings += signings
        self._tell()

    def _tell(self) -> None:
        on_terminal, now = sys.stderr.isatty(), time.monotonic()
        if not on_terminal and self.done < self.shards and now - self._told < _EVERY_SECONDS:
            return
        self._told = now
        end = "\r" if on_terminal and self.done < self.shards else "\n"
        print(("\x1b[2K" if on_terminal else "") + self.line(now), end=end, file=sys.stderr, flush=True)

    def line(self, now: float) -> str:
        passed = max(now - self.started, 0.001)
        left = passed / self.done * (self.shards - self.done) if self.done else 0.0
        return (
            f"{self.done} of {self.shards} parts, {self.patients} patients, {self.signings} signings, "
            f"{self.signings / passed:.0f} signings a second, {left:.0f} s left"
        )


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
