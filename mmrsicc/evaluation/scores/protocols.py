"""Protocols of published scores: what counts as a word.

A protocol rewrites sentences before they are scored, predictions and references alike.

- ``word``: as they are; a word is what stands between spaces.
- ``legacy_ids``: every word becomes its number in a vocabulary, as text, and rare words the number
  of "unknown". So do the repositories of RSICCformer, Chg2Cap and their descendants. BLEU, ROUGE-L
  and CIDEr-D change only by the unknown words; METEOR finds no stems or synonyms in numbers.
- ``ptb``: the Penn Treebank tokenizer of pycocoevalcap, which puts in lower case and drops
  punctuation, as is usual for MS COCO. It needs Java.
"""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmrsicc.evaluation.scores.java import find_java
from mmrsicc.utils.extras import import_extra
from mmrsicc.utils.text_files import read_json

#: Rewrites many sentences at once.
Protocol = Callable[[Sequence[str]], list[str]]

PROTOCOLS = ("word", "legacy_ids", "ptb")

#: Names of the unknown word in published vocabularies.
_UNKNOWN = ("<unk>", "<UNK>")


def build_protocol(
    name: str = "word", vocabulary: str | None = None, ann_file: str | None = None
) -> Protocol:
    """A protocol by its name.

    Args:
        name: One of :data:`PROTOCOLS`.
        vocabulary: For ``legacy_ids``: a JSON file of numbers by word, as the repositories ship
            them, or a preset of :class:`~mmrsicc.tokenizers.Vocabulary`.
        ann_file: For a preset: the caption file that it counts words in.

    Raises:
        FileNotFoundError: No such vocabulary or caption file.
        RuntimeError: ``ptb`` without Java.
        ValueError: An unknown name, or a vocabulary that is missing, broken or of no use.
    """
    if name not in PROTOCOLS:
        raise ValueError(f"protocol={name!r}: choose from {list(PROTOCOLS)}")
    if name == "legacy_ids":
        return LegacyIds(_read_vocabulary(vocabulary, ann_file))
    if vocabulary is not None:
        raise ValueError(f"vocabulary={vocabulary!r}: only the protocol legacy_ids uses one")
    if name == "ptb":
        find_java()  # A missing Java must raise an error before training.
        return ptb_tokenize
    return list


class LegacyIds:
    """Numbers in place of words.

    Args:
        ids: Numbers by word; ``<unk>`` or ``<UNK>`` must be among the words.

    Raises:
        ValueError: No unknown word.
    """

    def __init__(self, ids: Mapping[str, int]) -> None:
        unknown = [ids[word] for word in _UNKNOWN if word in ids]
        if not unknown:
            raise ValueError(f"the vocabulary has none of {_UNKNOWN}: add it to the words")
        self._ids = dict(ids)
        self._unknown = unknown[0]

    def __call__(self, sentences: Sequence[str]) -> list[str]:
        """Each sentence's numbers, separated by spaces."""
        return [
            " ".join(str(self._ids.get(word, self._unknown)) for word in sentence.split())
            for sentence in sentences
        ]


def ptb_tokenize(sentences: Sequence[str]) -> list[str]:
    """The tokens that pycocoevalcap's ``PTBTokenizer`` makes of each sentence.

    The same program is run on standard input: pycocoevalcap itself writes beside its own code,
    which not every installation allows.

    Raises:
        RuntimeError: No Java, or the tokenizer failed.
    """
    ptbtokenizer: Any = import_extra("pycocoevalcap.tokenizer.ptbtokenizer")
    jar = Path(ptbtokenizer.__file__).with_name(ptbtokenizer.STANFORD_CORENLP_3_4_1_JAR)
    program = [str(find_java()), "-cp", str(jar), "edu.stanford.nlp.process.PTBTokenizer"]
    text = "\n".join(" ".join(sentence.split()) for sentence in sentences) + "\n"
    done = subprocess.run(
        [*program, "-preserveLines", "-lowerCase", "-encoding", "utf-8"],
        input=text.encode(),
        capture_output=True,
        check=False,
    )
    lines = done.stdout.decode(errors="replace").split("\n")
    if done.returncode != 0 or len(lines) != len(sentences) + 1:
        raise RuntimeError(f"the PTB tokenizer failed: {done.stderr.decode(errors='replace')}")
    dropped = set(ptbtokenizer.PUNCTUATIONS)
    return [" ".join(word for word in line.split() if word not in dropped) for line in lines[:-1]]


def _read_vocabulary(vocabulary: str | None, ann_file: str | None) -> dict[str, int]:
    from mmrsicc.tokenizers.vocabulary import PRESETS, Vocabulary  # Needs torch.

    if vocabulary is None:
        raise ValueError(
            "the protocol legacy_ids needs a vocabulary: a JSON file of numbers by word, or one "
            f"of the presets {sorted(PRESETS)} and a caption file"
        )
    if vocabulary in PRESETS:
        if ann_file is None:
            raise ValueError(f"the preset {vocabulary!r} counts words: name the caption file")
        words = Vocabulary(preset=vocabulary, ann_file=ann_file).words
        return {word: number for number, word in enumerate(words)}
    path = Path(vocabulary)
    if not path.is_file():
        raise FileNotFoundError(f"no vocabulary {path}, and no preset: choose {sorted(PRESETS)}")
    ids = read_json(path)
    if not isinstance(ids, dict) or not all(isinstance(i, int) for i in ids.values()):
        raise ValueError(f'{path} must hold numbers by word: {{"<unk>": 1, "house": 2, ...}}')
    if not ids.keys() & {*_UNKNOWN}:
        raise ValueError(f"{path} has none of {_UNKNOWN}: add it to the words")
    return ids
