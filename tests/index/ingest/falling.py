"""A store that fails in the middle of what is written to it."""

from __future__ import annotations

from index.reference import ReferenceStore
from index.store import Batch, Written


class Falling(ReferenceStore):
    """Fails at the write that `left` counts down to, before or after it has written."""

    left: int | None = None
    after = False

    def write(self, batch: Batch) -> Written:
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                if self.after:
                    super().write(batch)
                raise OSError("the power went")
        return super().write(batch)
