"""An authors' checkpoint converted on the command line, then tested and used."""

import json

import pytest
from data.make_levir_layout import make_levir_cc
from mmengine import Config
from test_cli.conftest import ROOT
from test_converters.same_network import VOCABULARY, read_reference
from test_converters.theirs import CONFIG, write_backbone, write_mccformers

from mmrsicc.apis.testing import score_checkpoint
from mmrsicc.cli.main import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data set, a config, the authors' file and their vocabulary."""
    folder = make_levir_cc(tmp_path_factory.mktemp("theirs"), pairs=(2, 2, 2))
    (folder / "small.py").write_text(CONFIG.format(root=ROOT, folder=folder))
    write_backbone(folder / "backbone.pth")
    write_mccformers(folder / "theirs.pth.tar", read_reference("mccformers_d")["shapes"])
    ids = {word: i for i, word in enumerate(VOCABULARY.words)}
    (folder / "WORDMAP.json").write_text(json.dumps(ids))
    return folder


@pytest.fixture
def convert(folder):
    """Runs the command."""

    def convert(*arguments):
        source, out = folder / "theirs.pth.tar", folder / "ours.pth"
        start = ["convert", "mccformers_d", source, out, "--config", folder / "small.py"]
        main([str(part) for part in (*start, *arguments)])

    return convert


def test_what_is_converted_can_be_tested_and_used(folder, convert, capsys):
    convert("--vocabulary", folder / "WORDMAP.json")
    lines = capsys.readouterr().out.splitlines()
    assert "vocabulary: 12 words" in lines
    assert {"neck: 1,832 parameters", "head: 9,196 parameters"} <= set(lines)
    assert any(line.startswith("backbone: ") and "backbone.pth" in line for line in lines)
    assert "    decoder.position_encoding.pe (5000, 1, 16)" in lines
    assert "not looked at: epoch, decoder_optimizer" in lines
    ours, out = folder / "ours.pth", folder / "results.jsonl"
    score_checkpoint(Config.fromfile(folder / "small.py"), "small.py", str(ours), out)
    capsys.readouterr()
    record = json.loads(out.with_suffix(".meta.json").read_text())
    assert record["trained"]["converted"]["note"] == "converted, not trained here"
    pair = [folder / "images" / "test" / date / "test_000000.png" for date in "AB"]
    main(["caption", *map(str, (ours, *pair)), "--device", "cpu"])
    captions = [json.loads(line)["caption"] for line in out.read_text().splitlines()]
    assert capsys.readouterr().out.strip() == captions[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "one of the arguments --vocabulary --preset --tokenizer is required"),
        (("--preset", "rsicc"), "give it and --ann-file together"),
        (("--preset", "rsicc", "--ann-file", "LevirCCcaptions.json"), "was trained with 12 words"),
    ],
)
def test_the_vocabulary_must_be_given(folder, convert, capsys, arguments, message):
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    with pytest.raises(SystemExit) as end:
        convert(*[folder / a if a.endswith(".json") else a for a in arguments])
    assert message in f"{end.value}{capsys.readouterr().err}"
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
