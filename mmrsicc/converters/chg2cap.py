"""Checkpoints of Chg2Cap (Chang and Ghamisi 2023; github.com/ShizhenChang/Chg2Cap)."""

from mmrsicc.converters.shared_rules import classic_head_rules, resnet_rules
from mmrsicc.utils.key_map import KeyMap


def _attentive_layer_rules(place: int, ours: str) -> dict[str, str]:
    """Renames of the layers at a place of each stage, AttentiveLayer here."""
    theirs = rf"encoder_trans\.selftrans\.(\d+)\.{place}"
    return {
        rf"{theirs}\.att\.to_q\.(.*)": rf"{ours}.\1.query.\2",
        rf"{theirs}\.att\.to_k\.(.*)": rf"{ours}.\1.key.\2",
        rf"{theirs}\.att\.to_out\.0\.(.*)": rf"{ours}.\1.output.\2",
        rf"{theirs}\.norm1\.(.*)": rf"{ours}.\1.attention_norm.\2",
        rf"{theirs}\.norm2\.(.*)": rf"{ours}.\1.ffn_norm.\2",
        rf"{theirs}\.feedforward\.net\.(.*)": rf"{ours}.\1.ffn.\2",
    }


CONFIG = "configs/chg2cap/chg2cap_levircc.py"
#: Prefix of the tensors of each part of a checkpoint.
PARTS = {
    "encoder_dict": "encoder",
    "encoder_trans_dict": "encoder_trans",
    "decoder_dict": "decoder",
}
KEYS = KeyMap(
    renames={
        **resnet_rules(r"encoder\.cnn"),
        # As the forward pass uses them, not as they are called.
        r"encoder_trans\.h_embedding\.(.*)": r"encoder.neck.columns.\1",
        r"encoder_trans\.w_embedding\.(.*)": r"encoder.neck.rows.\1",
        **_attentive_layer_rules(0, "encoder.neck.within"),
        **_attentive_layer_rules(1, "encoder.neck.across"),
        r"decoder\.Conv1\.(.*)": r"encoder.neck.project.\1",
        r"decoder\.LN\.left\.(.*)": r"encoder.neck.block.body.\1",
        **classic_head_rules(r"transformer\.layers\.(\d+)"),
    },
    unused=(
        # Keys serve as values.
        r"encoder_trans\.selftrans\.\d+\.\d+\.att\.to_v\..*",
        # For another kind of layer.
        r"decoder\.transformer\.layers\.\d+\.fc_alpha[123]\..*",
        # The positions of words, which are computed, and another kind of them.
        r"decoder\.position_encoding\..*",
    ),
)
