import torch

from mmrsicc.apis.model_facts import model_facts


def facts(path, training):
    meta = {"experiment_name": "tiny_one_20261122_073102", "mmrsicc": {"training": training}}
    torch.save({"state_dict": {}, "meta": meta}, path)
    return model_facts(path)


def test_generated_data_is_called_so(tmp_path):
    found = facts(
        tmp_path / "best.pth",
        {"type": "SynthCCDataset", "data_root": "data/SynthCC", "split": "train"},
    )
    assert found.name == "tiny_one (best.pth)"
    assert found.training == "Trained on SynthCC (data/SynthCC, split train)."
    assert "not real images" in found.remark
    assert found.sentence.startswith("tiny_one (best.pth). Trained on SynthCC (data/SynthCC, split")


def test_other_data_sets_are_named(tmp_path):
    found = facts(tmp_path / "a.pth", {"type": "LEVIRCCDataset", "split": "train"})
    assert found.training == "Trained on LEVIR-CC (split train)."
    assert "guesses" in found.remark
    found = facts(tmp_path / "a.pth", {"type": "SomebodysDataset"})
    assert found.training == "Trained on SomebodysDataset."


def test_a_checkpoint_says_how_much_ground_its_pixels_covered(tmp_path):
    assert facts(tmp_path / "a.pth", {"type": "LEVIRCCDataset"}).gsd.least == 0.5
    assert facts(tmp_path / "a.pth", {"type": "SomebodysDataset"}).gsd is None
    training = {"type": "LEVIRCCDataset"}
    record = {"least": 0.3, "greatest": 3.0, "source": "x"}
    for told, expected in ((record, 3.0), ("wrong", 0.5)):
        meta = {"mmrsicc": {"training": training, "training_gsd": told}}
        torch.save({"state_dict": {}, "meta": meta}, tmp_path / "b.pth")
        assert model_facts(tmp_path / "b.pth").gsd.greatest == expected


def test_checkpoint_without_provenance(checkpoint):
    found = model_facts(checkpoint)
    assert found.gsd is None
    assert found.name == "noise.pth"
    assert found.training == "The checkpoint does not say what it was trained on."
