"""The model that comes with the package."""

import hashlib

import torch
from test_cli.conftest import ROOT

from mmrsicc import shipped
from mmrsicc.apis import ChangeCaptionInferencer, input_size
from mmrsicc.apis.model_facts import model_facts
from mmrsicc.cli.main import main
from mmrsicc.utils.checkpoint import read_checkpoint

PATH = shipped.FOLDER / f"{shipped.DEFAULT}.pth"


def test_it_is_small_and_plain():
    assert PATH.stat().st_size <= 15e6
    weights = read_checkpoint(PATH)["state_dict"]
    assert {t.dtype for t in weights.values() if t.is_floating_point()} == {torch.float16}


def test_it_says_what_it_was_trained_on():
    facts = model_facts(PATH)
    assert "LEVIR-CC" in facts.training
    captioner = ChangeCaptionInferencer(device="cpu")
    # Tiles of 128 m.
    assert facts.gsd.least * input_size(captioner.model) == 128


def test_it_captions_the_pair_of_the_readme(capsys):
    main(["caption", *(str(ROOT / "mmrsicc/demo/pair" / f"{d}.png") for d in ("before", "after"))])
    assert len(capsys.readouterr().out.split()) > 2


def test_its_card_is_filled_in_from_scores_of_this_file():
    card = (ROOT / "docs/en/user_guides/shipped_model.md").read_text(encoding="utf-8")
    filled_in = hashlib.sha256(PATH.read_bytes()).hexdigest() in card
    assert filled_in and "not filled in yet" not in card, "run docs/en/model_card.py"
