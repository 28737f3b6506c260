"""Told which pairs changed, and for those always the sentence that scores best on train."""

_base_ = ["./constant_levircc.py"]

model = dict(change_sentence="some houses are built on the bareland")
