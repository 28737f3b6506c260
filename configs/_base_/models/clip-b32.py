"""CLIP's ViT-B/32 for 224 x 224 pixels, its last six layers tuned."""

# Weights as published, from the Hugging Face hub.
published = "openai/clip-vit-base-patch32"
backbone = dict(type="CLIPVision", patch_size=32, trained_layers=6)
clip_statistics = dict(
    before=dict(mean=(122.7709, 116.7460, 104.0937), std=(68.5005, 66.6322, 70.3232))
)
pipeline_224 = [
    dict(type="LoadPair"),
    dict(type="ResizePair", scale=(224, 224)),
    dict(type="PackChangeInputs"),
]
