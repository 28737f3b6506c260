"""CNN-RNN on WHU-CDC: difference of pooled features, LSTM."""

_base_ = [
    "../_base_/models/cnn_rnn.py",
    "../_base_/datasets/whu_cdc.py",
    "../_base_/schedules/adam_80e.py",
    "../_base_/published_runtime.py",
]

model = dict(
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
