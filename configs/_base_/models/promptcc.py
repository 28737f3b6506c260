"""PromptCC (Liu et al. 2023): CLIP and GPT-2 frozen, a classifier of the change flag."""

_base_ = ["./clip-b32.py"]

model = dict(
    type="ChangeCaptioner",
    encoder=dict(
        backbone={{_base_.backbone}},
        neck=dict(type="PromptCC"),
        statistics={{_base_.clip_statistics}},
    ),
    flag_head=dict(type="DatesFlagHead"),
    speaker=dict(
        # Weights and byte pairs as published, from the Hugging Face hub.
        head=dict(type="GPT2CaptionHead", pretrained="gpt2"),
        tokenizer=dict(type="BytePairs", pretrained="gpt2"),
        decoding=dict(type="BeamSearch", beam_size=3, max_length=52),
        max_length=52,
    ),
)
# No part of CLIP learns.
frozen_clip = dict(trained_layers=0, pretrained={{_base_.published}})
