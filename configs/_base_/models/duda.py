"""DUDA (Park et al. 2019): dual attention and a dynamic speaker on frozen features."""

_base_ = ["./resnet101_stage3.py"]

model = dict(
    type="ChangeCaptioner",
    encoder=dict(
        backbone={{_base_.backbone}},
        neck=dict(type="DualAttention"),
    ),
    speaker=dict(
        head=dict(type="DynamicSpeaker"),
        # The authors leave out no word of the training split.
        tokenizer=dict(type="Vocabulary", min_count=1),
        decoding=dict(type="GreedySearch"),
    ),
    losses=dict(attention=dict(type="AttentionSparsityLoss")),
)
