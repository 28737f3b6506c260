"""Weights of MambaBCD (ChangeMamba, Chen et al. 2024; github.com/ChenHongruixuan/MambaCD).

The released state dicts are of Tiny (96, 2-2-4-2), Small (96, 2-2-15-2) and Base (128, 2-2-15-2),
scans twice as wide as the maps. Files of the layout that holds channels first have linear maps as
1x1 convolutions, which become matrices.
"""

from mmrsicc.utils.key_map import KeyMap

CONFIG = "configs/change_detection/changemamba_vmamba-t_sysu.py"

_LINEAR = r"(op\.in_proj|op\.out_proj|mlp\.fc1|mlp\.fc2)\.weight"
#: Numbers of the three scans of a scale, and ours.
_SCANS = {"1": "parallel", "2": "interleaved", "3": "sequential"}
_SCALES = {str(k + 1): k for k in range(4)}
#: Layers of a refinement, and their places in ours.
_REFINEMENT = {"conv1": 0, "bn1": 1, "conv2": 3, "bn2": 4}


def _decoder() -> dict[str, str]:
    """Renames of the decoder; its scales are numbered from the finest."""
    renames = {}
    for scale, k in _SCALES.items():
        for number, scan in _SCANS.items():
            block, ours = rf"decoder\.st_block_{scale}{number}", f"relations.{k}.{scan}"
            renames[rf"{block}\.0\.(.*)"] = rf"{ours}.0.\1"
            renames[rf"{block}\.2\.{_LINEAR}"] = rf"{ours}.1.\1.weight{{linear}}"
            renames[rf"{block}\.2\.(.*)"] = rf"{ours}.1.\1"
        renames[rf"decoder\.fuse_layer_{scale}\.([01])\.(.*)"] = rf"relations.{k}.fuse.\1.\2"
        for layer, place in _REFINEMENT.items():
            theirs = rf"decoder\.smooth_layer_{scale}\.{layer}\.(.*)"
            renames[theirs] = rf"refinements.{k}.body.{place}.\1"
    return renames


KEYS = KeyMap(
    renames={
        rf"encoder\.(layers\.\d\.blocks\.\d+)\.{_LINEAR}": r"backbone.\1.\2.weight{linear}",
        r"encoder\.((?:patch_embed|layers|outnorm).*)": r"backbone.\1",
        **_decoder(),
        r"main_clf\.(.*)": r"classify.\1",
    },
)
