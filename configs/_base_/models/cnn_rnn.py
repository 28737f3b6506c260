"""CNN-RNN change captioner (Chouaf et al. 2021, Hoxha et al. 2022), fused by difference, LSTM.

Re-implementation from what others say of the papers; details are ours.
"""

_base_ = ["./resnet101_stage3.py"]

model = dict(
    type="ChangeCaptioner",
    encoder=dict(
        backbone={{_base_.backbone}},
        neck=dict(type="PooledFusion", fusion="difference"),
    ),
    speaker=dict(
        head=dict(type="RecurrentCaptionHead", cell="lstm"),
        tokenizer=dict(type="Vocabulary"),
        decoding=dict(type="GreedySearch"),
    ),
)
