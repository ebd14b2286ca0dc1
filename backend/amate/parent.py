"""A process that another one started ends with it, also where that was killed and could not stop it any more."""

from __future__ import annotations

import os
import threading
import time

POLL_S = 0.5


def end_with(parent: int) -> None:
    """End this process, within POLL_S and whatever is going on, once `parent` is its parent no longer.

    parent: id that the parent told; getppid() here could name already who came in its place

    Everything that is done here stands an end at any step, as of a power cut: nothing waits for what is half done.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(POLL_S)
        os._exit(0)

    threading.Thread(target=watch, name="parent", daemon=True).start()
