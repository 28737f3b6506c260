"""Fabricated captions with the scores that METEOR 1.5's Java program gives them.

    python tests/data/make_meteor_answers.py

writes meteor_answers.json beside this file: tests hold METEOR in Python against it where there are
neither data sets nor Java. Needs the extra ``java``. The sentences are made up: synonyms, other
forms and paraphrases of one another, in other orders, with punctuation and capitals.
"""

import json
import random
from pathlib import Path

from mmrsicc.evaluation.scores.java_meteor import java_meteor

OUT = Path(__file__).with_name("meteor_answers.json")
PAIRS = 150
SUBJECTS = (
    *("a row of houses", "several houses", "two buildings", "many villas", "a large building"),
    *("a road", "some roads", "a parking lot", "the trees", "a lot of trees", "a swimming pool"),
    *("bare land", "the desert", "a path", "Mr. Smith's house", "3 factories", "the scene"),
)
VERBS = (
    *("is built", "are built", "has been constructed", "have appeared", "appears", "was removed"),
    *("have disappeared", "replaces", "replaced", "are being replaced with", "is the same as"),
)
PLACES = (
    *("on the bare land", "along the road", "next to the street", "in the top left corner"),
    *("in the upper left", "at the bottom of the scene", "beside a forest", "before"),
    *("in the right hand side", "near the lake", "on both sides of the road", "in the woods"),
)
MARKS = (",", ".", "U.S.", "no. 5", "1,000", "( new )", "--", "``quoted''", "it's", "x-1", "½")


def sentence(draw: random.Random) -> str:
    """A sentence; now and then shuffled, capitalised or with punctuation."""
    words = " ".join(draw.choice(part) for part in (SUBJECTS, VERBS, PLACES)).split()
    if draw.random() < 0.3:
        words += f"and {draw.choice(SUBJECTS)} {draw.choice(VERBS)}".split()
    if draw.random() < 0.15:
        draw.shuffle(words)
    if draw.random() < 0.25:
        words.insert(draw.randint(0, len(words)), draw.choice(MARKS))
    if draw.random() < 0.2:
        words[0] = words[0].capitalize()
    return " ".join(words)


def main() -> None:
    """Writes the file."""
    draw = random.Random(0)
    names = [f"pair_{number:03}" for number in range(PAIRS)]
    references = {name: [sentence(draw) for _ in range(draw.randint(1, 5))] for name in names}
    predictions = {name: sentence(draw) for name in names} | {names[0]: "", names[1]: "."}
    with java_meteor() as score:
        whole, each = score(references, predictions)
    pairs = [
        {"references": references[n], "prediction": predictions[n], "score": s}
        for n, s in zip(names, each, strict=True)
    ]
    OUT.write_text(
        json.dumps({"score": whole, "pairs": pairs}, indent=1, ensure_ascii=False) + "\n"
    )


if __name__ == "__main__":
    main()
