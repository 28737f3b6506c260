"""What the hook logs, when it warns, and that training does not notice it."""

import json
import logging
from types import SimpleNamespace

import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.hooks import Hook
from mmengine.logging import MessageHub
from mmengine.runner import Runner
from torch import nn

from mmrsicc.engine.hooks import LossBalanceHook
from mmrsicc.engine.hooks.loss_balance_hook import balance_figures
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample

CAPTIONS = ["a house is built", "a road is gone"]
WORDS = ["<pad>", "<unk>", "<start>", "<end>", *sorted({w for c in CAPTIONS for w in c.split()})]


@MODELS.register_module()
class PooledLoss(nn.Module):
    """An auxiliary loss with dropout of its own."""

    def __init__(self, in_channels, encoder_channels, weight=1.0):
        super().__init__()
        self.layers = nn.Sequential(nn.Dropout(0.5), nn.Linear(in_channels, 4))
        self.weight = weight

    def forward(self, difference, samples):
        value = self.layers(difference.pooled).square().mean()
        return {"loss_pooled": self.weight * value, "pooled_unweighted": value.detach()}


MODEL = {
    "type": "ChangeCaptioner",
    "encoder": {
        "backbone": {
            "type": "mmseg.MixVisionTransformer",
            "embed_dims": 8,
            "num_layers": [1, 1, 1, 1],
            "num_heads": [1, 1, 1, 1],
        },
        "neck": {"type": "SubtractionNeck", "out_channels": 32, "grid_size": 1},
    },
    "speaker": {
        "head": {"type": "TransformerCaptionHead", "dims": 32, "num_heads": 4},
        "tokenizer": {"type": "Vocabulary", "words": WORDS},
    },
    "losses": {"pooled": {"type": "PooledLoss"}},
}


def pairs():
    generator = torch.Generator().manual_seed(1)
    for caption in CAPTIONS:
        sample = ChangeDataSample(metainfo={"pair_id": caption})
        sample.targets = sample.gt_captions = [caption]
        images = torch.randint(0, 255, (2, 3, 32, 32), dtype=torch.uint8, generator=generator)
        yield {"inputs": tuple(images), "data_samples": sample}


def train(work_dir, *hooks, steps=6, resume=False, **model):
    """Runs MMEngine's training loop over two pairs; returns its runner."""
    loader = {"dataset": list(pairs()), "batch_size": 2, "num_workers": 0}
    loader["sampler"] = {"type": "DefaultSampler", "shuffle": False}
    runner = Runner(
        model={**MODEL, **model},
        work_dir=str(work_dir),
        train_dataloader={**loader, "collate_fn": pseudo_collate},
        optim_wrapper={"optimizer": {"type": "AdamW", "lr": 1e-3}},
        train_cfg={"by_epoch": False, "max_iters": steps},
        custom_hooks=[*hooks, {"type": "PlainCheckpointHook"}],
        default_hooks={
            "logger": {"type": "LoggerHook", "interval": 1},
            "checkpoint": {"type": "CheckpointHook", "interval": 2, "by_epoch": False},
        },
        randomness={"seed": 0},
        default_scope="mmrsicc",
        # Another name is another message hub: a process that resumes starts with an empty one.
        experiment_name=f"{work_dir.name}_{resume}",
        resume=resume,
        log_level="WARNING",
    )
    runner.train()
    return runner


def rows(work_dir):
    """The hook's lines of all logs below a folder, by step."""
    lines = [
        json.loads(line)
        for log in sorted(work_dir.glob("*/vis_data/scalars.json"))
        for line in log.read_text().splitlines()
    ]
    return {row["step"]: row for row in lines if any(key.startswith("balance/") for key in row)}


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watched")
    return train(folder, {"type": "LossBalanceHook", "interval": 2}), folder


def test_training_is_the_same_bit_for_bit(watched, tmp_path):
    runner, _ = watched
    plain = train(tmp_path)
    expected = plain.model.state_dict()
    assert any(m.p > 0 for m in plain.model.modules() if isinstance(m, nn.Dropout))
    for key, value in runner.model.state_dict().items():
        assert torch.equal(value, expected[key]), key
    for name, buffer in plain.message_hub.log_scalars.items():
        if "loss" in name:
            ours = runner.message_hub.get_scalar(name).data[0].tolist()
            assert ours == buffer.data[0].tolist(), name


def test_lines_stand_at_their_own_iterations_only(watched):
    _, folder = watched
    assert set(rows(folder)) == {2, 4, 6}
    for row in rows(folder).values():
        assert set(row) == {
            "step",
            "balance/norm_caption",
            "balance/norm_pooled",
            "balance/share_caption",
            "balance/share_pooled",
            "balance/rho_pooled",
            "balance/cosine_pooled",
            "balance/conflict_pooled",
        }
        rho = row["balance/norm_pooled"] / row["balance/norm_caption"]
        assert row["balance/rho_pooled"] == pytest.approx(rho)
        assert -1 <= row["balance/cosine_pooled"] <= 1
    assert list(folder.glob("*/vis_data/events.out.tfevents.*")) == []  # only as configured


def test_figures_reach_no_other_log(watched):
    runner, _ = watched
    assert not [key for key in runner.message_hub.log_scalars if "balance" in key]
    assert runner.model.loss_observer is None


def test_the_observed_gradients_are_those_of_training(watched):
    """What the hook sees of each term is what backward() would put into .grad."""
    runner, _ = watched
    model, hook = runner.model.eval(), LossBalanceHook()
    hook.before_train(runner)
    data = model.data_preprocessor(pseudo_collate(list(pairs())), training=True)
    model.loss_observer = hook._observe
    losses = model(**data, mode="loss")
    names, products = hook._seen
    for i, name in enumerate(names):
        model.zero_grad()
        losses[f"loss_{name}"].backward(retain_graph=True)
        named = model.named_parameters()
        shared = [
            p for n, p in named if n.startswith(("encoder.neck.", "encoder.backbone.layers.3."))
        ]
        norm = sum(p.grad.square().sum() for p in shared if p.grad is not None) ** 0.5
        assert products[i, i].sqrt().item() == pytest.approx(norm.item(), rel=1e-4)
    model.loss_observer = None


def test_weight_zero_gives_rho_zero(tmp_path):
    losses = {"pooled": {"type": "PooledLoss", "weight": 0.0}}
    train(tmp_path, {"type": "LossBalanceHook", "interval": 1}, steps=1, losses=losses)
    (row,) = rows(tmp_path).values()
    assert row["balance/rho_pooled"] == 0 and row["balance/share_caption"] == 1
    assert "balance/cosine_pooled" not in row and "balance/conflict_pooled" not in row


def test_a_policy_acts_before_the_hook_looks(tmp_path):
    losses = {"pooled": {"type": "PooledLoss", "weight": 100.0}}
    ratios = []
    for name, policy in (("plain", None), ("balanced", {"type": "NormBalance"})):
        hook = {"type": "LossBalanceHook", "interval": 1}
        runner = train(tmp_path / name, hook, steps=1, losses=losses, loss_balance=policy)
        (row,) = rows(tmp_path / name).values()
        ratios.append(row["balance/rho_pooled"])
    factors = [
        runner.message_hub.get_scalar(f"train/balance_{term}").current()
        for term in ("pooled", "caption")
    ]
    assert ratios[1] == pytest.approx(ratios[0] * factors[0] / factors[1], rel=1e-3)


def test_a_resumed_run_goes_on_counting(watched, tmp_path):
    runner, _ = watched
    hook = {"type": "LossBalanceHook", "interval": 2}
    train(tmp_path, hook, steps=2)
    resumed = train(tmp_path, hook, steps=6, resume=True)
    (whole,), (record,) = (
        r.message_hub.get_info("loss_balance").values() for r in (runner, resumed)
    )
    assert record["cosines"] == whole["cosines"] == 3
    assert set(rows(tmp_path)) == {2, 4, 6}


def test_figures_by_hand():
    # Gradients (3, 4), (0, -2) and (0, 0).
    products = torch.tensor([[25.0, -8.0, 0.0], [-8.0, 4.0, 0.0], [0.0, 0.0, 0.0]])
    assert balance_figures(["caption", "tgcl", "off"], products) == pytest.approx(
        {
            "norm_caption": 5,
            "norm_tgcl": 2,
            "norm_off": 0,
            "share_caption": 5 / 7,
            "share_tgcl": 2 / 7,
            "share_off": 0,
            "rho_tgcl": 0.4,
            "cosine_tgcl": -0.8,
            "rho_off": 0,
        }
    )


def test_what_is_not_defined_is_not_logged():
    silent = balance_figures(["caption", "tgcl"], torch.tensor([[0.0, 0.0], [0.0, 4.0]]))
    assert silent == {"norm_caption": 0, "norm_tgcl": 2, "share_caption": 0, "share_tgcl": 1}
    broken = balance_figures(["caption", "tgcl"], torch.tensor([[4.0, 0.0], [0.0, float("inf")]]))
    assert broken == {"norm_caption": 2, "share_caption": 1}


def follow(ratios, **options):
    """Feeds the hook measurements of these ratios; returns its warnings and its last figures."""
    logged, warnings = [], []
    logger = logging.Logger("balance")
    logger.addHandler(SimpleNamespace(level=0, handle=lambda r: warnings.append(r.getMessage())))
    runner = SimpleNamespace(
        model=SimpleNamespace(),
        iter=0,
        message_hub=MessageHub("balance"),
        logger=logger,
        visualizer=SimpleNamespace(add_scalars=lambda row, step: logged.append(row)),
    )
    hook = LossBalanceHook(**options)
    for ratio in ratios:
        sign = -1 if ratio == ratios[0] else 1
        products = torch.tensor([[1.0, sign * ratio], [sign * ratio, ratio**2]])
        hook._seen = (["caption", "tgcl"], products)
        hook.after_train_iter(runner, 0)
    return warnings, logged[-1]


@pytest.mark.parametrize(
    ("ratio", "words"),
    [(2.0, ["tgcl dominates", "2 times", "lower its weight"]), (0.001, ["tgcl idles"])],
)
def test_it_warns_once_where_a_term_dominates_or_idles(ratio, words):
    (message,) = follow([ratio] * 9, patience=3)[0]
    assert all(word in message for word in words)


def test_a_term_that_a_schedule_holds_at_zero_does_not_idle():
    warnings, figures = follow([0.0] * 9, patience=3)
    assert warnings == [] and figures["balance/rho_tgcl"] == 0
    # What was seen of it before it is raised does not count against it.
    assert follow([0.0] * 9 + [0.5] * 3, patience=3)[0] == []


def test_patience_counts_measurements_in_a_row():
    assert follow([2.0, 2.0, 0.5], patience=3)[0] != []  # the running average is still 1.85
    assert follow([2.0, 2.0], patience=3)[0] == []
    assert follow([0.5] * 50, patience=3)[0] == []


def test_conflicts_are_counted():
    assert follow([0.5, 0.25, 0.25, 0.25])[1]["balance/conflict_tgcl"] == 25


def test_a_head_without_a_captions_term_is_refused():
    with pytest.raises(ValueError, match=r"'loss_caption', which is not among \['loss_words'\]"):
        LossBalanceHook()._observe({"loss_words": torch.ones(())})


def test_an_unknown_parameter_is_named_before_training_begins(tmp_path):
    hook = {"type": "LossBalanceHook", "interval": 1000, "shared": ["no_such_part"]}
    with pytest.raises(ValueError, match=r"no trainable parameter .*no_such_part"):
        train(tmp_path, hook, steps=1)


def test_nothing_is_measured_where_nothing_shared_learns(tmp_path):
    """A phase may train what lies behind the neck alone."""

    class Phase(Hook):
        def before_train_iter(self, runner, batch_idx, data_batch=None):
            learns = runner.iter < 2
            for part in (runner.model.encoder.neck, runner.model.encoder.backbone):
                part.requires_grad_(learns)

    measuring = LossBalanceHook(interval=1, shared=[r"^encoder\.neck\."])
    runner = train(tmp_path, Phase(), measuring, steps=4)
    assert runner.iter == 4 and runner.model.loss_observer is None
    assert list(rows(tmp_path)) == [1, 2]
