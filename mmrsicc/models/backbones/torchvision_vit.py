"""Torchvision's vision transformers under MMPretrain's names.

Importing this module registers an address for configs that start from torchvision's weights::

    init_cfg=dict(type="Pretrained", checkpoint="torchvision-vit://vit_b_32")
"""

from typing import Any

from mmengine.runner import CheckpointLoader
from torch import Tensor

from mmrsicc.utils.checkpoint import read_weights
from mmrsicc.utils.key_map import KeyMap
from mmrsicc.utils.safe_loading import download


def vit_rules(prefix: str, ours: str) -> dict[str, str]:
    """Renames of a torchvision ``VisionTransformer`` to MMPretrain's.

    Torchvision before 0.13 called the linear maps of a layer otherwise; both names are known.

    Args:
        prefix: Regular expression of what comes before torchvision's names, its dot included.
        ours: What comes before MMPretrain's, its dot included.
    """
    layer = rf"{prefix}encoder\.layers\.encoder_layer_(\d+)"
    return {
        rf"{prefix}class_token": f"{ours}cls_token",
        rf"{prefix}conv_proj\.(.*)": rf"{ours}patch_embed.projection.\1",
        rf"{prefix}encoder\.pos_embedding": f"{ours}pos_embed",
        rf"{prefix}encoder\.ln\.(.*)": rf"{ours}ln1.\1",
        rf"{layer}\.ln_([12])\.(.*)": rf"{ours}layers.\1.ln\2.\3",
        rf"{layer}\.self_attention\.in_proj_(.*)": rf"{ours}layers.\1.attn.qkv.\2",
        rf"{layer}\.self_attention\.out_proj\.(.*)": rf"{ours}layers.\1.attn.proj.\2",
        rf"{layer}\.mlp\.(?:0|linear_1)\.(.*)": rf"{ours}layers.\1.ffn.layers.0.0.\2",
        rf"{layer}\.mlp\.(?:3|linear_2)\.(.*)": rf"{ours}layers.\1.ffn.layers.1.\2",
    }


@CheckpointLoader.register_scheme(prefixes="torchvision-vit://")
def load_vit(filename: str, map_location: Any = None) -> dict[str, Tensor]:
    """Torchvision's first ImageNet weights of a vision transformer, without the classifier.

    Args:
        filename: ``torchvision-vit://`` and torchvision's name of the model.
        map_location: As for ``torch.load``.
    """
    from torchvision.models import get_model_weights

    weights = get_model_weights(filename.removeprefix("torchvision-vit://"))["IMAGENET1K_V1"]
    state_dict = read_weights(download(weights.url, check_hash=True), map_location)
    return (
        KeyMap(vit_rules("", ""), unused=(r"heads\..*",)).convert(state_dict, filename).state_dict
    )
