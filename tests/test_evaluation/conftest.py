"""The test split of LEVIR-CC with a published model's sentences, and one running METEOR."""

import json
from dataclasses import dataclass

import pytest

from mmrsicc.evaluation import caption_scorer

NAMES = {
    "Bleu_1": "BLEU-1",
    "Bleu_2": "BLEU-2",
    "Bleu_3": "BLEU-3",
    "Bleu_4": "BLEU-4",
    "METEOR": "METEOR",
    "ROUGE_L": "ROUGE-L",
    "CIDEr": "CIDEr-D",
}


@dataclass
class PublishedRun:
    """References, predictions and flags by file name, and what was stored with them.

    Stored are counts, scores in percent by system and name, and per name one percentage per pair.
    """

    references: dict[str, list[str]]
    predictions: dict[str, str]
    flags: dict[str, int]
    counts: dict[str, float]
    scores: dict[str, dict[str, float]]
    per_pair: dict[str, list[float]]


@pytest.fixture(scope="session")
def published_run(real_data) -> PublishedRun:
    folder = real_data / "levir_cc"
    annotation = json.loads((folder / "LevirCCcaptions.json").read_text(encoding="utf-8"))
    images = [image for image in annotation["images"] if image["split"] == "test"]
    images.sort(key=lambda image: image["filename"])
    names = [image["filename"] for image in images]
    references = [[" ".join(s["tokens"]) for s in image["sentences"]] for image in images]
    sentences = (folder / "promptcc_A2B_test_predictions.txt").read_text(encoding="utf-8")
    stored = json.loads((folder / "promptcc_A2B_expected_scores.json").read_text(encoding="utf-8"))
    return PublishedRun(
        references=dict(zip(names, references, strict=True)),
        predictions=dict(zip(names, sentences.splitlines(), strict=True)),
        flags={image["filename"]: int(image["changeflag"]) for image in images},
        counts=stored["counts"],
        scores={
            system: {NAMES[name]: 100 * value for name, value in scores.items()}
            for system, scores in stored["scores"].items()
        },
        per_pair={
            NAMES[name]: [100 * value for value in stored["per_image"][name]]
            for name in ("CIDEr", "METEOR")
        },
    )


@pytest.fixture(scope="session")
def score():
    """`caption_scores` with METEOR already started, which takes seconds."""
    with caption_scorer() as scorer:
        yield scorer
