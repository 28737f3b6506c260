"""The end of the training of DFM on the recovered part of LEVIR-CC: rewards for its own sentences.

It continues from the best epoch of dfm_lite0_levircc-real-128.py:

    mmrsicc train configs/dfm/dfm_lite0_levircc-real-128_reward.py \
        --cfg-options load_from=work_dirs/dfm_lite0_levircc-real-128/best_Sm_epoch_N.pth

TGCL's weight rises once more during the first epoch.
"""

_base_ = ["./dfm_lite0_levircc-real-128.py"]

model = dict(
    speaker=dict(
        reward=dict(
            score=dict(type="CiderReward", ann_file={{_base_.ann_file}}), samples=5, weight=4.0
        ),
        decoding=dict(type="BeamSearch", beam_size=5),
    ),
)

max_epochs = 8
optim_wrapper = dict(optimizer=dict(lr=2e-4))
param_scheduler = [
    dict(type="OneCycleLR", eta_max=2e-4, total_steps=max_epochs, convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=max_epochs, val_interval=2)
