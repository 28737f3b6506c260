"""TransUNetCD (Li et al. 2022) on SYSU-CD, in its published size, from scratch.

Its authors published no code; the recipe is FC-EF's.
"""

_base_ = ["./fc-ef_sysu.py"]

model = dict(_delete_=True, type="TransUNetCD", source_dataset="SYSU-CD")
