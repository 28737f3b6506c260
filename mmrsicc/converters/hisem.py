"""Checkpoints of HiSem (Wang et al. 2026; github.com/Man-Wang-star/HiSem)."""

from mmrsicc.converters.shared_rules import classic_head_rules, clip_rules
from mmrsicc.utils.key_map import KeyMap

_TRANS, _MOE = r"encoder_trans", r"encoder_trans\.moe"
_DIFF, _LAYER = r"encoder_trans\.diff_attn", r"encoder.neck.layers.\1"
_HEAD = "speaker.head"


def _layer_rules() -> dict[str, str]:
    """Renames of the layers of the encoder."""
    names = {
        r"feat_modulators\.(\d+)\.gate_net": "gate",
        r"feat_modulators\.(\d+)\.local_conv": "local",
        r"feat_modulators\.(\d+)\.local_norm": "local_norm",
        r"add_predictor_list\.(\d+)": "appeared",
        r"del_predictor_list\.(\d+)": "disappeared",
    }
    for letter, date in (("b", "before"), ("a", "after")):
        names |= {
            rf"bidiff_modules\.(\d+)\.q_{letter}": f"query_{date}",
            rf"bidiff_modules\.(\d+)\.k_{letter}": f"key_{date}",
            rf"bidiff_modules\.(\d+)\.v_{letter}": f"value_{date}",
            rf"bidiff_modules\.(\d+)\.fuse_gate_{letter}": f"blend_{date}",
            rf"bidiff_modules\.(\d+)\.proj_{letter}": f"project_{date}",
            rf"norm_{letter}_list\.(\d+)": f"norm_{date}",
        }
    return {rf"{_DIFF}\.{key}\.(.*)": rf"{_LAYER}.{name}.\2" for key, name in names.items()}


def _routing_rules() -> dict[str, str]:
    """Renames of the ways of unchanged and changed pairs."""
    rules = {}
    for number, way in (("1", "unchanged"), ("2", "changed")):
        names = {"Conv1_list": "project", r"LN_list\.left": "block", "LN_norm": "norm"}
        for theirs, ours in names.items():
            rules[rf"{_MOE}\.reblock{number}\.{theirs}\.(.*)"] = rf"{_HEAD}.{way}.{ours}.\1"
    experts = {"gate_proj": "gate", "up_proj": "enter", "down_proj": "leave"}
    for theirs, ours in experts.items():
        rules |= {
            rf"{_MOE}\.changemoe\.experts\.(\d+)\.{theirs}\.(.*)": (
                rf"{_HEAD}.experts.experts.\1.{ours}.\2"
            ),
            rf"{_MOE}\.changemoe\.shared_experts\.{theirs}\.(.*)": (
                rf"{_HEAD}.experts.shared.{ours}.\1"
            ),
        }
    return rules | {
        rf"{_MOE}\.changemoe\.gate\.weight": f"{_HEAD}.experts.score.weight",
        rf"{_MOE}\.pwff\.fc1\.(.*)": rf"{_HEAD}.ffn.0.\1",
        rf"{_MOE}\.pwff\.fc2\.(.*)": rf"{_HEAD}.ffn.3.\1",
        rf"{_MOE}\.pwff\.layer_norm\.(.*)": rf"{_HEAD}.unchanged_norm.\1",
        rf"{_MOE}\.layer_norm\.(.*)": rf"{_HEAD}.changed_norm.\1",
        rf"{_TRANS}\.layer_norm\.(.*)": rf"{_HEAD}.norm.\1",
        rf"{_MOE}\.clsgate\.weight": "flag_head.classify.weight",
    }


CONFIG = "configs/hisem/hisem_levircc.py"
#: Prefix of the tensors of each part of a checkpoint.
PARTS = {
    "encoder_dict": "encoder",
    "encoder_trans_dict": "encoder_trans",
    "decoder_dict": "decoder",
}
KEYS = KeyMap(
    renames={
        **clip_rules(r"encoder\.clip_model\.visual\."),
        # As the forward pass uses them, not as they are called.
        rf"{_TRANS}\.h_embedding\.(.*)": r"encoder.neck.columns.\1",
        rf"{_TRANS}\.w_embedding\.(.*)": r"encoder.neck.rows.\1",
        rf"{_DIFF}\.add_scale": "encoder.neck.appeared",
        rf"{_DIFF}\.del_scale": "encoder.neck.disappeared",
        **_layer_rules(),
        **_routing_rules(),
        **classic_head_rules(r"transformer\.layers\.(\d+)"),
    },
    unused=(
        # CLIP's text side, and what it compares images and texts with.
        r"encoder\.clip_model\.(?!visual\.).*",
        r"encoder\.clip_model\.visual\.proj",
        # Unused normalisation layers.
        rf"{_DIFF}\.bidiff_modules\.\d+\.norm_(?:add|del)\..*",
        # For another kind of layer.
        r"decoder\.transformer\.layers\.\d+\.fc_alpha[123]\..*",
        # The positions of words, which are computed, and another kind of them.
        r"decoder\.position_encoding\..*",
    ),
)
