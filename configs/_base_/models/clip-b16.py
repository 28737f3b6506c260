"""CLIP's ViT-B/16 for 224 x 224 pixels, its last four layers tuned."""

_base_ = ["./clip-b32.py"]

# Weights as published, from the Hugging Face hub.
published = "openai/clip-vit-base-patch16"
backbone = dict(patch_size=16, trained_layers=4)
