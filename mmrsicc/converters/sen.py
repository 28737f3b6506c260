"""Checkpoints of SEN (Zhou et al. 2024; github.com/mrazhou/SEN)."""

from mmrsicc.converters.shared_rules import classic_head_rules, cross_attention_rules
from mmrsicc.utils.key_map import KeyMap

#: Name prefix of compiled modules.
_COMPILED = r"(?:_orig_mod\.)?"
_IMAGE = rf"encoder_image\.{_COMPILED}"
_FEATURE = rf"encoder_feat\.{_COMPILED}"
_DECODER = rf"decoder\.{_COMPILED}"


def _attention_rules(theirs: str, ours: str) -> dict[str, str]:
    """Renames of the attention of one date; theirs is called otherwise than in other code."""
    rules = cross_attention_rules(theirs, ours)
    return {
        rf"{theirs}\.attn\.(.*)": rf"{ours}.attention.\2",
        **{key: name for key, name in rules.items() if not key.startswith(rf"{theirs}\.attention")},
    }


_LAYER, _OURS = rf"{_FEATURE}blocks\.(\d+)", r"encoder.neck.layers.\1"

CONFIG = "configs/sen/sen_levircc.py"
#: Prefix of the tensors of each part of a checkpoint.
PARTS = {"encoder_image": "encoder_image", "encoder_feat": "encoder_feat", "decoder": "decoder"}
KEYS = KeyMap(
    renames={
        rf"{_IMAGE}0\.(.*)": r"encoder.backbone.backbone.\1",
        rf"{_IMAGE}1\.(.*)": r"encoder.neck.project.\1",
        rf"{_FEATURE}embed_img\.(.*)": r"encoder.neck.embed.\1",
        rf"{_FEATURE}channel_attn_bef\.(.*)": r"encoder.neck.weigh_before.\1",
        rf"{_FEATURE}channel_attn_aft\.(.*)": r"encoder.neck.weigh_after.\1",
        **_attention_rules(rf"{_LAYER}\.cross_attn_bef", f"{_OURS}.attend_before"),
        **_attention_rules(rf"{_LAYER}\.cross_attn_aft", f"{_OURS}.attend_after"),
        rf"{_LAYER}\.attn\.(.*)": rf"{_OURS}.attention.\2",
        rf"{_LAYER}\.norm\.(.*)": rf"{_OURS}.norm.\2",
        **classic_head_rules(
            r"transformer\.layers\.(\d+)",
            memory_attention="multihead_attn2",
            decoder=r"decoder(?:\._orig_mod)?",
        ),
    },
    unused=(
        # The positions, which are computed, and another kind of them.
        rf"{_FEATURE}pe_(?:img|feat)\.pe",
        rf"{_DECODER}position_encoding\..*",
    ),
)
