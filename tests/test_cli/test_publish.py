"""``mmrsicc publish``: a checkpoint of a training, made fit to be given away."""

import hashlib
import json

from test_cli.conftest import refused, succeed


def test_a_trained_model_is_published_with_a_proof(trained, tiny_config, tmp_path):
    images = tiny_config.parent / "images" / "test"
    out = tmp_path / "small.pth"
    done = succeed("publish", trained, "--out", out, "--check", images / "A", images / "B")
    said = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert said["checked"] == "5 of 5 sentences the same"
    assert said["pixels"] == "0.5 m (the images of LEVIR-CC)"
    assert said["size"] == f"{out.stat().st_size / 1e6:.2f} MB"
    assert said["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()


def test_it_is_scored_with_the_config_of_its_training(trained, tiny_config, tmp_path):
    """Which names further losses and a detector's file, and the published file has neither."""
    out = tmp_path / "small.pth"
    succeed("publish", tiny_config, trained, "--out", out, "--gsd", 0.3, 1)
    sentences = []
    for checkpoint in (trained, out):
        results = tmp_path / f"{checkpoint.stem}.jsonl"
        succeed("test", tiny_config, checkpoint, "--out", results, "--work-dir", tmp_path / "work")
        sentences.append([json.loads(line)["caption"] for line in results.open()])
    assert len(sentences[0]) == 5 and sentences[0] == sentences[1]
    record = json.loads((tmp_path / "small.meta.json").read_text())
    assert record["checkpoint_sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert record["trained"]["training_gsd"]["least"] == 0.3


def test_what_cannot_be_is_refused(checkpoint, tmp_path):
    out = tmp_path / "a.pth"
    assert "ends in .pth" in refused("publish", checkpoint, "--out", tmp_path / "a.pt")
    assert "no checkpoint at" in refused("publish", tmp_path / "no.pth", "--out", out)
    for gsd in ((1, 2, 3), (0,), (float("inf"),)):
        assert "one or two distances" in refused("publish", checkpoint, "--out", out, "--gsd", *gsd)
    assert "two images" in refused("publish", checkpoint, "--out", out, "--check", *"abc")
    assert "there is no a" in refused("publish", checkpoint, "--out", out, "--check", *"ab")
    assert "is no repository" in refused("publish", checkpoint, "--out", out, "--push-to-hub", "x")
    for vain in (("--private",), ("--license", "mit")):
        assert "are of --push-to-hub" in refused("publish", checkpoint, "--out", out, *vain)
    vain = ("--most-different", 1)
    assert "--most-different is of --check" in refused("publish", checkpoint, "--out", out, *vain)
    decision = refused("publish", checkpoint, "--out", out, "--decision", tmp_path / "no.json")
    assert "no.json: write a change decision with mmrsicc calibrate-change" in decision
    assert not list(tmp_path.glob("a*"))
    before = checkpoint.read_bytes()
    assert "would be overwritten" in refused("publish", checkpoint, "--out", checkpoint)
    assert checkpoint.read_bytes() == before
