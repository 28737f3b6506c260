"""DUDA's checkpoint (Park et al. 2019): the change detector, which is our neck, and the speaker.

It holds no backbone: the authors extracted features beforehand with torchvision's ResNet-101. Nor
does it hold a vocabulary; in theirs, id 0 is both padding and end.
"""

from mmrsicc.utils.key_map import KeyMap

#: Our config of the same network.
CONFIG = "configs/duda/duda_levircc.py"

#: Prefixes of the tensors of each part of the checkpoint.
PARTS = {"change_detector_state": "change_detector", "speaker_state": "speaker"}

#: "<END>" stands in their vocabulary, but sentences end with the id of padding.
END_IS_PADDING = True

KEYS = KeyMap(
    renames={
        r"change_detector\.embed\.(\d)\.(.*)": r"encoder.neck.embed.\1.\2",
        r"change_detector\.att\.(.*)": r"encoder.neck.attention.\1",
        r"speaker\.embed\.0\.weight": "speaker.head.embedding.weight",
        r"speaker\.core\.embed\.0\.(.*)": r"speaker.head.summarise.0.\1",
        r"speaker\.core\.module_att_lstm\.(.*)": r"speaker.head.attend.\1",
        r"speaker\.core\.weight_fc\.0\.(.*)": r"speaker.head.choose.0.\1",
        r"speaker\.core\.lang_lstm\.(.*)": r"speaker.head.speak.\1",
        r"speaker\.logit\.(.*)": r"speaker.head.classifier.\1",
    },
    # Guesses the type of change; no loss and no word depends on it.
    unused=(r"change_detector\.fc1\.(weight|bias)",),
)
