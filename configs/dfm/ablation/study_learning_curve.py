"""More pairs, more steps or better features: what would help DFM on the recovered LEVIR-CC?

    mmrsicc ablate configs/dfm/ablation/study_learning_curve.py --seeds 3

The captioner alone, without detector and TGCL: JFM on frozen features. Fewer pairs are every n-th
of the file, so that they come from all scenes; each arm of `pairs` takes as many steps as all 762
pairs do in 16 epochs.
"""

base = "frozen_levircc-real.py"
splits = ("test",)


def jfm(**encoder):
    """An arm of JFM alone, with options of the encoder."""
    alone = dict(change_detector=None, detector_cache=None, neck=dict(prior=None))
    return dict(model=dict(encoder=dict(**alone, **encoder), losses=None), custom_hooks=[])


def steps(epochs):
    """An arm of this many epochs."""
    rate = dict(type="OneCycleLR", eta_max=1e-3, total_steps=epochs, convert_to_iter_based=True)
    schedule = dict(max_epochs=epochs, val_interval=epochs)
    return dict(param_scheduler=[rate], train_cfg=schedule, **jfm())


def pairs(every, epochs):
    """An arm of every n-th training pair."""
    chosen = list(range(0, 762, every))
    return dict(train_dataloader=dict(dataset=dict(indices=chosen)), **steps(epochs))


def features(arch):
    """An arm with another frozen backbone, with ImageNet's weights."""
    return jfm(backbone=dict(backbone=dict(arch=arch)))


arms = dict(
    jfm=jfm(),
    pairs_77=pairs(10, 184),
    pairs_191=pairs(4, 74),
    pairs_381=pairs(2, 33),
    steps_184=steps(8),
    steps_736=steps(32),
    lite1=features("lite1"),
    lite2=features("lite2"),
)
groups = dict(
    pairs=("pairs_77", "pairs_191", "pairs_381", "jfm"),
    steps=("steps_184", "jfm", "steps_736"),
    features=("jfm", "lite1", "lite2"),
)
comparisons = tuple(
    (other, "jfm") for names in groups.values() for other in names if other != "jfm"
)
