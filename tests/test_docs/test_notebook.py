"""The notebook for Colab: its cells are run, in their order, by one process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs/en/get_started/colab.ipynb"


@pytest.fixture(scope="module")
def cells():
    content = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    return content["cells"]


def test_it_is_stored_without_outputs_and_its_links_lead_somewhere(cells):
    assert len({cell["id"] for cell in cells}) == len(cells)
    assert not any(cell.get("outputs") for cell in cells)
    text = "".join(line for cell in cells for line in cell["source"])
    links = [part.partition(")")[0] for part in text.split("](")[1:]]
    assert links and all((NOTEBOOK.parent / link).is_file() for link in links)


def test_its_cells_run_and_draw_what_they_say(cells, tmp_path):
    code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    lines = [line for source in code for line in [*source, "\n"] if not line.startswith("%")]
    done = subprocess.run(
        [sys.executable, "-c", "".join(lines)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert len(said[0].split()) > 3 and said[1].startswith("probability of a change: ")
    assert said[2].endswith(said[0]) and said.count(said[0]) == 2  # By the API and the command.
    assert Image.open(tmp_path / "pair.png").width > 256
    assert Image.open(tmp_path / "mask.png").size == (256, 256)
