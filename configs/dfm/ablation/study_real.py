"""What each part of DFM does on real pairs: the arms of study.py on the recovered LEVIR-CC.

mmrsicc ablate configs/dfm/ablation/study_real.py --arms core --seeds 5
"""

_base_ = ["study.py"]

base = "frozen_levircc-real.py"
splits = ("test",)
