"""Checkpoints of MCCFormers-S with its transformer decoder (Qiu et al. 2021).

As those of MCCFormers-D, they have no backbone.
"""

from mmrsicc.converters.shared_rules import classic_head_rules, grid_tokens_rules
from mmrsicc.utils.key_map import KeyMap

CONFIG = "configs/mccformers/mccformers-s_levircc.py"
#: Prefix of the tensors of each part of a checkpoint.
PARTS = {"encoder": "encoder", "decoder": "decoder"}
KEYS = KeyMap(
    renames={
        **grid_tokens_rules("encoder", "input_proj"),
        r"encoder\.idx_embedding\.weight": "encoder.neck.dates.weight",
        r"encoder\.transformer\.layers\.(.*)": r"encoder.neck.layers.\1",
        **classic_head_rules(r"transformer\.layers\.(\d+)"),
    },
    # The positions of words, which are computed.
    unused=(r"decoder\.position_encoding\.pe",),
)
