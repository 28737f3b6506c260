"""One captioner on the same generated scenes as RGB, in ten bands, and with SAR before.

    mmrsicc synthcc data/SynthCC-tiny --num-pairs 2000
    mmrsicc synthcc data/SynthCC-sentinel2 --num-pairs 2000 --sensors sentinel2
    mmrsicc synthcc data/SynthCC-sar-optical --num-pairs 2000 --sensors sar-optical
    mmrsicc compare-methods configs/comparison/bands/methods_synthcc-bands.py --seeds 3

What the sensors see is what is compared, so the methods differ in images and in what the
network's first layers take. Scenes, sentences, network, batches, steps and schedule are the same.
More pairs than 2,000 make no difference: the first 1,400 train, the first 200 test.
"""

configs = {
    "RGB": "../../bands/dfm_synthcc-rgb.py",
    "ten bands": "../../bands/dfm_synthcc-sentinel2.py",
    "SAR and ten bands": "../../bands/dfm_synthcc-sar-optical.py",
}
reference = "RGB"
splits = ("test",)
varies = (
    "train_dataloader.dataset.data_root",
    "train_dataloader.dataset.pipeline",
    "val_dataloader.dataset.data_root",
    "val_dataloader.dataset.pipeline",
    "test_dataloader.dataset.data_root",
    "test_dataloader.dataset.pipeline",
    "test_evaluator",
    "model.speaker.tokenizer",
)
budget = dict(
    default_hooks=dict(checkpoint=dict(save_best=None)),
    # For CPUs that have bfloat16 instructions.
    optim_wrapper=dict(type="BFloat16OptimWrapper"),
    # Small batches: steps are what networks that start from nothing want.
    train_dataloader=dict(batch_size=8, dataset=dict(indices=1400)),
    val_dataloader=dict(dataset=dict(indices=200)),
    test_dataloader=dict(dataset=dict(indices=200)),
    param_scheduler=[
        dict(type="OneCycleLR", eta_max=1e-3, total_steps=4, convert_to_iter_based=True)
    ],
    train_cfg=dict(max_epochs=4, val_interval=4),
)
