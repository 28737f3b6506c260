"""The command lines from training to scores, as a user types them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
import torch
from test_cli.conftest import ROOT, refused, run_tool, succeed

from mmrsicc.utils.provenance import sha256

PYTHON = sys.executable


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def run_distributed(script, *arguments):
    return run_tool("env", f"PORT={free_port()}", "bash", script, *arguments)


def read_jsonl(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def logged_scalars(work_dir):
    (log,) = work_dir.glob("*/vis_data/scalars.json")
    return read_jsonl(log)


def test_training_logs_every_loss_apart(trained):
    rows = [row for row in logged_scalars(trained.parent) if "loss" in row]
    assert len(rows) == 16  # 4 epochs of 4 batches
    for row in rows:
        total = row["loss_caption"] + row["loss_tgcl"]
        assert abs(row["loss"] - total) < 1e-4
    assert rows[0]["loss_tgcl"] == 0 and rows[-1]["loss_tgcl"] > 0  # the weight rises from 0
    assert rows[-1]["loss_caption"] < rows[0]["loss_caption"]
    assert list(trained.parent.glob("*/vis_data/events.out.tfevents.*"))


def test_a_checkpoint_is_plain_and_says_what_it_is(trained):
    checkpoint = torch.load(trained, weights_only=True)
    meta = checkpoint["meta"]["mmrsicc"]
    assert meta["tokenizer"]["words"][:4] == ["<pad>", "<unk>", "<start>", "<end>"]
    assert meta["seed"] == 42 and meta["decoding"]["type"] == "GreedySearch"
    assert meta["selection"]["split"] == "val"
    assert meta["vocabulary"]["min_count"] == 1 and "words" not in meta["vocabulary"]
    assert meta["training"]["no_change_policy"] == "keep"
    assert meta["change_detector_source"] == "SZTAKI AirChange + OSCD"
    assert "tools/train.py" in meta["command"] and "torch" in meta["versions"]


@pytest.mark.slow
def test_two_processes_score_what_one_does(trained, tiny_config, tmp_path):
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    common = (tiny_config, trained)
    succeed("test", *common, "--out", one, "--work-dir", tmp_path / "1")
    run_distributed("tools/dist_test.sh", *common, 2, "--out", two, "--work-dir", tmp_path / "2")
    alone, together = read_jsonl(one), read_jsonl(two)
    assert len(alone) == 5
    assert set(alone[0]) >= {"id", "caption", "score", "references", "flag"}
    for ours, theirs in zip(alone, together, strict=True):
        # The last bits of a score depend on the batch that the pair came in.
        assert ours.pop("score") == pytest.approx(theirs.pop("score"), abs=1e-4)
        assert ours == theirs
    meta = [json.loads(path.with_suffix(".meta.json").read_text()) for path in (one, two)]
    assert meta[0]["scores"] and meta[0]["scores"].keys() == meta[1]["scores"].keys()
    timings = {"data_time", "time"}
    for key in meta[0]["scores"].keys() - timings:
        assert meta[0]["scores"][key] == meta[1]["scores"][key], key
    assert meta[0]["trained"]["seed"] == 42
    assert meta[0]["checkpoint_sha256"] == sha256(trained)
    assert meta[0]["metrics"][0]["protocol"] == "word" and meta[0]["warnings"] == []


def test_choosing_on_the_test_split_stays_in_the_record(trained, tiny_config, tmp_path):
    checkpoint = torch.load(trained, weights_only=True)
    checkpoint["meta"]["mmrsicc"]["selection"] |= {"split": "test", "score": "BLEU-4"}
    torch.save(checkpoint, tmp_path / "best.pth")
    command = ("test", tiny_config, tmp_path / "best.pth", "--out")
    done = succeed(*command, tmp_path / "r.jsonl", "--work-dir", tmp_path)
    (warning,) = json.loads((tmp_path / "r.meta.json").read_text())["warnings"]
    assert "chosen by BLEU-4 on split 'test'" in warning
    assert warning in done.stdout + done.stderr


def test_a_model_without_weights_needs_no_checkpoint(tiny_config, tmp_path):
    constant = tmp_path / "constant.py"
    constant.write_text(
        f'_base_ = ["{tiny_config}"]\n'
        'model = dict(_delete_=True, type="ConstantCaptioner", sentence="a house appears")\n'
        "custom_hooks = []\n"
    )
    command = ("test", constant, "--work-dir", tmp_path)
    succeed(*command, "--out", tmp_path / "r.jsonl")
    assert {row["caption"] for row in read_jsonl(tmp_path / "r.jsonl")} == {"a house appears"}
    assert "has weights: name their checkpoint" in refused("test", tiny_config)


def test_the_named_checkpoint_is_scored_whatever_the_config_starts_from(
    trained, tiny_config, tmp_path
):
    earlier = trained.with_name("epoch_3.pth")
    plain, other = tmp_path / "plain.jsonl", tmp_path / "other.jsonl"
    common = ("test", tiny_config, earlier, "--work-dir", tmp_path)
    succeed(*common, "--out", plain)
    succeed(*common, "--out", other, "--cfg-options", f"load_from={trained}", "resume=True")
    assert plain.read_text() == other.read_text()


@pytest.mark.parametrize("command", ["train", "test"])
def test_a_data_set_without_a_type_is_refused(command, tiny_config, tmp_path):
    config = tmp_path / "config.py"
    loader = f"{command}_dataloader"
    config.write_text(
        f'_base_ = ["{tiny_config}"]\n{loader} = dict(dataset=dict(_delete_=True, split="test"))\n'
    )
    said = refused(command, config, "--work-dir", tmp_path)
    assert said.startswith(f"{config}: {loader} has no dataset with a type: give {loader}.dataset")


def test_code_in_a_checkpoint_never_runs(tiny_config, tmp_path):
    class Code:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "it_ran"),)

    torch.save({"state_dict": {}, "meta": Code()}, tmp_path / "evil.pth")
    said = refused(
        "train", tiny_config, "--resume", tmp_path / "evil.pth", "--work-dir", tmp_path / "work"
    )
    assert "foreign code" in said
    assert not (tmp_path / "it_ran").exists()


@pytest.mark.slow
def test_two_processes_train(tiny_config, tmp_path):
    run_distributed(
        "tools/dist_train.sh",
        tiny_config,
        2,
        "--work-dir",
        tmp_path,
        "--cfg-options",
        "train_cfg.max_epochs=2",
    )
    rows = [row for row in logged_scalars(tmp_path) if "loss" in row]
    assert len(rows) == 4  # 7 pairs, 2 processes, batches of 2: 2 steps an epoch
    assert (tmp_path / "epoch_2.pth").exists()


@pytest.mark.slow
@pytest.mark.posix
def test_a_killed_run_resumes_and_finishes(tiny_config, trained, tmp_path):
    command = [PYTHON, "tools/train.py", str(tiny_config), "--work-dir", str(tmp_path)]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / "last_checkpoint").exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "epoch_4.pth").exists(), "the run ended before it was killed"

    run_tool(*command, "--resume")
    _, second = sorted(tmp_path.glob("*/vis_data/scalars.json"))
    steps = [row["step"] for row in read_jsonl(second) if "loss" in row]
    assert len(steps) < 16 and steps == [*range(17 - len(steps), 17)]
    resumed = torch.load(tmp_path / "epoch_4.pth", weights_only=True)
    whole = torch.load(trained, weights_only=True)
    assert resumed["meta"]["epoch"] == whole["meta"]["epoch"] == 4
    assert resumed["meta"]["iter"] == whole["meta"]["iter"]
    losses = resumed["message_hub"]["log_scalars"]["train/loss"]["history_buffer"][0]
    assert len(losses) == 16, "the log of the killed part is kept"


def test_resuming_with_another_vocabulary_is_refused(tiny_config, trained, tmp_path):
    command = ["train", tiny_config, "--work-dir", tmp_path, "--resume", trained]
    said = refused(*command, "--cfg-options", "model.speaker.tokenizer.min_count=5")
    assert "vocabulary" in said.splitlines()[-1]


def test_print_config(tiny_config):
    done = succeed(
        "print-config", tiny_config, "--cfg-options", "model.speaker.decoding.max_length=7"
    )
    assert "type='ChangeCaptioner'" in done.stdout and "max_length=7" in done.stdout
