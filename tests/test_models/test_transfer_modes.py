"""What a change detector's knowledge goes to, and what it costs afterwards."""

from dataclasses import replace

import pytest
import torch
from test_models.transfer_parts import CONFIG, DETECTOR, detections, make_batch, make_captioner, run

DISTILL = {
    "change_detector": DETECTOR,
    "transfer_to": "losses",
    "losses": {"distill": {"type": "MapDistillation"}},
}
PSEUDO_LABEL = {
    "change_detector": DETECTOR,
    "transfer_to": "losses",
    "mask_head": {"type": "MaskHead", "target": "detector", "channels": 32},
}
MASK_ATTN = {
    "change_detector": DETECTOR,
    "transfer_to": "mask",
    "token_mask": {"type": "TokenMask", "alpha": 0.5},
}
MULTITASK = {
    "mask_head": {"type": "MaskHead", "channels": 32},
    "loss_balance": {"type": "NormBalance"},
}
PRIOR = {
    "change_detector": DETECTOR,
    "neck": {**CONFIG["neck"], "prior": {"type": "DetectorPrior"}, "detector_dropout": 0.3},
}
MODES = {
    "fuse": {"change_detector": DETECTOR},
    "prior": PRIOR,
    "distill": DISTILL,
    "pseudo_label": PSEUDO_LABEL,
    "mask_attn": MASK_ATTN,
    "mask_attn_given": {"token_mask": {"type": "TokenMask", "given_by": "another model"}},
    "multitask": MULTITASK,
}


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_trains_and_every_parameter_learns(mode):
    model = make_captioner(**MODES[mode]).train()
    learning = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    assert not any(name.startswith("encoder.change_detector") for name, _ in learning)
    optimizer = torch.optim.AdamW((p for _, p in learning), lr=1e-2)
    totals = []
    for _ in range(2):
        optimizer.zero_grad()
        total, _ = model.parse_losses(run(model, "loss"))
        total.backward()
        assert [name for name, p in learning if p.grad is None] == []
        optimizer.step()
        totals.append(total.item())
    assert all(map(torch.isfinite, map(torch.tensor, totals)))
    samples = run(model.eval(), "predict")
    assert all(isinstance(s.pred_caption, str) for s in samples)
    finds_masks = mode not in ("distill", "mask_attn_given")
    assert all(("pred_mask" in s) is finds_masks for s in samples)


@pytest.mark.parametrize("mode", [DISTILL, PSEUDO_LABEL])
def test_a_detector_for_losses_alone_is_never_run_when_predicting(mode):
    model = make_captioner(**mode)
    assert not model.encoder.neck.transfers, "the neck must not wait for its features"
    seen = detections(model)
    run(model.eval(), "predict")
    run(model, "tensor")
    assert not seen
    run(model.train(), "loss")
    assert seen


def test_a_distilled_captioner_needs_no_detector_to_say_the_same():
    taught = make_captioner(**DISTILL).eval()
    alone = make_captioner().eval()
    own = {k: v for k, v in taught.state_dict().items() if k in alone.state_dict()}
    alone.load_state_dict(own)
    with torch.no_grad():
        assert torch.equal(run(taught, "tensor").tokens, run(alone, "tensor").tokens)


def test_distillation_reaches_backbone_and_differences_but_not_the_head():
    model = make_captioner(**DISTILL).train()
    run(model, "loss")["loss_distill"].backward()
    reached = {
        n.removeprefix("encoder.") for n, p in model.named_parameters() if p.grad is not None
    }
    assert {name.split(".")[0] for name in reached} == {"backbone", "neck", "losses"}
    assert model.encoder.neck.differences[0].project[0].weight.grad.any()
    assert all(p.grad is None for p in model.encoder.neck.spatial.parameters())


def test_pseudo_labels_are_the_detector_s_masks():
    model = make_captioner(**PSEUDO_LABEL).train()
    # A detector that finds changes on the left alone.
    logits = torch.zeros(2, 2, 32, 32)
    logits[:, 1, :, :16] = 1
    extract = model.encoder.change_detector.extract

    model.encoder.change_detector.extract = lambda b, a: replace(extract(b, a), logits=logits)
    batch = make_batch(masks=False)
    optimizer = torch.optim.Adam(model.encoder.mask_head.parameters(), lr=3e-2)
    # Positions for the head to tell left from right by.
    scales = (
        torch.linspace(-1, 1, 8).expand(2, 32, 8, 8),
        torch.linspace(-1, 1, 4).expand(2, 32, 4, 4),
    )
    features = model.encoder(*batch["inputs"], for_loss=True)
    assert torch.equal(features.change.logits, logits)
    for _ in range(60):
        optimizer.zero_grad()
        own = model.encoder.mask_head(scales, (32, 32))
        features = replace(features, logits=own)
        model.encoder.mask_head.loss(features, batch["data_samples"])["loss_mask"].backward()
        optimizer.step()
    found_left = own.argmax(1)
    assert (found_left == logits.argmax(1)).float().mean() > 0.95


def test_each_term_of_joint_training_is_divided_by_its_own_value():
    model = make_captioner(**MULTITASK).train()
    losses = run(model, "loss")
    torch.testing.assert_close(losses["loss_caption"], torch.tensor(1.0), atol=1e-4, rtol=0)
    torch.testing.assert_close(losses["loss_mask"], torch.tensor(1.0), atol=1e-4, rtol=0)
    torch.testing.assert_close(losses["balance_mask"], 1 / losses["mask_ce"])


def test_the_mask_head_s_mask_is_predicted_in_place_of_the_detector_s():
    model = make_captioner(change_detector=DETECTOR, mask_head={"type": "MaskHead"}).eval()
    model.encoder.mask_head.fuse[-1].bias.data = torch.tensor([-100.0, 100.0])
    model.encoder.change_detector.fuse[-1].bias.data = torch.tensor([100.0, -100.0])
    assert all(s.pred_mask.all() for s in run(model, "predict"))


def test_a_mask_head_leaves_the_rest_of_the_encoder_as_it_was():
    plain, with_head = make_captioner(), make_captioner(mask_head={"type": "MaskHead"})
    assert with_head.training
    own = with_head.encoder.state_dict()
    assert all(torch.equal(value, own[key]) for key, value in plain.encoder.state_dict().items())


@pytest.mark.parametrize("options", [{"transfer_to": "head"}, {"transfer_to": "tokens"}])
def test_what_the_detector_is_for_must_be_known(options):
    with pytest.raises(ValueError, match=r"one of \('neck', 'mask', 'losses'\)"):
        make_captioner(change_detector=DETECTOR, **options)


def test_a_neck_without_scales_is_named():
    neck = {"type": "PooledFusion"}
    with pytest.raises(ValueError, match="no difference maps of scales: use JFM, FusionNeck or"):
        make_captioner(neck=neck, mask_head={"type": "MaskHead"})


def test_a_term_that_counts_alone_is_not_divided_by_its_value():
    model = make_captioner(**MULTITASK)
    plain = make_captioner(mask_head=MULTITASK["mask_head"])
    plain.load_state_dict(model.state_dict())
    model.loss_factors = {"mask": 0.0}
    torch.manual_seed(0)
    alone = run(model.eval(), "loss")
    assert alone["loss_mask"] == 0
    torch.testing.assert_close(alone["loss_caption"], run(plain.eval(), "loss")["loss_caption"])


def test_a_schedule_is_not_balanced_away():
    model = make_captioner(**MULTITASK)
    model.loss_factors = {"mask": 0.25}
    losses = run(model, "loss")
    assert losses["loss_mask"].item() == pytest.approx(0.25)
    assert losses["loss_caption"].item() == pytest.approx(1)
