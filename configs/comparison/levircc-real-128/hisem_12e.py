"""HiSem for twelve epochs: the speaker is given the true flags in the same share of them."""

_base_ = ["../../hisem/hisem_levircc-real-128.py"]

# Published: 41 of 50.
custom_hooks = [dict(type="FlagScheduleHook", quiet_epochs=1, taught_epochs=10)]
