"""Do generated pairs rank arms like real ones where the same changes are frequent?

    mmrsicc ablate configs/dfm/ablation/study_levir_mix.py --arms ar ar_stride8 concat jfm \
        jfm_one_scale jfm_simple jfm_shortcut --seeds 3

The arms of study.py on SynthCC with LEVIR-CC's mix of changes.
"""

_base_ = ["study.py"]

base = "frozen_synthcc-levir-tiny.py"
splits = ("test",)
