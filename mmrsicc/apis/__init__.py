"""Python API: captioning of images, and models by name."""

from mmrsicc.apis.caption_result import CaptionResult
from mmrsicc.apis.captioning import (
    band_loading,
    image_pipeline,
    init_captioner,
    input_size,
    restore_tokenizer,
)
from mmrsicc.apis.hub import push_to_hub, save_pretrained
from mmrsicc.apis.inferencer import ChangeCaptionInferencer
from mmrsicc.apis.model_listing import get_model, list_models

__all__ = [
    "CaptionResult",
    "ChangeCaptionInferencer",
    "band_loading",
    "get_model",
    "image_pipeline",
    "init_captioner",
    "input_size",
    "list_models",
    "push_to_hub",
    "restore_tokenizer",
    "save_pretrained",
]
