"""A resumed run ends as one that was not interrupted: same epochs, same rate, same best one."""

import pytest
import torch
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.model import BaseModel
from mmengine.runner import Runner

import mmrsicc.engine  # noqa: F401 - registers the hooks


class OneWeight(BaseModel):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))

    def forward(self, x, mode):
        return {"loss": self.weight.square().mean()} if mode == "loss" else [{}]


class Scores(BaseMetric):
    """Gives each epoch the score that is listed for it."""

    def __init__(self, scores):
        super().__init__()
        self.scores, self.runner, self.validated = scores, None, []

    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, results):
        self.validated.append(self.runner.epoch)
        return {"BLEU-4": self.scores[self.runner.epoch - 1]}


def train(folder, scores, epochs=12, resume=None, interval=1, **options):
    """Trains; returns epochs and rate, best checkpoints, and the epochs that were validated."""
    loader = {"batch_size": 2, "dataset": [{"x": torch.ones(1)}] * 2, "num_workers": 0}
    loader["sampler"] = {"type": "DefaultSampler", "shuffle": False}
    metric = Scores(scores)
    plateau = {"type": "ReduceOnPlateauLR", "monitor": "BLEU-4", "rule": "greater"}
    stop = {"type": "EarlyStoppingHook", "monitor": "BLEU-4", "rule": "greater"}
    checkpoint = {"type": "CheckpointHook", "interval": interval, "save_best": "BLEU-4"}
    runner = Runner(
        model=OneWeight(),
        work_dir=str(folder),
        train_dataloader=loader,
        val_dataloader=loader,
        val_cfg={},
        val_evaluator=Evaluator(metric),
        train_cfg={"by_epoch": True, "max_epochs": epochs, **options},
        optim_wrapper={"optimizer": {"type": "SGD", "lr": 1.0}},
        param_scheduler=[{**plateau, "factor": 0.5, "patience": 1, "threshold": 0.0}],
        custom_hooks=[{**stop, "patience": 5, "min_delta": 1e-6}],
        default_hooks={
            "checkpoint": {**checkpoint, "rule": "greater"},
            "plain_checkpoint": {"type": "PlainCheckpointHook"},
            "resumed_validation": {"type": "ResumedValidationHook"},
        },
        default_scope="mmrsicc",
        resume=resume is not None,
        load_from=resume,
        log_level="ERROR",
        experiment_name=str(folder),
    )
    metric.runner = runner
    runner.train()
    best = [path.name for path in folder.glob("best_*.pth")]
    return (runner.epoch, runner.optim_wrapper.get_lr()["lr"][0]), best, metric.validated


@pytest.mark.parametrize("interrupted", [1, 3, 5])
def test_early_stopping_and_plateaus_go_on(tmp_path, interrupted):
    scores = [0.5] + [0.4] * 11
    whole, *_ = train(tmp_path / "whole", scores)
    assert whole == (6, 0.25), "five epochs after the best one; the rate fell twice"
    start = tmp_path / "whole" / f"epoch_{interrupted}.pth"
    resumed, _, validated = train(tmp_path / "resumed", scores, resume=str(start))
    assert resumed == whole
    # MMEngine saves the checkpoint of a best epoch once more, after its validation.
    assert validated == list(range(max(interrupted, 2), 7))


def test_the_epoch_before_the_interruption_can_be_the_best(tmp_path):
    scores = [0.1, 0.2, 0.9, 0.3]
    # Epoch 3 as if its validation was never reached.
    train(tmp_path / "whole", [0.1, 0.2, 0.0, 0.0], epochs=4)
    start = tmp_path / "whole" / "epoch_3.pth"
    _, best, validated = train(tmp_path / "again", scores, epochs=4, resume=str(start))
    assert (best, validated) == (["best_BLEU-4_epoch_3.pth"], [3, 4])


def test_an_epoch_that_was_validated_or_need_not_be_is_not_validated_again(tmp_path):
    scores = [0.1, 0.2, 0.3, 0.4]
    train(tmp_path / "whole", scores, epochs=4)
    best = tmp_path / "whole" / "best_BLEU-4_epoch_4.pth"
    *_, validated = train(tmp_path / "best", [*scores, 0.5], epochs=5, resume=str(best))
    assert validated == [5]
    start = tmp_path / "whole" / "epoch_3.pth"
    *_, validated = train(tmp_path / "every", scores, epochs=4, resume=str(start), val_interval=2)
    assert validated == [4]


def test_a_run_goes_on_from_its_best_epoch_whatever_the_interval(tmp_path):
    """No checkpoint of the interval is there yet when the run is stopped, twice."""
    scores = [0.1, 0.5, 0.2, 0.3, 0.9, 0.4]
    train(tmp_path / "run", scores, epochs=3, interval=10)
    start = tmp_path / "run" / "epoch_2.pth"
    _, best, validated = train(tmp_path / "run", scores, 5, str(start), interval=10)
    assert (best, validated) == (["best_BLEU-4_epoch_5.pth"], [3, 4, 5])
    start = tmp_path / "run" / "epoch_5.pth"
    _, best, validated = train(tmp_path / "run", scores, 6, str(start), interval=10)
    assert (best, validated) == (["best_BLEU-4_epoch_5.pth"], [6])
