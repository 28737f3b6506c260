"""RSCaMa with GPT-2's decoder on LEVIR-CC, by the recipe of its authors."""

_base_ = ["./rscama_levircc.py"]

model = dict(speaker=dict(head=dict(_delete_=True, type="PrefixCaptionHead", layer="gpt")))
