"""JFM alone on generated pairs, in the words of the recovered LEVIR-CC: a start for training there.

98 % of the words of generated captions are among those words.
"""

_base_ = ["frozen_synthcc-tiny.py"]

model = dict(
    encoder=dict(
        backbone=dict(backbone=dict(out_indices=(1, 2, 3))),
        change_detector=None,
        detector_cache=None,
        neck=dict(prior=None),
    ),
    speaker=dict(
        tokenizer=dict(
            ann_file="{{$MMRSICC_DATA:../shared/data}}/levir_cc_real/LevirCCcaptions.json"
        )
    ),
    losses=None,
)
custom_hooks = []
