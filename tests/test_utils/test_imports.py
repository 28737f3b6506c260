"""What an import of the package costs and pulls in."""

import json
import subprocess
import sys

import pytest

OPTIONAL = [
    "mmdet",
    "mmseg",
    "mmpretrain",
    "opencd",
    "sentence_transformers",
    "pycocoevalcap",
    "rasterio",
    "gradio",
]
# MMEngine's model package itself imports transformers where that is installed.
ALL_PARTS = "mmrsicc.models, mmrsicc.datasets, mmrsicc.evaluation, mmrsicc.engine, mmrsicc.apis"


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [("mmrsicc, mmrsicc.registry", [*OPTIONAL, "transformers"]), (ALL_PARTS, OPTIONAL)],
)
def test_importing_pulls_in_nothing_optional(modules, unwanted):
    code = f"import sys, {modules}; print([m for m in {unwanted} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


#: Of an unchanged and of a changed pair.
SENTENCES = (
    ["the scene is the same as before", "nothing has changed"],
    ["a row of houses is built along the road", "houses appear beside the road"],
)

#: Makes packages look as if they were not installed.
BLOCKER = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocker())
"""


def test_captioning_needs_no_extra():
    code = f"""
from mmrsicc.utils.extras import INSTALL
BLOCKED = set(INSTALL)
{BLOCKER}
from pathlib import Path
from mmrsicc import demo
from mmrsicc.cli.main import main
pair = Path(demo.__file__).parent / "pair"
main(["caption", str(pair / "before.png"), str(pair / "after.png")])
late = {{"matplotlib", "torchvision"}} & set(sys.modules)
assert not late, late
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1 and len(done.stdout.split()) > 3


def test_scores_need_neither_torch_nor_openmmlab(tmp_path):
    """From the result file of a repository to S*m and the trivial baselines."""
    ann_file = tmp_path / "captions.json"
    entries = [
        {
            "filename": f"{split}_{number}.png",
            "split": split,
            "changeflag": number % 2,
            "sentences": [{"raw": text} for text in SENTENCES[number % 2]],
        }
        for split in ("train", "test")
        for number in range(4)
    ]
    ann_file.write_text(json.dumps({"images": entries}))
    answers = "".join(f"{SENTENCES[number % 2][0]}\n" for number in range(4))
    (tmp_path / "answers.txt").write_text(answers)
    (tmp_path / "others.txt").write_text(f"{SENTENCES[0][0]}\n" * 4)
    code = f"""
BLOCKED = {{"torch", "torchvision", "mmengine", "mmcv", "cv2", "PIL", "matplotlib", "rich"}}
{BLOCKER}
from mmrsicc.cli.main import main
from mmrsicc.evaluation import change_caption_scores, read_results
results = read_results("answers.txt", "captions.json", "test")
assert round(change_caption_scores(results.records)["BLEU-4"], 3) == 100
main(["eval", "answers.txt", "--ann-file", "captions.json", "--intervals", "50"])
main(["compare", "answers.txt", "others.txt", "--ann-file", "captions.json"])
main(["baselines", "captions.json"])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "METEOR" in done.stdout and "perfect_flag" in done.stdout
