"""Checkpoints of DGAT (Qin et al. 2025; github.com/Pengfei1005/DGAT)."""

from mmrsicc.converters.shared_rules import classic_head_rules, segformer_rules
from mmrsicc.utils.key_map import KeyMap

_BRANCH = r"generator\.resblock\.branch"


def _layer_rules(place: int, ours: str) -> dict[str, str]:
    """Renames of the layers of one date, GaussianLayer here."""
    theirs = rf"encoder\.DGA\.(\d+)\.{place}"
    return {
        rf"{theirs}\.norm1\.(.*)": rf"{ours}.\1.norm.\2",
        rf"{theirs}\.att\.(query|key|value)_linear\.(.*)": rf"{ours}.\1.attention.\2.\3",
        rf"{theirs}\.att\.log_sigma_sq": rf"{ours}.\1.attention.log_variance",
        rf"{theirs}\.att\.se\.log_sigma_se": rf"{ours}.\1.attention.gate_log_variance",
        rf"{theirs}\.att\.se\.fc\.(.*)": rf"{ours}.\1.attention.gate.\2",
        rf"{theirs}\.norm2\.(.*)": rf"{ours}.\1.ffn.0.\2",
        rf"{theirs}\.feedforward\.net\.0\.(.*)": rf"{ours}.\1.ffn.1.\2",
        rf"{theirs}\.feedforward\.net\.3\.(.*)": rf"{ours}.\1.ffn.4.\2",
    }


def _inception_rules() -> dict[str, str]:
    """Renames of the block of the fused dates: each convolution with its normalisation."""
    ours = "encoder.neck.block.branches"
    rules = {
        rf"{_BRANCH}1\.([01])\.(.*)": rf"{ours}.0.\1.\2",
        rf"{_BRANCH}4\.1\.(.*)": rf"{ours}.3.1.0.\1",
        rf"{_BRANCH}4\.2\.(.*)": rf"{ours}.3.1.1.\1",
    }
    for branch in (2, 3):
        for place in (0, 1, 3, 4):
            step, part = divmod(place, 3)
            rules[rf"{_BRANCH}{branch}\.{place}\.(.*)"] = rf"{ours}.{branch - 1}.{step}.{part}.\1"
    return rules


CONFIG = "configs/dgat/dgat_levircc.py"
#: Prefix of the tensors of each part of a checkpoint.
PARTS = {"extractor": "extractor", "encoder": "encoder", "generator": "generator"}
KEYS = KeyMap(
    renames={
        **segformer_rules(r"extractor\.cnn\.segformer\."),
        r"encoder\.embedding_w\.(.*)": r"encoder.neck.columns.\1",
        r"encoder\.embedding_h\.(.*)": r"encoder.neck.rows.\1",
        **_layer_rules(0, "encoder.neck.before_layers"),
        **_layer_rules(1, "encoder.neck.after_layers"),
        r"generator\.conv1\.(.*)": r"encoder.neck.project.\1",
        **_inception_rules(),
        r"generator\.resblock\.reduce\.(.*)": r"encoder.neck.block.reduce.\1",
        **classic_head_rules(r"transformer\.layers\.(\d+)", decoder="generator", classifier="fc"),
    },
    unused=(
        # For another kind of layer.
        r"generator\.transformer\.layers\.\d+\.fc_alpha[123]\..*",
        # The positions of words, which are computed.
        r"generator\.position_encoding\.pe",
    ),
)
