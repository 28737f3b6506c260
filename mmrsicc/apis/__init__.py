"""The toolbox from Python: load a captioner, caption pairs."""

from mmrsicc.apis.captioning import (
    caption_pairs,
    image_pipeline,
    init_captioner,
    restore_tokenizer,
)

__all__ = ["caption_pairs", "image_pipeline", "init_captioner", "restore_tokenizer"]
