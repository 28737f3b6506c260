"""HiSem, its schedule of flags in four epochs."""

_base_ = ["../../hisem/hisem_synthcc-tiny.py"]

custom_hooks = [dict(type="FlagScheduleHook", quiet_epochs=1, taught_epochs=3)]
