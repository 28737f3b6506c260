"""Joint training, then one task after the other over a frozen rest."""

from types import SimpleNamespace

import pytest
import torch
from test_models.transfer_parts import make_batch, make_captioner, run

from mmrsicc.engine.hooks import TrainingPhasesHook

CAPTION = {
    "begin": 2,
    "losses": ["caption"],
    "trained": ["encoder.neck.spatial", "encoder.neck.position", "speaker"],
}
MASK = {"begin": 4, "losses": ["mask"], "trained": ["encoder.mask_head"]}


def make_runner():
    model = make_captioner(mask_head={"type": "MaskHead"})
    # What is frozen from the start stays so.
    model.speaker.head.classifier.bias.requires_grad_(False)
    said = []
    logger = SimpleNamespace(info=said.append)
    return SimpleNamespace(model=model, epoch=0, logger=logger, said=said, train_loop=None)


def train_epoch(hook, runner, epoch, batch=None):
    """One step; the parts whose parameters moved, and the losses."""
    runner.epoch = epoch
    model = runner.model.train()
    hook.before_train_iter(runner, 0)
    kept = {name: p.detach().clone() for name, p in model.named_parameters()}
    # A fresh one: momentum of earlier steps is no matter of the hook's.
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    losses = run(model, "loss", batch)
    model.parse_losses(losses)[0].backward()
    optimizer.step()
    optimizer.zero_grad()
    return {n for n, p in model.named_parameters() if not torch.equal(p, kept[n])}, losses


def test_each_phase_trains_its_parts_by_its_terms():
    hook, runner = TrainingPhasesHook([CAPTION, MASK]), make_runner()
    hook.before_train(runner)
    everything, losses = train_epoch(hook, runner, 1)
    parts = {"backbone", "neck", "head", "mask_head"}
    assert {name.split(".")[1] for name in everything} == parts
    assert losses["loss_caption"] > 0 and losses["loss_mask"] > 0

    moved, losses = train_epoch(hook, runner, 2)
    assert moved == {n for n in everything if n.startswith(tuple(CAPTION["trained"]))}
    assert losses["loss_mask"] == 0 and losses["loss_caption"] > 0
    assert runner.model.speaker.head.training and runner.model.encoder.neck.spatial.training
    assert (
        not runner.model.encoder.backbone.training
        and not runner.model.encoder.neck.differences.training
    )

    moved, losses = train_epoch(hook, runner, 5)
    assert moved == {n for n in everything if n.startswith("encoder.mask_head.")}
    assert losses["loss_mask"] > 0 and losses["loss_caption"] == 0
    assert len(runner.said) == 2


def test_a_resumed_run_goes_on_in_its_phase():
    hook, runner = TrainingPhasesHook([CAPTION, MASK]), make_runner()
    hook.before_train(runner)
    moved, _ = train_epoch(hook, runner, 4)
    assert moved and all(name.startswith("encoder.mask_head.") for name in moved)


@pytest.mark.parametrize(
    ("phase", "message"),
    [
        ({"trained": ["tail"]}, "no trainable part 'tail'"),
        ({"losses": ["tgcl"]}, r"no terms \['tgcl'\]"),
    ],
)
def test_names_that_are_not_there_are_refused(phase, message):
    hook = TrainingPhasesHook([{**CAPTION, **phase}])
    with pytest.raises(ValueError, match=message):
        hook.before_train(make_runner())


def test_phases_follow_one_another():
    with pytest.raises(ValueError, match=r"one after the other: \[4, 2\]"):
        TrainingPhasesHook([MASK, CAPTION])


def test_the_flag_s_term_counts_in_its_phase_alone():
    runner = make_runner()
    runner.model = make_captioner(flag_head={"type": "FlagHead"})
    batch = make_batch()
    for number, sample in enumerate(batch["data_samples"]):
        sample.change_flag = number
    flag = {"begin": 4, "losses": ["flag"], "trained": ["flag_head"]}
    hook = TrainingPhasesHook([CAPTION, flag])
    hook.before_train(runner)
    _, losses = train_epoch(hook, runner, 2, batch)
    assert losses["loss_flag"] == 0 and losses["loss_caption"] > 0
    moved, losses = train_epoch(hook, runner, 4, batch)
    assert losses["loss_flag"] > 0 and losses["loss_caption"] == 0
    assert moved == {"flag_head.classify.weight", "flag_head.classify.bias"}


@pytest.mark.parametrize("phases_first", [True, False])
def test_schedules_and_phases_leave_each_other_alone(phases_first):
    """A term counts by its schedule, and not at all in a phase without it."""
    phases = TrainingPhasesHook([CAPTION, MASK])
    runner = make_runner()
    phases.before_train(runner)

    def schedule():
        runner.model.loss_factors["mask"] = 0.5

    for epoch, silent in ((2, {"mask"}), (4, {"caption"})):
        steps = [lambda: phases.before_train_iter(runner, 0), schedule]
        runner.epoch = epoch
        for step in steps if phases_first else steps[::-1]:
            step()
        assert runner.model.silent_terms == silent
        assert runner.model.loss_factors == {"mask": 0.5}
    whole = run(runner.model.train(), "loss", None)["loss_mask"]
    runner.model.loss_factors["mask"] = 1.0
    torch.testing.assert_close(2 * whole, run(runner.model, "loss", None)["loss_mask"])
