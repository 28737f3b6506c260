import json
import subprocess

import pytest
from test_cli.conftest import MMRSICC, ROOT, run_tool

pytestmark = pytest.mark.slow

STUDY = """
base = "{base}"
splits = ("test", "val")
short = dict(train_cfg=dict(max_epochs=1))
arms = dict(
    full=short,
    ar=dict(
        model=dict(
            encoder=dict(
                change_detector=None,
                neck=dict(_delete_=True, type="SubtractionNeck", out_channels=64),
            ),
        ),
        **short
    ),
    broken=dict(model=dict(encoder=dict(neck=dict(type="NoSuchNeck")))),
)
groups = dict(good=("full", "ar"))
comparisons = (("full", "ar"),)
"""


def test_a_study_runs_goes_on_and_tabulates(tiny_config, tmp_path):
    study = tmp_path / "study.py"
    study.write_text(STUDY.format(base=tiny_config))
    work = ("--work-dir", tmp_path / "work", "--resamples", 50)
    command = [*MMRSICC, "ablate", study, *work, "--seeds", 1]
    done = run_tool(*command, "--arms", "good", "--jobs", 2)
    assert "0 of 2 runs are done already" in done.stdout
    assert "| full - ar | 1 |" in done.stdout
    summary = json.loads((tmp_path / "work/summary.json").read_text())
    assert summary["splits"].keys() == {"test", "val"}
    full = summary["splits"]["val"]["methods"]["full"]
    assert [run["seed"] for run in full["runs"]] == [42]
    bleu = full["runs"][0]["scores"]["BLEU-1"]
    assert full["intervals"]["BLEU-1"]["mean"] == pytest.approx(bleu)

    # A second time there is nothing to train, and a broken arm stops no other.
    again = subprocess.run(
        [str(part) for part in command], cwd=ROOT, capture_output=True, text=True
    )
    assert "2 of 3 runs are done already" in again.stdout
    assert again.returncode != 0 and "1 runs failed: broken/seed42" in again.stderr
    assert "NoSuchNeck" in (tmp_path / "work/broken/seed42/log.txt").read_text()
    assert "| full - ar | 1 |" in again.stdout

    # What was trained by another config is not taken for this one, and refused before training.
    study.write_text(study.read_text().replace("max_epochs=1", "max_epochs=2"))
    for options in (["--summary-only"], ["--arms", "broken"]):
        refused = subprocess.run(
            [str(part) for part in (*command, *options)], cwd=ROOT, capture_output=True, text=True
        )
        assert refused.returncode != 0 and "started" not in refused.stdout
        assert "holds a run of another config" in refused.stderr
