"""SEN's recipe: RSICCformer's with twice the rate and all 40 epochs."""

_base_ = ["./adam_40e_plateau.py"]

optim_wrapper = dict(optimizer=dict(lr=2e-4))
custom_hooks = []
auto_scale_lr = dict(base_batch_size=26)
