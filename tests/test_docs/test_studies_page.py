"""The examples of the page on studies are accepted as they stand."""

import re
from pathlib import Path

from mmrsicc.research.study.comparison import read_comparison

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/en/user_guides/studies.md"


def test_the_methods_of_the_comparison_may_be_compared(tmp_path):
    """What must be equal is equal by the budget."""
    text = PAGE.read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(# comparison\.py.*?)```", text, re.DOTALL)
    path = tmp_path / "comparison.py"
    path.write_text(example.replace('"configs/', f'"{ROOT}/configs/'), encoding="utf-8")
    study, _ = read_comparison([path])
    assert set(study.arms) == {"rsiccformer", "dfm"}
