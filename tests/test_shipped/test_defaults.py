"""What captions where no model is named."""

import pytest
from test_cli.conftest import refused, succeed

from mmrsicc import shipped
from mmrsicc.apis import ChangeCaptionInferencer, get_model, list_models
from mmrsicc.apis.model_listing import find_config
from mmrsicc.cli import demo
from mmrsicc.demo import server

NOTICE = "no model given: using dfm-small"


@pytest.fixture
def pair(folders):
    return [f"{folder}/b.png" for folder in folders]


@pytest.fixture
def sentence(stand_in, pair):
    (result,) = ChangeCaptionInferencer(stand_in, device="cpu")(tuple(pair))
    return result.caption


def test_from_python(stand_in, pair, sentence, capsys):
    captioner = ChangeCaptionInferencer(device="cpu")
    assert captioner.checkpoint == stand_in
    assert captioner(tuple(pair))[0].caption == sentence
    said = capsys.readouterr()
    assert said.out == "" and said.err == f"{NOTICE}\n"


def test_two_images_alone_are_captioned(pair, sentence):
    done = succeed("caption", *pair, "--device", "cpu")
    assert done.stdout == f"{sentence}\n"
    assert done.stderr.count(NOTICE) == 1


@pytest.mark.usefixtures("stand_in")
def test_two_folders_and_a_table_alone(folders, tmp_path):
    assert len(succeed("caption", *folders).stdout.splitlines()) == 5
    (tmp_path / "pairs.csv").write_text("before,after\nbefore/b.png,after/b.png\n")
    done = succeed("caption", "--csv", tmp_path / "pairs.csv", "--out", tmp_path / "out.jsonl")
    assert len(done.stdout.splitlines()) == 1 and NOTICE in done.stderr


def test_its_name_is_as_good(pair, sentence):
    done = succeed("caption", "dfm-small", *pair, "--device", "cpu")
    assert done.stdout == f"{sentence}\n" and NOTICE not in done.stderr


def test_a_model_that_is_named_captions(checkpoint, pair):
    """Also where no model came with the package."""
    assert NOTICE not in succeed("caption", checkpoint, *pair).stderr


def test_words_that_could_mean_two_things_are_refused(stand_in, pair, tmp_path, monkeypatch):
    assert "dfm-small names a model" in refused("caption", "dfm-small", pair[0])
    assert "nothing; see --help" in refused("caption")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dfm-small").mkdir()
    assert "write ./dfm-small for the folder" in refused("caption", "dfm-small", "after")
    assert "comes with its weights" in refused("caption", "dfm-small", stand_in, *pair)
    assert "is no model" in refused("caption", *pair, pair[1])


def test_without_the_file_the_message_says_so(pair, tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    said = refused("caption", *pair)
    assert said.strip().endswith("name a checkpoint, or install mmrsicc again")
    assert str(tmp_path / "dfm-small.pth") in said


def test_it_is_listed_and_built_by_name(stand_in):
    assert {"dfm-small", "dfm_levircc"} <= set(list_models()) and list_models("*-small")
    assert get_model("dfm-small").speaker.tokenizer.encode("house")
    assert "dfm-small (with its weights)" in succeed("info").stdout
    with pytest.raises(ValueError, match="dfm-small comes with its weights"):
        find_config("dfm-small")


@pytest.mark.usefixtures("stand_in")
def test_the_page_takes_it(monkeypatch):
    """Gradio is not needed up to here."""
    served = []
    monkeypatch.setattr(demo, "find_spec", lambda name: True)
    monkeypatch.setattr(server, "serve", lambda captioner, facts, *rest: served.append(facts))
    assert NOTICE in succeed("demo", "--device", "cpu").stderr
    assert "dfm-small.pth" in served[0].name
