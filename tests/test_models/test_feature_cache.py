"""Features of frozen networks: computed once, exactly the same, and never another's."""

import pytest
import torch
from test_models.transfer_parts import DETECTOR, make_batch, make_captioner, run

from mmrsicc.models.feature_cache import FeatureCache, _settings
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeFeatures


@pytest.fixture
def detector():
    torch.manual_seed(0)
    return Counting(MODELS.build(DETECTOR).requires_grad_(False).eval())


def detect(cache, detector, before, after):
    """Features by way of the cache, as the pair encoder gets them."""
    groups = cache(
        detector, lambda *dates: detector.extract(*(d.float() for d in dates)).groups, before, after
    )
    return ChangeFeatures.of_groups(groups)


class Counting(torch.nn.Module):
    """Counts the pairs that a detector looks at."""

    def __init__(self, detector):
        super().__init__()
        self.detector, self._seen = detector, 0  # No setting.

    @property
    def seen(self):
        return self._seen

    def extract(self, before, after):
        self._seen += len(before)
        return self.detector.extract(before, after)


def pairs(*numbers):
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (2, 6, 3, 32, 32), generator=generator, dtype=torch.uint8)
    return images[0, list(numbers)], images[1, list(numbers)]


def every_map(features):
    return [*features.before, *features.after, *features.difference, features.logits]


def assert_equal(found, expected):
    for a, b in zip(every_map(found), every_map(expected), strict=True):
        assert torch.equal(a, b)


def direct(detector, *numbers):
    before, after = pairs(*numbers)
    return detector.detector.extract(before.float(), after.float())


def test_the_detector_sees_each_pair_once_and_its_features_stay_exactly_the_same(detector):
    cache = FeatureCache()
    assert_equal(detect(cache, detector, *pairs(0, 1)), direct(detector, 0, 1))
    again = detect(cache, detector, *pairs(2, 1, 0))
    assert detector.seen == 3
    first = direct(detector, 0, 1)
    for kept, computed in zip(every_map(again), every_map(first), strict=True):
        assert torch.equal(kept[1:], computed.flip(0))
    # Exchanged dates are another pair.
    before, after = pairs(0)
    detect(cache, detector, after, before)
    assert detector.seen == 4


def test_a_value_written_into_what_was_given_out_does_not_come_back(detector):
    cache = FeatureCache()
    detect(cache, detector, *pairs(0)).before[0].fill_(7)
    assert_equal(detect(cache, detector, *pairs(0)), direct(detector, 0))


def test_other_settings_have_features_of_their_own(detector, tmp_path):
    detect(FeatureCache(folder=tmp_path), detector, *pairs(0))
    detector.detector.size_divisor = 64
    found = detect(FeatureCache(folder=tmp_path), detector, *pairs(0))
    assert_equal(found, direct(detector, 0))
    assert detector.seen == 2


@pytest.mark.parametrize("kind", [tuple, list])
def test_another_layer_of_the_same_network_has_features_of_its_own(kind, tmp_path):
    images = pairs(0, 1)[0].float()
    for layer in (1, 2):
        torch.manual_seed(0)
        config = {"type": "mmpretrain.ResNet", "depth": 18, "out_indices": kind([layer])}
        cached = {"type": "FrozenBackbone", "backbone": config, "cache": {"folder": tmp_path}}
        backbone = MODELS.build(cached).train()
        (found,) = backbone(images)
        assert torch.equal(found, backbone.backbone(images)[0])


def test_settings_are_told_alike_in_every_process():
    module = torch.nn.Identity()
    module.options = {"mode": "whole", "sizes": [1, (2, 3)], "function": sorted}
    assert (
        "",
        "options",
        {"function": "sorted", "mode": "whole", "sizes": [1, [2, 3]]},
    ) in _settings(module)


def test_other_weights_and_another_precision_have_features_of_their_own(detector):
    cache = FeatureCache()
    old = detect(cache, detector, *pairs(0))
    with torch.autocast("cpu", torch.bfloat16):
        half = detect(cache, detector, *pairs(0))
    assert half.before[0].dtype is torch.bfloat16 and old.before[0].dtype is torch.float32
    state = {k: v + 0.1 if v.is_floating_point() else v for k, v in detector.state_dict().items()}
    detector.load_state_dict(state)
    new = detect(cache, detector, *pairs(0))
    assert_equal(new, direct(detector, 0))
    assert not torch.equal(new.before[0], old.before[0])


def test_memory_is_bounded_and_what_found_room_stays(detector):
    size = sum(m[0].nbytes for m in every_map(direct(detector, 0, 1)))
    cache = FeatureCache(memory_gib=2.5 * size / 2**30)
    for _ in range(2):
        detect(cache, detector, *pairs(0, 1, 2, 3))
    assert detector.seen == 4 + 2


def test_a_folder_serves_the_next_run_and_is_bounded(detector, tmp_path):
    size = sum(m[0].nbytes for m in every_map(direct(detector, 0, 1)))
    room = {"folder": tmp_path, "disk_gib": 2.5 * size / 2**30}
    detect(FeatureCache(memory_gib=0, **room), detector, *pairs(0, 1, 2))
    files = sorted(tmp_path.iterdir())
    assert len(files) == 2 and {file.suffix for file in files} == {".pt"}
    following = FeatureCache(memory_gib=0, **room)
    found = detect(following, detector, *pairs(0, 1))
    assert detector.seen == 3
    assert_equal(found, direct(detector, 0, 1))


def test_a_folder_that_cannot_be_written_costs_time_alone(detector, tmp_path):
    (tmp_path / "file").touch()
    cache = FeatureCache(memory_gib=0, folder=tmp_path / "file" / "maps")
    for _ in range(2):
        assert_equal(detect(cache, detector, *pairs(0, 1)), direct(detector, 0, 1))
    assert detector.seen == 4 and cache.disk_left == 0


def test_a_damaged_file_and_one_of_another_kind_are_computed_anew(detector, tmp_path):
    detect(FeatureCache(folder=tmp_path), detector, *pairs(0, 1))
    first, second = sorted(tmp_path.iterdir())
    first.write_bytes(first.read_bytes()[:100])
    torch.save({"state_dict": {}}, second)
    found = detect(FeatureCache(folder=tmp_path), detector, *pairs(0, 1))
    assert_equal(found, direct(detector, 0, 1))
    detect(FeatureCache(folder=tmp_path), detector, *pairs(0, 1))
    assert detector.seen == 4


def test_features_without_difference_and_logits_are_kept_too():
    class Bare(torch.nn.Module):
        def extract(self, before, after):
            return ChangeFeatures((before,), (after,))

    cache = FeatureCache()
    for _ in range(2):
        found = detect(cache, Bare(), *pairs(0, 1))
        assert found.difference is None and found.logits is None
        assert torch.equal(found.before[0], pairs(0, 1)[0].float())


def test_a_captioner_trains_alike_with_it_and_its_test_does_not_use_it(tmp_path):
    plain = make_captioner(change_detector=DETECTOR)
    kept = make_captioner(change_detector=DETECTOR, detector_cache={"folder": tmp_path})
    assert kept.state_dict().keys() == plain.state_dict().keys()
    kept.encoder.change_detector = Counting(kept.encoder.change_detector)
    for _ in range(2):
        torch.manual_seed(0)
        expected = run(plain, "loss", make_batch())["loss_caption"]
        torch.manual_seed(0)
        assert torch.equal(run(kept, "loss", make_batch())["loss_caption"], expected)
    assert kept.encoder.change_detector.seen == 2
    kept.eval()
    run(kept, "predict", make_batch())
    assert kept.encoder.change_detector.seen == 4 and len(list(tmp_path.iterdir())) == 2


def test_a_frozen_backbone_sees_each_image_once_and_has_no_gradient():
    config = {"type": "EfficientNetLite", "out_indices": (1, 3)}
    backbone = MODELS.build({"type": "FrozenBackbone", "backbone": config, "cache": {}}).train()
    before, after = (date.float() for date in pairs(0, 1))
    with torch.no_grad():
        expected = backbone.backbone(torch.cat([before, after]))
    seen = []
    backbone.backbone.register_forward_pre_hook(lambda module, args: seen.append(len(args[0])))
    for _ in range(2):
        maps = backbone(torch.cat([before, after]))
        assert all(torch.equal(a, b) for a, b in zip(maps, expected, strict=True))
    assert seen == [4] and not backbone.backbone.training
    assert not any(m.requires_grad for m in maps)
    assert not any(parameter.requires_grad for parameter in backbone.parameters())
    backbone.eval()(before)
    assert seen == [4, 2]


def test_a_backbone_that_relates_the_dates_is_refused():
    class Relating(torch.nn.Module):
        ccs = ("layer",)

    MODELS.register_module(name="RelatingBackbone", module=Relating, force=True)
    with pytest.raises(ValueError, match="relates the two dates"):
        MODELS.build({"type": "FrozenBackbone", "backbone": {"type": "RelatingBackbone"}})


def test_what_lies_before_a_frozen_backbone_learns():
    config = {"type": "EfficientNetLite", "arch": "lite0", "out_indices": (0,)}
    backbone = MODELS.build({"type": "FrozenBackbone", "backbone": config, "cache": {}}).train()
    stem = torch.nn.Conv2d(5, 3, 1)
    (maps,) = backbone(stem(torch.randn(2, 5, 32, 32)))
    maps.square().sum().backward()
    assert stem.weight.grad.abs().sum() > 0
    assert all(p.grad is None for p in backbone.parameters())
