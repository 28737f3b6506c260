"""TinyCD (Codegoni et al. 2023), from random weights; its authors start from ImageNet's."""

model = dict(type="TinyCD", losses=[dict(type="BCELoss")])
