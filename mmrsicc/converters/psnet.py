"""Checkpoints of PSNet with ViT-B/32 (Liu et al. 2023; github.com/Chen-Yang-Liu/PSNet)."""

from mmrsicc.converters.shared_rules import classic_head_rules, grid_tokens_rules
from mmrsicc.models.backbones.torchvision_vit import vit_rules
from mmrsicc.utils.key_map import KeyMap

_PERCEPTION = r"encoder_feat\.transformer_concatlength\.(\d+)"
_REINFORCEMENT = r"encoder_feat\.Scale_aware_list\.(\d+)"
_DECODER_LAYER = r"decoder\.transformer\.\d+"

CONFIG = "configs/psnet/psnet_levircc.py"
#: Prefix of the tensors of each part of a checkpoint.
PARTS = {"encoder_image": "encoder_image", "encoder_feat": "encoder_feat", "decoder": "decoder"}
KEYS = KeyMap(
    renames={
        **vit_rules(r"encoder_image\.net\.", "encoder.backbone."),
        **grid_tokens_rules("encoder_feat", "projection2"),
        rf"{_PERCEPTION}\.(.*)": r"encoder.neck.perceptions.\1.attend.\2",
        r"encoder_feat\.linear_list\.(\d+)\.(.*)": r"encoder.neck.perceptions.\1.project.\2",
        rf"{_REINFORCEMENT}\.norm1\.(.*)": r"encoder.neck.reinforcements.\1.norm.\2",
        rf"{_REINFORCEMENT}\.attention_1\.(.*)": r"encoder.neck.reinforcements.\1.attention.\2",
        rf"{_REINFORCEMENT}\.norm2\.(.*)": r"encoder.neck.reinforcements.\1.ffn.0.\2",
        rf"{_REINFORCEMENT}\.linear1\.(.*)": r"encoder.neck.reinforcements.\1.ffn.1.\2",
        rf"{_REINFORCEMENT}\.linear2\.(.*)": r"encoder.neck.reinforcements.\1.ffn.4.\2",
        **classic_head_rules(r"transformer\.(\d+)", memory_attention="multihead_attn2"),
    },
    unused=(
        # The classifier of ImageNet.
        r"encoder_image\.net\.heads\..*",
        # For backbones of other widths, another kind of positions, another kind of layers.
        r"encoder_feat\.(projection|projection3|projection4|embedding_1D|transformer_cross)\..*",
        rf"{_REINFORCEMENT}\.(attention_2|norm3|linear3|linear4)\..*",
        # For other kinds of layers, recurrent ones too.
        rf"{_DECODER_LAYER}\.(self_attn2|multihead_attn|multihead_attn3|norm4|norm5)\..*",
        rf"{_DECODER_LAYER}\.(fc_alpha[123]|fc|lstm|decode_step|init_h|init_c)\..*",
        # The positions of words, which are computed, and another kind of them.
        r"decoder\.position_encoding\..*",
    ),
)
