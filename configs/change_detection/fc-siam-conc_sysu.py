"""FC-Siam-conc (Daudt et al. 2018) on SYSU-CD, as FC-EF."""

_base_ = ["./fc-ef_sysu.py"]

model = dict(type="FCSiamConc")
