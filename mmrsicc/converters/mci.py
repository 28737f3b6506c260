"""Checkpoints of MCI, Change-Agent's model (Liu et al. 2024).

From github.com/Chen-Yang-Liu/Change-Agent.
"""

from mmrsicc.converters.shared_rules import classic_head_rules, segformer_rules
from mmrsicc.utils.key_map import KeyMap

_CAPTION = r"encoder_trans\.Dynamic_DIF_aware_TR\.(\d+)"
_MASKS = r"encoder_trans\.Transformer_aug_CD\.(\d+)"
_LAYER = r"encoder_trans\.(?:Dynamic_DIF_aware_TR|Transformer_aug_CD)\.\d+\.\d+"


def _layer_rules(theirs: str, ours: str) -> dict[str, str]:
    """Renames of the layers of one date, InteractionLayer here.

    Args:
        theirs: Regular expression of a layer's name; its one group is the layer's number.
        ours: Our name, which refers to that group.
    """
    rules = {
        rf"{theirs}\.att\.fuse_conv\.(.*)": rf"{ours}.fuse.\2",
        rf"{theirs}\.att\.to_q\.(.*)": rf"{ours}.query.\2",
        rf"{theirs}\.att\.to_k\.(.*)": rf"{ours}.key.\2",
        rf"{theirs}\.att\.to_v\.(.*)": rf"{ours}.value.\2",
        rf"{theirs}\.att\.to_out\.0\.(.*)": rf"{ours}.output.\2",
        rf"{theirs}\.norm1\.(.*)": rf"{ours}.attention_norm.\2",
        rf"{theirs}\.feedforward\.net\.(.*)": rf"{ours}.ffn.\2",
        rf"{theirs}\.norm2\.(.*)": rf"{ours}.ffn_norm.\2",
    }
    shapes = {"d_conv_3x3": "shapes.0", "d_conv_1x5": "shapes.1", "d_conv_5x1": "shapes.2"}
    names = {**shapes, "BN": "norm", "conv_1": "mix"}
    for convolutions, own in {"Q_d_conv": "around", "K_d_conv": "around_other"}.items():
        for name, new in names.items():
            rules[rf"{theirs}\.{convolutions}\.{name}\.(.*)"] = rf"{ours}.{own}.{new}.\2"
    return rules


def _date_rules(theirs: str, ours: str, ending: str) -> dict[str, str]:
    """Renames of all layers of a branch and of its positions."""
    return {
        # As the forward pass uses them, not as they are called.
        rf"encoder_trans\.h_embedding{ending}\.(.*)": rf"{ours}.columns.\1",
        rf"encoder_trans\.w_embedding{ending}\.(.*)": rf"{ours}.rows.\1",
        **_layer_rules(rf"{theirs}\.0", rf"{ours}.before_layers.\1"),
        **_layer_rules(rf"{theirs}\.1", rf"{ours}.after_layers.\1"),
    }


CONFIG = "configs/mci/mci_levirmci.py"
#: Prefix of the tensors of each part of a checkpoint.
PARTS = {
    "encoder_dict": "encoder",
    "encoder_trans_dict": "encoder_trans",
    "decoder_dict": "decoder",
}
KEYS = KeyMap(
    renames={
        **segformer_rules(r"encoder\.cnn\.segformer\."),
        **_date_rules(_CAPTION, "encoder.neck.caption", ""),
        **_date_rules(_MASKS, "encoder.neck.masks.dates", "_CD"),
        r"encoder_trans\.conv_dif\.(.*)": r"encoder.neck.masks.differences.\1",
        r"encoder_trans\.conv_fuse\.(.*)": r"encoder.neck.masks.fusions.\1",
        r"encoder_trans\.to_fused\.(.*)": r"encoder.neck.masks.rises.\1",
        r"encoder_trans\.to_seg\.(.*)": r"encoder.mask_head.fuse.\1",
        r"decoder\.Conv1\.(.*)": r"encoder.neck.project.\1",
        r"decoder\.LN\.left\.(.*)": r"encoder.neck.block.body.\1",
        **classic_head_rules(r"transformer\.layers\.(\d+)"),
    },
    unused=(
        # For other kinds of layers.
        rf"{_LAYER}\.att\.(?:Q_LN|K_LN|V_LN|fuse_conv2)\..*",
        rf"{_LAYER}\.PCM\..*",
        r"encoder_trans\.Dynamic_DIF_aware_TR\.\d+\.2\..*",
        r"decoder\.transformer\.layers\.\d+\.fc_alpha[123]\..*",
        # The positions of words, which are computed, and another kind of them.
        r"decoder\.position_encoding\..*",
    ),
)
