"""Check of hooks whose schedule counts epochs."""

from mmengine.runner import IterBasedTrainLoop, Runner


def check_epochs(runner: Runner, hook: str) -> None:
    """Checks that a training counts epochs, as this hook does.

    Raises:
        ValueError: If it counts iterations alone: its epoch is always 0.
    """
    if isinstance(runner.train_loop, IterBasedTrainLoop):
        raise ValueError(
            f"{hook} counts epochs, but an IterBasedTrainLoop does not: take "
            "train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=...)"
        )
