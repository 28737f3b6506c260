"""``mmrsicc calibrate-change``, and the published model that decides by its rule."""

import json

import torch
from test_cli.conftest import refused, succeed

from mmrsicc.apis import ChangeCaptionInferencer
from mmrsicc.datasets.no_change import is_no_change


def test_a_published_model_decides_as_calibrated(trained, tiny_config, tmp_path):
    rule, out = tmp_path / "decision.json", tmp_path / "decided.pth"
    done = succeed("calibrate-change", tiny_config, trained, "--out", rule)
    written = json.loads(rule.read_text())
    assert written["split"] == "val" and written["pairs"] == 3
    assert f"decision=dict(bias={written['decision']['bias']}" in done.stdout
    succeed("publish", trained, "--out", out, "--decision", rule)
    captioner = ChangeCaptionInferencer(out, device="cpu")
    assert vars(captioner.model.speaker.decision).items() >= written["decision"].items()
    images = tiny_config.parent / "images" / "test"
    chosen = 0
    for result in captioner((images / "A", images / "B"), progress=False, n_best=5):
        kinds = [not is_no_change(sentence) for sentence, _ in result.n_best]
        changed = result.change_probability > 0.5
        assert kinds[0] == changed or changed not in kinds
        chosen += len(set(kinds)) == 2
    assert chosen, "the model offered sentences of one kind alone"


def test_what_is_no_decision_is_refused(trained, tiny_config, tmp_path):
    out = tmp_path / "a.pth"
    rule = tmp_path / "rule.json"
    for content, message in (
        ("[]", "holds no change decision"),
        ('{"decision": {"bias": 1, "speaker": 1, "x": 2}}', "holds no change decision"),
        ('{"decision": {"speaker": 1}}', "holds no change decision"),
        ('{"decision": {"bias": "high", "speaker": 1}}', "bias is 'high', no finite number"),
    ):
        rule.write_text(content)
        assert message in refused("publish", trained, "--out", out, "--decision", rule)
    assert not out.exists()


def test_pairs_of_one_kind_are_refused(trained, tiny_config, tmp_path):
    captions = json.loads((tiny_config.parent / "LevirCCcaptions.json").read_text())
    for record in captions["images"]:
        record["changeflag"] = 1
    alike = tmp_path / "alike.json"
    alike.write_text(json.dumps(captions))
    said = refused(
        *("calibrate-change", tiny_config, trained, "--cfg-options"),
        f"val_dataloader.dataset.ann_file={alike}",
    )
    assert "both kinds" in said


def test_the_decision_of_the_package_is_that_of_its_config():
    from mmrsicc.apis.checkpoint_config import checkpoint_config
    from mmrsicc.apis.model_listing import find_model
    from mmrsicc.utils.config_file import read_config

    _, path = find_model(None, None)
    content = torch.load(path, weights_only=True)
    shipped = checkpoint_config(content, path).model.speaker
    assert shipped.decision == read_config("configs/dfm/dfm_small.py").model.speaker.decision
