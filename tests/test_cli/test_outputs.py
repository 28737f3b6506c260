"""Files that commands write: never those that they read."""

import pytest

from mmrsicc.cli.main import main

#: Words of a command in which IN is its input and its output; none of them loads anything first.
COMMANDS = {
    "eval": "IN.jsonl --out IN.jsonl",
    "compare": "--a IN.jsonl --b b.jsonl --out ./IN.jsonl",
    "baselines": "IN.json --out IN.json",
    "statistics": "IN.py --out IN.py",
    "convert": "chg2cap IN.pth IN.pth --vocabulary v.json",
    "convert-detector": "tinycd IN.pth IN.pth",
    "mask-baselines": "a.py IN.py --out IN.py",
    "retrieve": "IN.py m.pth --out IN.py",
    "calibrate-change": "c.py IN.json --out IN.json",
    "report": "IN.html --out IN.html",
    "browse": "IN.png --out IN.png",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_an_input_is_not_overwritten(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = COMMANDS[command].split()
    (name,) = {word.removeprefix("./") for word in words if "IN" in word}
    (tmp_path / name).write_text("mine")
    with pytest.raises(SystemExit, match=rf"{name} would be overwritten, but it is used here"):
        main([command, *words])
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"
