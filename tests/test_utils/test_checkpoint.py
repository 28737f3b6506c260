import os

import pytest
import torch
from torch import nn

from mmrsicc.utils.checkpoint import find_checkpoint, load_weights, read_checkpoint


class Code:
    def __reduce__(self):
        return os.getcwd, ()


def test_code_in_a_checkpoint_is_refused(tmp_path):
    torch.save({"state_dict": {}, "meta": Code()}, tmp_path / "evil.pth")
    with pytest.raises(ValueError, match=r"evil\.pth.*foreign code"):
        read_checkpoint(tmp_path / "evil.pth")


def test_containers_that_unfold_without_end_are_refused(tmp_path):
    wide, circle = "x", []
    for _ in range(60):
        wide = (wide, wide)
    circle.append(circle)
    for i, value in enumerate((wide, circle, {"type": [wide]})):
        torch.save({"state_dict": {}, "meta": {"mmrsicc": value}}, tmp_path / f"{i}.pth")
        with pytest.raises(ValueError, match=rf"{i}\.pth .* more values than it has bytes"):
            read_checkpoint(tmp_path / f"{i}.pth")


def test_damaged_and_foreign_files_are_named(tmp_path):
    torch.save({"state_dict": {"a": torch.zeros(1000)}}, tmp_path / "half.pth")
    whole = (tmp_path / "half.pth").read_bytes()
    (tmp_path / "half.pth").write_bytes(whole[: len(whole) // 2])
    torch.save({"weights": {}}, tmp_path / "other.pth")
    (tmp_path / "text.pth").write_text("not a checkpoint")
    for name in ("half.pth", "other.pth", "text.pth"):
        with pytest.raises(ValueError, match=name):
            read_checkpoint(tmp_path / name)
    with pytest.raises(FileNotFoundError, match=r"gone\.pth"):
        read_checkpoint(tmp_path / "gone.pth")


def test_the_newest_match_is_taken(tmp_path):
    for age, name in ((20, "iter_9.pth"), (10, "iter_10.pth")):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (age, age))
    assert find_checkpoint(str(tmp_path / "iter_*.pth")).name == "iter_9.pth"
    assert find_checkpoint(str(tmp_path / "iter_10.pth")).name == "iter_10.pth"


def test_no_key_is_loaded_in_part():
    model = nn.Linear(2, 3)
    weights = {"weight": torch.ones(3, 2), "bias": torch.ones(3)}
    load_weights(model, weights, "x.pth")
    assert model.weight.eq(1).all() and model.bias.eq(1).all()
    with pytest.raises(
        ValueError, match=r"^x.pth does not fit the model, give the config .*\n.*missing bias"
    ):
        load_weights(model, {"weight": torch.zeros(3, 2)}, "x.pth")
    with pytest.raises(ValueError, match="left over extra"):
        load_weights(model, {**weights, "extra": torch.zeros(1)}, "x.pth")
    with pytest.raises(ValueError, match=r"bias is \(4,\), the model needs \(3,\)"):
        load_weights(model, {**weights, "bias": torch.zeros(4)}, "x.pth")
    assert model.weight.eq(1).all()


def test_weights_with_a_wrong_checksum_are_refused(tmp_path):
    """PyTorch does not check it, and would load other numbers."""
    path = tmp_path / "x.pth"
    torch.save({"state_dict": {"a": torch.full((1000,), 3.0)}}, path)
    raw = bytearray(path.read_bytes())
    raw[raw.index(torch.full((4,), 3.0).numpy().tobytes()) + 2] ^= 1
    path.write_bytes(raw)
    assert not torch.load(path, weights_only=True)["state_dict"]["a"].eq(3).all()
    with pytest.raises(ValueError, match=r"x\.pth cannot be read .*checksum"):
        read_checkpoint(path)
