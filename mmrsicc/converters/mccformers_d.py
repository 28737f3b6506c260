"""Checkpoints of MCCFormers-D with its transformer decoder (Qiu et al. 2021).

Their code, Describing-and-Localizing-Multiple-Change-with-Transformers at
github.com/cvpaperchallenge, reads features from a file: a checkpoint has no backbone.
"""

from mmrsicc.converters.shared_rules import (
    classic_head_rules,
    cross_attention_rules,
    grid_tokens_rules,
)
from mmrsicc.utils.key_map import KeyMap

CONFIG = "configs/mccformers/mccformers-d_levircc.py"
#: Prefix of the tensors of each part of a checkpoint.
PARTS = {"encoder": "encoder", "decoder": "decoder"}
KEYS = KeyMap(
    renames={
        **grid_tokens_rules("encoder", "projection"),
        **cross_attention_rules(r"encoder\.transformer\.(\d+)", r"encoder.neck.layers.\1"),
        **classic_head_rules(r"transformer\.layers\.(\d+)"),
    },
    # The positions of words, which are computed.
    unused=(r"decoder\.position_encoding\.pe",),
)
