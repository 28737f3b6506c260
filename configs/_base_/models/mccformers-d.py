"""MCCFormers-D (Qiu et al. 2021): each date attends to the other."""

_base_ = ["./resnet101_stage3.py"]

model = dict(
    type="ChangeCaptioner",
    encoder=dict(
        backbone={{_base_.backbone}},
        neck=dict(type="MCCFormersD"),
    ),
    speaker=dict(
        head=dict(type="ClassicCaptionHead", num_layers=2, num_heads=4, dropout=0.5),
        # The authors leave out no word.
        tokenizer=dict(type="Vocabulary", min_count=1),
        decoding=dict(type="GreedySearch"),
    ),
)
