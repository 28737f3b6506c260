"""CNN-RNN on SynthCC: difference of pooled features, LSTM."""

_base_ = [
    "../_base_/models/cnn_rnn.py",
    "../_base_/datasets/synthcc.py",
    "../_base_/schedules/adam_80e.py",
    "../_base_/published_runtime.py",
]

model = dict(
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
