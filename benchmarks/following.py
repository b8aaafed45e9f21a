"""What several workers of one network know of earlier runs: the chief's word, so that they need not share a disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import records
from benchmarks.checkpoints import Shelf
from benchmarks.failures import WorkerLost
from benchmarks.identity import differing

if TYPE_CHECKING:
    from benchmarks.distribution import Team
    from benchmarks.records import Finished
    from benchmarks.training import Checkpoint


@dataclass
class SharedShelf(Shelf):
    """The chief's shelf as all workers see it. All of them read at the same places; the chief alone writes."""

    team: Team
    chief: bool
    resume: bool
    """Of the chief: whether it takes up what it finds."""

    def agree(self, seeds: Sequence[int]) -> None:
        """Make sure that all workers are about to train the same.

        :raises WorkerLost: where this one is not, with what differs.
        """
        mine = {"cell": self.cell.id, "seeds": ", ".join(map(str, seeds)), **self.identity}
        chiefs = json.loads(self.team.broadcast(json.dumps(mine).encode()))
        if chiefs != mine:
            raise WorkerLost(
                "this worker does not train what the chief does; start all with the same command, code and data."
                f" The chief's and this one's: {'; '.join(differing(chiefs, mine))}"
            )

    def finished(self, seed: int) -> Finished | None:
        found = super().finished(seed) if self.chief and self.resume else None
        sent = self.team.broadcast(records.finished(found, self.identity) if found else b"")
        return records.read_finished(sent, "what the chief sent", self.identity, seed) if sent else None

    def checkpoint(self, seed: int) -> Checkpoint | None:
        found = super().checkpoint(seed) if self.chief and self.resume else None
        sent = self.team.broadcast(records.checkpoint(found, seed, self.identity) if found else b"")
        return records.read_checkpoint(sent, "what the chief sent", self.identity, seed) if sent else None

    def keep(self, finished: Finished) -> None:
        if self.chief:
            super().keep(finished)

    def keep_checkpoint(self, seed: int, checkpoint: Checkpoint) -> None:
        if self.chief:
            super().keep_checkpoint(seed, checkpoint)

    def say_what_differs(self, seeds: Sequence[int]) -> None:
        if self.chief and self.resume:
            super().say_what_differs(seeds)
