"""Checkpoints of RSICCformer (Liu et al. 2022; github.com/Chen-Yang-Liu/RSICC)."""

from mmrsicc.converters.shared_rules import (
    classic_head_rules,
    cross_attention_rules,
    grid_tokens_rules,
    resnet_rules,
)
from mmrsicc.utils.key_map import KeyMap

CONFIG = "configs/rsiccformer/rsiccformer_levircc.py"
#: Prefix of the tensors of each part of a checkpoint.
PARTS = {"encoder_image": "encoder_image", "encoder_feat": "encoder_feat", "decoder": "decoder"}
KEYS = KeyMap(
    renames={
        **resnet_rules(r"encoder_image\.net"),
        **grid_tokens_rules("encoder_feat", "projection"),
        **cross_attention_rules(r"encoder_feat\.transformer\.(\d+)", r"encoder.neck.stages.\1"),
        r"encoder_feat\.resblock\.(\d+)\.left\.(.*)": r"encoder.neck.blocks.\1.body.\2",
        r"encoder_feat\.LN\.(\d+)\.(.*)": r"encoder.neck.norms.\1.\2",
        **classic_head_rules(r"transformer\.layers\.(\d+)", memory_attention="multihead_attn2"),
    },
    unused=(
        # For backbones of other widths, and another kind of positions.
        r"encoder_feat\.(projection[234]|embedding_1D)\..*",
        # For other kinds of layers.
        r"decoder\.transformer\.layers\.\d+\.(self_attn2|multihead_attn|multihead_attn3)\..*",
        r"decoder\.transformer\.layers\.\d+\.fc_alpha[123]\..*",
        # The positions of words, which are computed, and another kind of them.
        r"decoder\.position_encoding\..*",
    ),
)
