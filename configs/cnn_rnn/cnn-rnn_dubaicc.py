"""CNN-RNN on Dubai-CC: difference of pooled features, LSTM."""

_base_ = [
    "../_base_/models/cnn_rnn.py",
    "../_base_/datasets/dubai_cc.py",
    "../_base_/schedules/adam_80e.py",
    "../_base_/published_runtime.py",
]

# As published systems do on these few sentences: no word is left out.
model = dict(
    speaker=dict(
        # As published systems do on these few sentences: no word is left out.
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=1),
    ),
)
