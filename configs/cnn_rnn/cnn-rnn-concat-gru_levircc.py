"""CNN-RNN on LEVIR-CC: pooled features of both dates side by side, GRU."""

_base_ = ["./cnn-rnn_levircc.py"]

model = dict(
    encoder=dict(
        neck=dict(fusion="concatenation"),
    ),
    speaker=dict(
        head=dict(cell="gru"),
    ),
)
