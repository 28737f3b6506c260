import numpy as np
import pytest

from mmrsicc.models import text_encoders
from mmrsicc.models.text_encoders import (
    HashedNgramEncoder,
    SentenceTransformerEncoder,
    cached_embeddings,
)

SENTENCES = ["a house is built", "a villa is constructed", "no change has occurred"]


class Counting(HashedNgramEncoder):
    def __init__(self):
        super().__init__(64)
        self.seen = []

    def encode(self, sentences):
        self.seen += sentences
        return super().encode(sentences)


def test_every_sentence_is_encoded_once_ever(tmp_path):
    encoder = Counting()
    first = cached_embeddings(encoder, SENTENCES[:2], tmp_path)
    again = cached_embeddings(encoder, SENTENCES[::-1], tmp_path)
    assert encoder.seen == SENTENCES
    np.testing.assert_array_equal(first, again[:0:-1])
    assert cached_embeddings(Counting(), SENTENCES, tmp_path).dtype == np.float16
    assert [p.name for p in tmp_path.iterdir()] == ["hashed-ngram-64.npz"]


def test_a_damaged_cache_is_named_and_the_other_processes_are_told(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(text_encoders, "broadcast_object_list", told.append)
    path = tmp_path / "hashed-ngram-64.npz"
    path.write_bytes(b"not an archive")
    with pytest.raises(ValueError, match=r"hashed-ngram-64\.npz.*delete it") as error:
        cached_embeddings(Counting(), SENTENCES, tmp_path)
    assert told == [[error.value]]


def test_hashed_ngrams_share_what_sentences_share():
    same, more = HashedNgramEncoder().encode(["a house is built", "a house is gone"])
    assert np.linalg.norm(same) == pytest.approx(1.0)
    # 4 words and 3 pairs each, of which 3 words and 2 pairs are common: 5 of 7.
    assert float(same @ more) == pytest.approx(5 / 7, abs=0.15)
    assert not HashedNgramEncoder().encode([""]).any()


def test_the_packaged_encoder_knows_meaning():
    encoder = SentenceTransformerEncoder("sentence-transformers/all-MiniLM-L6-v2", 384)
    house, villa, nothing = encoder.encode(SENTENCES)
    assert np.linalg.norm(house) == pytest.approx(1.0, abs=1e-5)
    assert house @ villa > house @ nothing + 0.2
    with pytest.raises(ValueError, match="embed_dims=384"):
        SentenceTransformerEncoder("sentence-transformers/all-MiniLM-L6-v2", 768).encode(["a"])


def test_a_folders_embeddings_are_told_apart_from_those_of_its_earlier_weights(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights.bin").write_bytes(b"one")
    encoder = SentenceTransformerEncoder(str(tmp_path / "model"))
    name = encoder.name
    assert name.startswith("model-") and encoder.name == name
    (tmp_path / "model" / "weights.bin").write_bytes(b"another")
    assert encoder.name != name
    assert SentenceTransformerEncoder("a/b").name == "a_b"


def test_an_encoder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(OSError, match="all-MiniLM-L6-v2"):
        SentenceTransformerEncoder(str(tmp_path / "missing")).encode(["a"])
