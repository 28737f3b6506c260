"""ChangeCLIP: its prompts against transformers, its gate by hand, and its slip as an option."""

import pytest
import torch
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    CLIPVisionConfig,
)

from mmrsicc.models.change_detectors import ChangeCLIP
from mmrsicc.models.change_detectors.changeclip import _Fusion
from mmrsicc.models.layers.clip_text import SCENE_WORDS, ScenePrompts
from mmrsicc.structures import ChangeDataSample

TEXT = {"dims": 32, "num_layers": 1, "num_heads": 2, "vocab_size": 500}
STATISTICS = {"before": {"mean": [127.0] * 4, "std": [64.0] * 4}}


def make(**options):
    torch.manual_seed(0)
    sizes = {"dims": 32, "num_layers": 2, "num_heads": 2, "image_size": 64, "scales": (1, 1, 2, 2)}
    arguments = {"text": TEXT, "statistics": STATISTICS, **sizes, **options}
    detector = ChangeCLIP("test", **arguments)
    detector.init_weights()
    return detector


def test_prompts_without_learned_vectors_are_clips():
    prompts = ScenePrompts(**TEXT, contexts=0).eval()
    config = CLIPTextConfig(
        vocab_size=500,
        hidden_size=32,
        intermediate_size=128,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=64,
        projection_dim=32,
        eos_token_id=499,
        bos_token_id=498,
    )
    reference = CLIPTextModelWithProjection(config).eval()
    reference.text_model.load_state_dict(prompts.model.state_dict())
    reference.text_projection.load_state_dict(prompts.project.state_dict())
    chosen = torch.arange(18).view(2, 9)
    words = [
        i
        for number in range(9, 18)
        for i in prompts.word_ids[number, : prompts.word_lengths[number]].tolist()
    ]
    ids = prompts._padded(prompts._ids("remote sensing image foreground objects") + words)
    with torch.no_grad():
        expected = reference(input_ids=ids[None]).text_embeds[0]
        found = prompts(chosen)
    assert found.shape == (2, 2, 32) and len(set(SCENE_WORDS)) == 56
    torch.testing.assert_close(found[1, 1], expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found[0, 0], found[1, 0])  # The background has no words.


def test_the_nearest_words_are_chosen():
    prompts = ScenePrompts(**TEXT)
    prompts.embed_words()
    assert prompts.choose(prompts.words[[5, 40]] * 3)[:, 0].tolist() == [5, 40]


def test_the_gate_opens_where_the_dates_differ():
    fusion = _Fusion(2)
    before = torch.tensor([1.0, 0.0]).view(1, 2, 1, 1).expand(1, 2, 1, 3)
    after = torch.stack([before[0, :, 0, 0], -before[0, :, 0, 0], torch.tensor([0.0, 1.0])], 1)
    seen = {}
    fusion.squeeze.register_forward_hook(lambda _, given, __: seen.update(x=given[0]))
    fusion(before, after.view(1, 2, 1, 3))
    gated, joined = seen["x"][:, :256], seen["x"][:, 512:]
    gates = torch.tensor([0.0, 2.0, 1.0]).sigmoid()  # 1 - cosine: 0, 2 and 1.
    torch.testing.assert_close(gated, joined * gates)


def test_the_slip_shows_in_tests_alone():
    torch.manual_seed(1)
    before, after = torch.randn(2, 1, 4, 64, 64)
    told = {}
    for legacy in (False, True):
        detector = make(legacy_test_prompt=legacy).eval()
        detector.prompts.register_forward_pre_hook(lambda _, a: told.update(chosen=a[0].clone()))
        detector.detect(before, after)
        first, second = told["chosen"]
        right = detector.prompts.choose(detector._seen(torch.cat([before, after]))[2])
        assert torch.equal(first, right[0])
        assert torch.equal(second, right[0 if legacy else 1])
        detector.train().detect(before, after)
        assert not legacy or torch.equal(
            told["chosen"], detector.prompts.choose(detector._seen(torch.cat([before, after]))[2])
        )
    assert not torch.equal(right[0], right[1])  # Else this shows nothing.


def test_its_loss_falls_and_all_parts_learn():
    detector = make()
    image = torch.rand(2, 4, 64, 64) * 255
    changed = image.clone()
    changed[..., 16:48, 16:48] = 255 - changed[..., 16:48, 16:48]
    mask = torch.zeros(64, 64, dtype=torch.uint8)
    mask[16:48, 16:48] = 1
    samples = [ChangeDataSample(gt_mask=mask) for _ in range(2)]
    optimizer = torch.optim.Adam(detector.parameters(), lr=1e-3)
    losses = []
    for _ in range(8):
        loss = sum(detector((image, changed), samples, mode="loss").values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.95 * losses[0]
    features = detector.eval().extract(image[..., :50], changed[..., :50])
    assert features.logits.shape == (2, 2, 64, 50)
    assert detector.gamma.grad.abs().sum() > 0 and detector.prompts.contexts.grad.abs().sum() > 0


def test_words_of_a_prompt_have_commas_between():
    prompts = ScenePrompts(**TEXT)
    words = ", ".join(("remote sensing image foreground objects", *SCENE_WORDS[:9]))
    found = prompts._foreground(torch.arange(9)[None])[0]
    assert torch.equal(found, prompts._padded(prompts._ids(words)))


@pytest.mark.parametrize("bands", [3, 4])
def test_clip_of_another_image_size_starts_it(tmp_path, bands):
    """OpenAI's have positions for 14 x 14 places, this one for 4 x 4."""
    torch.manual_seed(1)
    sizes = {"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 128}
    vision = CLIPVisionConfig(hidden_size=32, patch_size=16, image_size=224, **sizes)
    text = CLIPTextConfig(
        vocab_size=500,
        hidden_size=32,
        max_position_embeddings=77,
        **{**sizes, "num_hidden_layers": 1},
    )
    clip = CLIPModel(CLIPConfig.from_text_vision_configs(text, vision, projection_dim=32))
    clip.save_pretrained(tmp_path)
    statistics = {"before": {"mean": [127.0] * bands, "std": [64.0] * bands}}
    detector = make(pretrained=str(tmp_path), statistics=statistics).eval()
    images = torch.randn(2, 3, 224, 224)
    if bands == 4:  # Equal bands, as three equal colours.
        images = images.mean(1, keepdim=True).expand(-1, 4, -1, -1)
    # At its own size, but for what two interpolations of the positions change.
    own, given = detector.vision.embeddings, clip.vision_model.embeddings
    torch.testing.assert_close(
        own.patch_embedding(images), given.patch_embedding(images[:, :3]), rtol=1e-4, atol=1e-4
    )
    assert torch.equal(own.position_embedding.weight[0], given.position_embedding.weight[0])
    assert (
        own.position_embedding.weight[1:]
        .mean(0)
        .allclose(given.position_embedding.weight[1:].mean(0), atol=0.01)
    )
    assert torch.equal(
        detector.prompts.project.weight, clip.text_projection.weight
    ) and torch.equal(detector.project.weight, clip.visual_projection.weight)
    before, after = torch.rand(2, 1, bands, 64, 64) * 255
    assert detector.extract(before, after).logits.isfinite().all()
    with pytest.raises(ValueError, match="does not fit the model"):
        make(pretrained=str(tmp_path), statistics=statistics, dims=64)


def test_a_folder_that_is_no_clip_is_named(tmp_path):
    with pytest.raises(OSError, match=tmp_path.name):
        make(pretrained=str(tmp_path))
