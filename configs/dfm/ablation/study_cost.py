"""Whether what saves time costs scores: one pass for all sentences of a pair, averaged maps.

    mmrsicc ablate configs/dfm/ablation/study_cost.py --arms full mixing_full --seeds 3
    mmrsicc ablate configs/dfm/ablation/study_cost.py --arms full longer one_sentence --seeds 3 \
        --base configs/dfm/ablation/four_scales_64.py
"""

base = "four_scales_synthcc-tiny.py"
splits = ("test", "test_combination", "test_distractor")

arms = dict(
    # Maps finer than 16 x 16 are averaged before they are compared; here those of 32 x 32.
    full=dict(),
    mixing_full=dict(model=dict(encoder=dict(neck=dict(mixing_size=None)))),
    # As 16 does at 256 pixels.
    mixing_8=dict(model=dict(encoder=dict(neck=dict(mixing_size=8)))),
    # Three times the steps: about the time of one_sentence.
    longer=dict(
        train_cfg=dict(max_epochs=9, val_interval=9),
        param_scheduler=[
            dict(type="OneCycleLR", eta_max=1e-3, total_steps=9, convert_to_iter_based=True)
        ],
    ),
    # As many sentences a step, each with an encoding of its own, as published code does.
    one_sentence=dict(train_dataloader=dict(batch_size=80, dataset=dict(caption_mode="sentence"))),
)
groups = dict()
comparisons = (
    *(("full", arm) for arm in ("mixing_full", "mixing_8", "one_sentence")),
    ("longer", "one_sentence"),
)
