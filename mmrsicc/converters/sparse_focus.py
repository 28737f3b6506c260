"""Checkpoints of SparseFocus (Sun et al. 2024; github.com/sundongwei/SFT_chag2cap)."""

from mmrsicc.converters.shared_rules import classic_head_rules, resnet_rules
from mmrsicc.utils.key_map import KeyMap


def _focus_rules(place: int, ours: str) -> dict[str, str]:
    """Renames of the attention of one date, CrissCrossAttention here."""
    theirs = rf"encoder\.sparse_att\.0\.{place}"
    return {
        rf"{theirs}\.(query|key|value)_conv\.(.*)": rf"{ours}.\1.\2",
        rf"{theirs}\.gamma": f"{ours}.share",
    }


CONFIG = "configs/sparse_focus/sparse-focus_levircc.py"
#: Prefix of the tensors of each part of a checkpoint.
PARTS = {"extractor": "extractor", "encoder": "encoder", "generator": "generator"}
KEYS = KeyMap(
    renames={
        **resnet_rules(r"extractor\.cnn"),
        r"encoder\.embedding_w\.(.*)": r"encoder.neck.columns.\1",
        r"encoder\.embedding_h\.(.*)": r"encoder.neck.rows.\1",
        **_focus_rules(0, "encoder.neck.focus_before"),
        **_focus_rules(1, "encoder.neck.focus_after"),
        r"generator\.conv1\.(.*)": r"encoder.neck.project.\1",
        r"generator\.resblock\.conv1\.(.*)": r"encoder.neck.block.body.0.\1",
        r"generator\.resblock\.bn1\.(.*)": r"encoder.neck.block.body.1.\1",
        r"generator\.resblock\.conv2\.(.*)": r"encoder.neck.block.body.3.\1",
        r"generator\.resblock\.bn2\.(.*)": r"encoder.neck.block.body.4.\1",
        r"generator\.resblock\.conv3\.(.*)": r"encoder.neck.block.body.6.\1",
        r"generator\.resblock\.bn3\.(.*)": r"encoder.neck.block.body.7.\1",
        **classic_head_rules(r"transformer\.layers\.(\d+)", decoder="generator", classifier="fc"),
    },
    # The positions of words, which are computed.
    unused=(r"generator\.position_encoding\.pe",),
)
