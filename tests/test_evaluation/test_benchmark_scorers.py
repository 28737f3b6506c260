import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TOOL = Path(__file__).parents[2] / "tools" / "analysis_tools" / "benchmark_scorers.py"


def test_prints_times_and_no_difference(tmp_path):
    pairs = [["a road is built", "a road appears", "the road"], ["no change", "no difference"]]
    images = [
        {
            "filepath": "test",
            "filename": f"{i}.png",
            "split": "test",
            "sentences": [{"raw": text} for text in texts],
        }
        for i, texts in enumerate(pairs)
    ]
    ann_file = tmp_path / "captions.json"
    ann_file.write_text(json.dumps({"images": images}))
    command = [sys.executable, str(TOOL), str(ann_file), "--scorers", "BLEU", "CIDEr-D"]
    ran = subprocess.run([*command, "--repeats", "1"], capture_output=True, text=True, check=True)
    assert "2 pairs" in ran.stdout
    rows = [line.split("│") for line in ran.stdout.splitlines() if "│" in line]
    cells = {row[1].strip(): [cell.strip() for cell in row[2:-1]] for row in rows}
    assert set(cells) == {"BLEU", "CIDEr-D", "BLEU CIDEr-D"}
    assert all(float(row[3]) < 1e-9 for row in cells.values())
