"""Weights of TinyCD (Codegoni et al. 2023; github.com/AndreaCodegoni/Tiny_model_4_CD)."""

from mmrsicc.utils.key_map import KeyMap

CONFIG = "configs/change_detection/tinycd_levir-cd.py"

KEYS = KeyMap(
    renames={
        r"_backbone\.(.*)": r"backbone.\1",
        r"_first_mix\._mixing\._convmix\.(.*)": r"image_mask.mix.body.\1",
        r"_first_mix\._linear\._linears\.(.*)": r"image_mask.pixelwise.\1",
        # The two released files use different names.
        r"_mixing_mask\.2(?:\._mixing)?\._convmix\.(.*)": r"mix.body.\1",
        r"_mixing_mask\.(\d)\._mixing\._convmix\.(.*)": r"masks.\1.mix.body.\2",
        r"_mixing_mask\.(\d)\._linear\._linears\.(.*)": r"masks.\1.pixelwise.\2",
        r"_up\.(\d)\._convolution\.(.*)": r"ups.\1.body.\2",
        r"_classify\._linears\.2\.0\.(.*)": r"classify.1.\1",
        r"_classify\._linears\.(.*)": r"classify.0.\1",
    },
)
