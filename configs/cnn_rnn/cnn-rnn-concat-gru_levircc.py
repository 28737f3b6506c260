"""CNN-RNN on LEVIR-CC: pooled features of both dates side by side, GRU."""

_base_ = ["./cnn-rnn_levircc.py"]

model = dict(neck=dict(fusion="concatenation"), head=dict(cell="gru"))
