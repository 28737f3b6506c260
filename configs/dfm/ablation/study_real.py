"""What each part of DFM does on real pairs: the arms of study.py on the recovered LEVIR-CC.

mmrsicc ablate configs/dfm/ablation/study_real.py --arms core --seeds 5
"""

_base_ = ["study.py"]

base = "frozen_levircc-real.py"
splits = ("test",)

# Here the detector is a Lite0, and the base has three scales.
cdd = dict(
    checkpoint="work_dirs/siamese_lite0_cdd-mini-128/epoch_10.pth",
    made_by="mmrsicc train configs/change_detection/siamese_lite0_cdd-mini-128.py",
)
# mmrsicc calibrate-gate on this data set.
ngrams_gate = dict(theta=0.582, kappa=0.0303)
three_scales = dict(model=dict(encoder=dict(backbone=dict(out_indices=(1, 2, 3)))))
arms = dict(
    ngrams=dict(model=dict(losses=dict(tgcl=dict(gate=ngrams_gate)))),
    cd_cdd=dict(model=dict(encoder=dict(change_detector=cdd))),
    scratch=three_scales,
    scratch_full=three_scales,
    tuned=three_scales,
    tuned_full=three_scales,
)
