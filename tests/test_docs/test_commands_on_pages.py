"""Every ``mmrsicc`` command on the pages parses with the arguments that the command really has."""

import re
import shlex
from pathlib import Path

import pytest

from mmrsicc.cli import main as cli

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("docs/en/**/*.md"), *ROOT.glob("configs/*/README.md"), *ROOT.glob("*.md")]
)
BLOCK = re.compile(r"^```(?:shell|bash|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[list[str]]:
    """Arguments of ``mmrsicc`` in the blocks of a page; optional ones of a synopsis are given."""
    lines = "".join(BLOCK.findall(text)).replace("\\\n", " ").splitlines()
    found = [re.search(r"(?:^|[;|&] |\$ |--no-python )\s*mmrsicc (.*)", line) for line in lines]
    texts = [re.sub(r"[\[\]]|\.\.\.", "", match[1]) for match in found if match]
    return [shlex.split(text.split(" | ")[0], comments=True) for text in texts]


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if commands(page.read_text(encoding="utf-8"))],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_commands_have_these_arguments(page, capsys):
    wrong = []
    for name, *arguments in commands(page.read_text(encoding="utf-8")):
        if name == "--help" or name == "--version":
            continue
        try:
            parser = cli._parser(name, cli._load(name))
            parser.parse_intermixed_args(arguments)
        except ModuleNotFoundError:
            wrong.append(f"mmrsicc {name}: there is no such command")
        except SystemExit:
            wrong.append(f"mmrsicc {shlex.join([name, *arguments])}: {capsys.readouterr().err}")
    assert not wrong, "\n".join(wrong)


def test_a_command_is_read_from_its_block():
    text = (
        "```shell\n$ mmrsicc test CONFIG [CHECKPOINT] \\\n    --out 'a b.jsonl'  # scores\n```\n"
        "mmrsicc of the text\n```python\nmmrsicc = 1\n```\n"
    )
    assert commands(text) == [["test", "CONFIG", "CHECKPOINT", "--out", "a b.jsonl"]]
