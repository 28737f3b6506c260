"""DFM on frozen features, its text side as on other generated pairs: nothing of LEVIR-CC in it."""

_base_ = ["../../dfm/dfm_lite0_levircc-real-128.py"]

model = dict(
    losses=dict(
        tgcl=dict(
            text_encoder=dict(_delete_=True, type="HashedNgramEncoder"),
            gate=dict(_delete_=True, type="SoftPairGate"),
        )
    )
)
