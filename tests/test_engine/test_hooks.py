from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine import Config
from mmengine.hooks import CheckpointHook
from mmengine.logging import HistoryBuffer
from mmengine.optim import OneCycleLR
from mmengine.runner import IterBasedTrainLoop

from mmrsicc.engine.hooks import (
    FlagScheduleHook,
    LossScheduleHook,
    PlainCheckpointHook,
    ProvenanceHook,
    TextEmbeddingHook,
    TrainingPhasesHook,
)
from mmrsicc.tokenizers import Vocabulary

WORDS = ["<pad>", "<unk>", "<start>", "<end>", "a"]


def make_runner(**kwargs):
    speaker = SimpleNamespace(tokenizer=Vocabulary(words=WORDS))
    model = SimpleNamespace(speaker=speaker, losses={"tgcl": None}, loss_factors={})
    return SimpleNamespace(
        model=model, train_dataloader=[None] * 10, cfg=Config({"model": {}}), **kwargs
    )


@pytest.mark.parametrize(("iteration", "factor"), [(0, 0.0), (5, 0.25), (20, 1.0), (99, 1.0)])
def test_warmup_rises_linearly_over_two_epochs(iteration, factor):
    runner = make_runner(iter=iteration)
    LossScheduleHook("tgcl", warmup_epochs=2).before_train_iter(runner, 0)
    assert runner.model.loss_factors == {"tgcl": factor}


def test_sentences_reach_the_losses_that_ask_for_them():
    seen = []
    runner = make_runner()
    loss = SimpleNamespace(prepare_texts=lambda *texts: seen.append(texts))
    runner.model.losses["text"] = loss
    data = SimpleNamespace(sentences=lambda: ["a", "b"], changed_captions=lambda: {"p": ["b"]})
    runner.train_dataloader = SimpleNamespace(dataset=data)
    TextEmbeddingHook().before_train(runner)
    assert seen == [(["a", "b"], {"p": ["b"]})]


def test_hooks_name_what_they_miss():
    with pytest.raises(ValueError, match=r"no auxiliary loss 'contrast', only \['tgcl'\]"):
        LossScheduleHook("contrast", warmup_epochs=1).before_train_iter(make_runner(iter=0), 0)
    with pytest.raises(ValueError, match="warmup_epochs=0 must be above 0"):
        LossScheduleHook("tgcl", warmup_epochs=0)
    runner = make_runner()
    runner.train_dataloader = SimpleNamespace(dataset=[])
    with pytest.raises(TypeError, match="list does not have"):
        TextEmbeddingHook().before_train(runner)


def test_log_buffers_survive_a_plain_checkpoint(tmp_path):
    buffer = HistoryBuffer([1.0, 2.0], [1, 1], 100)
    checkpoint = {
        "state_dict": {"w": torch.ones(2)},
        "message_hub": {"log_scalars": {"loss": buffer}, "eta": np.float64(3.5)},
        "meta": {"best": [np.int64(4)]},
    }
    hook = PlainCheckpointHook()
    hook.before_save_checkpoint(None, checkpoint)
    torch.save(checkpoint, tmp_path / "x.pth")
    loaded = torch.load(tmp_path / "x.pth", weights_only=True)
    hook.after_load_checkpoint(None, loaded)
    again = loaded["message_hub"]["log_scalars"]["loss"]
    np.testing.assert_array_equal(again.data[0], [1.0, 2.0])
    assert again.mean(2) == 1.5 and again.max_length == 100
    assert loaded["message_hub"]["eta"] == 3.5 and loaded["meta"]["best"] == [4]


@pytest.mark.parametrize(("out_dir", "folder"), [(None, "copy"), ("elsewhere", "elsewhere/copy")])
def test_a_copied_run_replaces_its_own_best_checkpoint(out_dir, folder):
    """Not the original's, whose path the copied checkpoint holds."""
    runner = SimpleNamespace(work_dir="copy", hooks=[CheckpointHook(out_dir=out_dir)])
    runtime = {"best_ckpt": "original/best_epoch_2.pth", "best_ckpt_BLEU-4": None, "iter": 3}
    checkpoint = {"message_hub": {"runtime_info": runtime}}
    PlainCheckpointHook().after_load_checkpoint(runner, checkpoint)
    found = checkpoint["message_hub"]["runtime_info"]
    assert found == {"best_ckpt": f"{folder}/best_epoch_2.pth", "best_ckpt_BLEU-4": None, "iter": 3}


def test_a_schedule_with_a_function_goes_on_from_a_plain_checkpoint(tmp_path):
    def schedule():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        return optimizer, OneCycleLR(optimizer, eta_max=1.0, total_steps=10)

    optimizer, whole = schedule()
    for _ in range(4):
        optimizer.step()
        whole.step()
    checkpoint = {"state_dict": {}, "param_schedulers": [whole.state_dict()]}
    PlainCheckpointHook().before_save_checkpoint(None, checkpoint)
    torch.save(checkpoint, tmp_path / "x.pth")
    loaded = torch.load(tmp_path / "x.pth", weights_only=True)
    other, resumed = schedule()
    resumed.load_state_dict(loaded["param_schedulers"][0])
    for steps in ((optimizer, whole), (other, resumed)):
        for step in steps:
            step.step()
    assert resumed.get_last_value() == whole.get_last_value()


def test_another_vocabulary_is_refused():
    hook, runner, checkpoint = ProvenanceHook(), make_runner(), {"meta": {}}
    hook.before_save_checkpoint(runner, checkpoint)
    hook.after_load_checkpoint(runner, checkpoint)
    runner.model.speaker.tokenizer = Vocabulary(words=[*WORDS, "house"])
    hook.after_load_checkpoint(runner, checkpoint)  # a new run may start from these weights
    runner.cfg.resume = True
    with pytest.raises(ValueError, match="another vocabulary"):
        hook.after_load_checkpoint(runner, checkpoint)
    hook.after_load_checkpoint(runner, {"meta": {}})  # a foreign checkpoint says nothing


def test_hooks_that_count_epochs_refuse_a_loop_that_counts_none():
    runner = make_runner(train_loop=object.__new__(IterBasedTrainLoop))
    runner.model.flag_head = object()
    phases = TrainingPhasesHook([{"begin": 1, "losses": ["caption"], "trained": ["speaker"]}])
    for start in (FlagScheduleHook().before_train_epoch, phases.before_train):
        with pytest.raises(ValueError, match="Hook counts epochs, but an IterBasedTrainLoop"):
            start(runner)
