"""HiSem on frozen features, its schedule of flags in four epochs."""

_base_ = ["../../hisem/hisem_levircc-real-128.py"]

custom_hooks = [dict(type="FlagScheduleHook", quiet_epochs=1, taught_epochs=3)]
