"""Checkpoints of PromptCC (Liu et al. 2023; github.com/Chen-Yang-Liu/PromptCC)."""

from mmrsicc.converters.shared_rules import clip_rules
from mmrsicc.models.layers.gpt2 import gpt2_renames
from mmrsicc.utils.key_map import KeyMap

_IMAGE = r"model\.Image_Encoder"
_FLAG = rf"{_IMAGE}\.classification_module"
_GPT = r"model\.gpt_decoder\.transformer\."

CONFIG = "configs/promptcc/promptcc_levircc.py"
#: Prefix of the tensors of each part of a checkpoint.
PARTS = {"model_GPT": "model"}
KEYS = KeyMap(
    renames={
        **clip_rules(rf"{_IMAGE}\.clip_model\.visual\."),
        rf"{_IMAGE}\.w_embedding\.(.*)": r"encoder.neck.columns.\1",
        rf"{_IMAGE}\.h_embedding\.(.*)": r"encoder.neck.rows.\1",
        rf"{_IMAGE}\.class_embedding_A": "encoder.neck.summaries{first}",
        rf"{_IMAGE}\.class_embedding_B": "encoder.neck.summaries{second}",
        rf"{_IMAGE}\.transformer_encoder\.layers\.(.*)": r"encoder.neck.date_layers.\1",
        rf"{_IMAGE}\.trans_encoder_2feat\.layers\.(.*)": r"encoder.neck.pair_layers.\1",
        rf"{_IMAGE}\.temporal_embedding\.(.*)": r"encoder.neck.dates.\1",
        rf"{_IMAGE}\.concat_projection\.(.*)": r"encoder.neck.project.\1",
        rf"{_IMAGE}\.prompt": "speaker.head.prompts",
        rf"{_IMAGE}\.nochange_proto": "speaker.head.flag.weight{first}",
        rf"{_IMAGE}\.change_proto": "speaker.head.flag.weight{second}",
        **gpt2_renames(_GPT, "speaker.head.gpt."),
        r"model\.lm_head_change\.(.*)": r"speaker.head.classifier.\1",
        rf"{_FLAG}\.w_embedding\.(.*)": r"flag_head.columns.\1",
        rf"{_FLAG}\.h_embedding\.(.*)": r"flag_head.rows.\1",
        rf"{_FLAG}\.class_embedding_classifier_changeflag": "flag_head.summary",
        rf"{_FLAG}\.transformer_encoder_classifier\.layers\.(.*)": r"flag_head.layers.\1",
        rf"{_FLAG}\.classifier_projection\.(.*)": r"flag_head.classify.\1",
    },
    unused=(
        # CLIP's text side, what it compares images and texts with, and a second CLIP.
        rf"{_IMAGE}\.clip_model\.(?!visual\.).*",
        rf"{_IMAGE}\.clip_model\.visual\.proj",
        rf"{_IMAGE}\.clip_model_cls\..*",
        # A second GPT-2, its output layer, and masks that older versions kept as weights.
        rf"{_IMAGE}\.gpt_encoderimg\..*",
        rf"{_GPT}h\.\d+\.attn\.(?:masked_)?bias",
        # Unused experiments: other fusions, flags, prefixes and text encoders.
        rf"{_IMAGE}\.(?:transformer|projection|flag_projection)\..*",
        rf"{_IMAGE}\.(?:logit_scale|prefix_A|prefix_B)",
        r"model\.(?:text_encoder|pos_emb|lm_head_nochange|pred_flag_projection)\..*",
        r"model\.text_cls",
        rf"{_FLAG}\.(?:l_embedding|temporal_embedding|transformer_encoder|transformer_decoder)\..*",
        rf"{_FLAG}\.(?:conv_dif|linear_dif|pre_linear|CBAM|CrossTransformer)\..*",
        rf"{_FLAG}\.class_embedding_[AB]",
    ),
)
