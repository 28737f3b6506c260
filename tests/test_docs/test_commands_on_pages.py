"""Commands on the pages parse with the arguments that commands and scripts really have."""

import re
import runpy
import shlex
from pathlib import Path

import pytest

from mmrsicc.cli import main as cli

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("docs/en/**/*.md"), *ROOT.glob("configs/*/README.md"), *ROOT.glob("*.md")]
)
BLOCK = re.compile(r"^```(?:shell|bash|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"(?:^|[;|&] |\$ |--no-python )\s*(?:mmrsicc|python (?=tools/)) ?(.*)")
SPAN = re.compile(r"(?<!`)`mmrsicc ([a-z][\w-]*[^`|]*)`(?!`)")


def commands(text: str) -> list[list[str]]:
    """Command or script, and its arguments, in the blocks of a page; optional ones are given."""
    lines = "".join(BLOCK.findall(text)).replace("\\\n", " ").splitlines()
    found = [CALL.search(line) for line in lines]
    texts = [re.sub(r"[\[\]]|\.\.\.", "", match[1]) for match in found if match]
    return [shlex.split(text.split(" | ")[0], comments=True) for text in texts]


def parse(name: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads the arguments as the command or the script does."""
    if name.startswith("tools/"):
        script = ROOT / name
        same = re.search(r'main\(\["([\w-]+)"', script.read_text(encoding="utf-8"))
        if same is None:
            monkeypatch.syspath_prepend(str(script.parent))
            monkeypatch.setattr("sys.argv", [name, *arguments])
            runpy.run_path(str(script))["parse_args"]()
            return
        name = same[1]
    cli._parser(name, cli._load(name)).parse_intermixed_args(arguments)


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if commands(page.read_text(encoding="utf-8"))],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_commands_have_these_arguments(page, capsys, monkeypatch):
    wrong = []
    for name, *arguments in commands(page.read_text(encoding="utf-8")):
        if name == "--help" or name == "--version":
            continue
        try:
            parse(name, arguments, monkeypatch)
        except (ModuleNotFoundError, FileNotFoundError) as error:
            wrong.append(f"{name}: there is no such command ({error})")
        except SystemExit:
            wrong.append(f"{shlex.join([name, *arguments])}: {capsys.readouterr().err}")
    assert not wrong, "\n".join(wrong)


def test_options_in_sentences_exist():
    """Those that a sentence gives with their command: `mmrsicc NAME --option`."""
    wrong = []
    for page in PAGES:
        for span in SPAN.findall(page.read_text(encoding="utf-8")):
            name, *words = span.split()
            options = cli._parser(name, cli._load(name))._option_string_actions
            wrong += [
                f"{page.relative_to(ROOT)}: mmrsicc {name} {word}"
                for word in words
                if word.startswith("--") and word not in options
            ]
    assert not wrong, "\n".join(wrong)


def test_a_command_is_read_from_its_block():
    text = (
        "```shell\n$ mmrsicc test CONFIG [CHECKPOINT] \\\n    --out 'a b.jsonl'  # scores\n```\n"
        "mmrsicc of the text\n```python\nmmrsicc = 1\n```\n"
        "```bash\npython tools/train.py A\npython -m pip list\n```\n"
    )
    assert commands(text) == [
        ["test", "CONFIG", "CHECKPOINT", "--out", "a b.jsonl"],
        ["tools/train.py", "A"],
    ]
