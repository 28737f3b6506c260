"""The guide to training on one's own data: its caption file and its config."""

import csv
import json
from pathlib import Path

from data.make_levir_layout import make_levir_cc
from mmengine import Config

from mmrsicc.cli.main import main
from mmrsicc.datasets.caption_file import read_split

GUIDES = Path(__file__).parents[2] / "docs" / "en" / "user_guides"


def test_the_command_makes_the_caption_file_from_a_table(tmp_path):
    root = make_levir_cc(tmp_path)
    expected = [read_split(root / "LevirCCcaptions.json", s) for s in ("train", "val", "test")]
    records = json.loads((root / "LevirCCcaptions.json").read_text())["images"]
    (root / "LevirCCcaptions.json").unlink()
    with (root / "sentences.csv").open("w", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(["filename", "split", "sentence"])
        for record in records:
            for sentence in record["sentences"]:
                text = f"{' '.join(sentence['tokens'])}.".capitalize()
                writer.writerow([record["filename"], record["split"], text])

    main(
        ["make-captions", str(root / "sentences.csv"), "--out", str(root / "LevirCCcaptions.json")]
    )
    found = [read_split(root / "LevirCCcaptions.json", s) for s in ("train", "val", "test")]
    assert found == expected


def test_the_config_reads_its_own_pairs_everywhere():
    path = GUIDES / "examples" / "dfm_my-pairs.py"
    cfg = Config.fromfile(path)
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        assert loader.dataset.data_root == "data/my-pairs"
    assert cfg.model.tokenizer.ann_file == "data/my-pairs/LevirCCcaptions.json"
    assert "levir_cc_mini" not in cfg.train_dataloader.dataset.get("ann_file", "")
    assert cfg.val_dataloader.dataset.split == "val" and cfg.default_hooks.checkpoint.save_best
    code = path.read_text(encoding="utf-8").split('"""\n\n', 1)[1]
    assert code in (GUIDES / "own_data.md").read_text(encoding="utf-8")
