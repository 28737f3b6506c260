"""Checkpoints of RSCaMa (Liu et al. 2024; github.com/Chen-Yang-Liu/RSCaMa), with any decoder."""

from mmrsicc.converters.shared_rules import classic_head_rules, clip_rules
from mmrsicc.models.layers.gpt2 import gpt2_renames
from mmrsicc.utils.key_map import KeyMap


def _block_rules(theirs: str, ours: str, scans: dict[str, str]) -> dict[str, str]:
    """Renames of a Mamba of one layer but for what enters it.

    Args:
        theirs: Regular expression of its name; its one group is the layer's number.
        ours: Our name, which refers to that group.
        scans: Our name of each scan by the ending that it has in theirs.
    """
    mixer = rf"{theirs}\.layers\.0\.mixer\."
    rules = {
        rf"{theirs}\.layers\.0\.norm\.(.*)": rf"{ours}.norm.\2",
        rf"{theirs}\.norm_f\.(.*)": rf"{ours}.last_norm.\2",
        rf"{mixer}conv1d\.(.*)": rf"{ours}.convolution.\2",
        rf"{mixer}out_proj\.(.*)": rf"{ours}.leave.\2",
    }
    for ending, scan in scans.items():
        rules |= {
            rf"{mixer}x_proj{ending}\.(.*)": rf"{ours}.{scan}.select.\2",
            rf"{mixer}dt_proj{ending}\.(.*)": rf"{ours}.{scan}.step.\2",
            rf"{mixer}A_log{ending}": rf"{ours}.{scan}.log_rates",
            rf"{mixer}D{ending}": rf"{ours}.{scan}.skip",
        }
    return rules


_BOTH_WAYS = {"": "scans.ahead", "_back": "scans.back"}
_SPATIAL = r"encoder_trans\.CaMalayer_list\.(\d+)"
_TEMPORAL = r"encoder_trans\.fuselayer_list\.(\d+)\.0"
_MAMBA = r"decoder\.Mamba\.(\d+)"
_GPT = r"decoder\.GPT\.(\d+)"
_MIXER = r"encoder_trans\.\w+\.\d+\.\d+\.layers\.0\.mixer"


def _encoder_rules() -> dict[str, str]:
    rules = {
        # As the forward pass uses them, not as they are called.
        r"encoder_trans\.h_embedding\.(.*)": r"encoder.neck.columns.\1",
        r"encoder_trans\.w_embedding\.(.*)": r"encoder.neck.rows.\1",
        r"encoder_trans\.LN_norm\.(.*)": r"encoder.neck.norm.\1",
        r"encoder_trans\.alpha": "encoder.neck.shortcut",
        r"encoder_trans\.Conv1_list\.2\.(.*)": r"encoder.neck.project.\1",
        r"encoder_trans\.LN_list\.2\.left\.(.*)": r"encoder.neck.block.\1",
    }
    for date, name in enumerate(("before", "after")):
        theirs, ours = rf"{_SPATIAL}\.{date}", rf"encoder.neck.{name}_blocks.\1"
        mixer = rf"{theirs}\.layers\.0\.mixer"
        rules |= {
            rf"{mixer}\.in_proj\.weight": f"{ours}.{{enter|}}.weight",
            rf"{mixer}\.in_proj_dif\.weight": f"{ours}.{{|gate}}.weight",
            **_block_rules(theirs, ours, _BOTH_WAYS),
        }
    ours = r"encoder.neck.both_blocks.\1"
    rules[rf"{_TEMPORAL}\.layers\.0\.mixer\.in_proj\.weight"] = f"{ours}.{{enter|gate}}.weight"
    return rules | _block_rules(_TEMPORAL, ours, _BOTH_WAYS)


def _decoder_rules() -> dict[str, str]:
    """Renames of the three decoders' layers."""
    ours = r"speaker.head.layers.\1"
    return {
        **classic_head_rules(r"transformer\.layers\.(\d+)"),
        rf"{_MAMBA}\.layers\.0\.mixer\.in_proj\.weight": f"{ours}.{{enter|gate}}.weight",
        **_block_rules(_MAMBA, ours, {"": "scan"}),
        # Each of its layers is a GPT-2 of one layer.
        **gpt2_renames(rf"{_GPT}\.", f"{ours}.", layer=(r"h\.0\.", "")),
    }


CONFIG = "configs/rscama/rscama_levircc.py"
#: Prefix of the tensors of each part of a checkpoint.
PARTS = {
    "encoder_dict": "encoder",
    "encoder_trans_dict": "encoder_trans",
    "decoder_dict": "decoder",
}
KEYS = KeyMap(
    renames={
        **clip_rules(r"encoder\.clip_model\.visual\."),
        **_encoder_rules(),
        **_decoder_rules(),
    },
    unused=(
        # CLIP's text side, and what it compares images and texts with.
        r"encoder\.clip_model\.(?!visual\.).*",
        r"encoder\.clip_model\.visual\.proj",
        # Tables of words in blocks that read none, and whole blocks that are never called.
        r"encoder_trans\.(?:CaMalayer_list|fuselayer_list)\.\d+\.\d+\.embeddings\.weight",
        r"decoder\.Mamba\.\d+\.embeddings\.weight",
        r"decoder\.GPT\.\d+\.wte\.weight",
        r"encoder_trans\.fuselayer_list\.\d+\.1\..*",
        r"encoder_trans\.layerscan\..*",
        r"encoder_trans\.(?:Conv1_list|LN_list)\.[01]\..*",
        # For other kinds of mixers.
        rf"{_MIXER}\.(?:conv1d_back|x_proj_dif|x_proj_dif_back|dt_proj_dif|dt_proj_dif_back)\..*",
        rf"{_MIXER}\.(?:linear_hid2|linear_hid2_back|out_LN)\..*",
        r"encoder_trans\.fuselayer_list\.\d+\.0\.layers\.0\.mixer\.in_proj_dif\.weight",
        # For another kind of layer.
        r"decoder\.transformer\.layers\.\d+\.fc_alpha[123]\..*",
        # The positions of words, which are computed, and another kind of them.
        r"decoder\.position_encoding\..*",
    ),
)
