"""One process of a scene: python scene_worker.py BEFORE AFTER OUT [KILL_AT_CALL].

Its rank comes from the environment, as torchrun sets it. With a fourth argument it kills itself at
that call of the captioner, as an exhausted machine would.
"""

import os
import signal
import sys

from fabricated_scenes import brightness_captioner

from mmrsicc.scenes import SceneSettings, caption_scene

before, after, out, *rest = sys.argv[1:]
calls = 0


def captioner(pairs):
    global calls
    calls += 1
    if rest and calls == int(rest[0]):
        os.kill(os.getpid(), signal.SIGKILL)
    return brightness_captioner(pairs)


caption_scene(
    captioner,
    [before],
    [after],
    out,
    SceneSettings(tile=64, overlap=16),
    "brightness",
    batch_size=2,
    rank=int(os.environ.get("RANK", 0)),
    world_size=int(os.environ.get("WORLD_SIZE", 1)),
)
print(calls)
