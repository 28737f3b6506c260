"""How far the text guidance reaches into what the caption head reads."""

from dataclasses import replace

import pytest
import torch
from test_models.test_token_mask import memory_seen
from test_models.transfer_parts import CONFIG, DETECTOR, make_batch, make_captioner, run

NECK = CONFIG["neck"]
WITH_POOLED = {**NECK, "pooled_token": True}
POOL = "encoder.neck.query"


def guided(similarity, tmp_path, **changes):
    """A captioner with TGCL, and the features of a batch."""
    text = {"type": "HashedNgramEncoder", "embed_dims": 16}
    tgcl = {"type": "TGCL", "text_encoder": text, "similarity": {"type": similarity, "dims": 8}}
    model = make_captioner(losses={"tgcl": {**tgcl, "cache_dir": tmp_path}}, **changes)
    batch = make_batch()
    model.losses.tgcl.prepare_texts([s.targets[0] for s in batch["data_samples"]], {})
    return model, model.encoder(*batch["inputs"]), batch["data_samples"]


def gradients(loss, features):
    found = torch.autograd.grad(loss, (features.tokens, features.pooled), allow_unused=True)
    return [gradient is not None and bool(gradient.any()) for gradient in found]


def test_both_kinds_of_guidance_reach_the_tokens_that_the_head_reads(tmp_path):
    for similarity, reached in (
        ("CosineSimilarity", [True, True]),  # Through the attention that pools the tokens.
        ("TokenSimilarity", [True, False]),  # At each token, past the pooled vector.
    ):
        model, features, samples = guided(similarity, tmp_path)
        assert gradients(model.losses.tgcl(features, samples)["loss_tgcl"], features) == reached
        told = model.conditions(features, samples, (32, 32), training=True)
        sentences = [sample.targets for sample in samples]
        caption = model.speaker.loss(features, sentences, told)["loss_caption"]
        assert gradients(caption, features) == [True, False], "the head reads no pooled vector"


@pytest.mark.parametrize("neck", [NECK, WITH_POOLED])
def test_the_head_reads_the_pooled_vector_where_it_is_a_token(neck):
    model = make_captioner(neck=neck)
    features = model.encoder(*make_batch()["inputs"])
    places = 4
    assert features.num_places == places
    assert features.tokens.shape[1] == places + (neck is WITH_POOLED)
    if neck is WITH_POOLED:
        assert torch.equal(features.tokens[:, -1], features.pooled)
    run(model.train(), "loss")["loss_caption"].backward()
    gradient = dict(model.named_parameters())[POOL].grad
    assert (gradient is not None and bool(gradient.any())) is (neck is WITH_POOLED)


@torch.no_grad()
def test_a_mask_weighs_places_and_leaves_the_pooled_token():
    model = make_captioner(
        neck=WITH_POOLED,
        change_detector=DETECTOR,
        transfer_to="mask",
        token_mask={"type": "TokenMask"},
    ).eval()
    bias = model.encoder.change_detector.fuse[-1].bias
    bias.data = torch.tensor([100.0, -100.0])
    seen = memory_seen(model)
    assert not seen[:, :-1].any() and seen[:, -1].any()


def test_features_without_summaries_are_places_alone():
    features = run(make_captioner().eval(), "tensor")
    assert features.num_places == features.tokens.shape[1]
    assert replace(features, summaries=3).num_places == features.tokens.shape[1] - 3
