"""The mini captioner with a neck from outside the package, and without a change detector."""

_base_ = ["../../../../configs/dfm/dfm_levircc-mini.py"]

custom_imports = dict(imports=["last_scale_neck"], allow_failed_imports=False)

model = dict(
    encoder=dict(
        # _delete_: none of JFM's arguments may be left over.
        neck=dict(_delete_=True, type="LastScaleNeck", out_channels=256),
        change_detector=None,
    ),
)
