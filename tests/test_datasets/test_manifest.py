"""Caption files as Parquet."""

import json
import pickle

import numpy as np
import pytest

pyarrow = pytest.importorskip("pyarrow", reason="manifests need the extra geo")

from pyarrow.parquet import write_table  # noqa: E402

from mmrsicc.datasets import ChangeCaptionDataset  # noqa: E402
from mmrsicc.datasets.caption_file import read_split  # noqa: E402
from mmrsicc.tokenizers.vocabulary import Vocabulary  # noqa: E402

SAME = "the scene is the same as before"
ROWS = [
    {"filename": "a.png", "split": "train", "sentences": ["A road is built.", "a new road"]},
    {"filename": "b.png", "split": "test", "sentences": [SAME]},
    {"filename": "c.png", "split": "train", "sentences": [SAME, "there is no difference"]},
    {"filename": "d.png", "split": "train", "sentences": ["a house is gone"]},
]


@pytest.fixture
def files(tmp_path):
    """The same captions as Parquet and as JSON, with their images."""
    write_table(pyarrow.Table.from_pylist(ROWS), tmp_path / "captions.parquet")
    images = [{**row, "sentences": [{"raw": s} for s in row["sentences"]]} for row in ROWS]
    (tmp_path / "captions.json").write_text(json.dumps({"images": images}))
    for row in ROWS:
        for date in "AB":
            folder = tmp_path / "images" / row["split"] / date
            folder.mkdir(parents=True, exist_ok=True)
            (folder / row["filename"]).touch()
    return tmp_path / "captions.parquet", tmp_path / "captions.json"


def datasets(files, **options):
    return [ChangeCaptionDataset(f.name, data_root=str(f.parent), **options) for f in files]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"split": "test", "test_mode": True},
        {"caption_mode": "first", "no_change_policy": "collapse"},
        {"indices": 2},
        {"indices": [2, 0]},
    ],
)
def test_a_manifest_says_what_the_caption_file_says(files, options):
    one, other = datasets(files, **options)
    assert len(one) == len(other) > 0
    assert [one.get_data_info(i) for i in range(len(one))] == [
        other.get_data_info(i) for i in range(len(other))
    ]
    assert one.sentences() == other.sentences()
    assert one.changed_captions() == other.changed_captions()
    assert one.get_subset([0]).get_data_info(0) == other.get_subset([0]).get_data_info(0)


def test_a_worker_gets_the_same_rows(files):
    (dataset,) = datasets(files[:1])
    again = pickle.loads(pickle.dumps(dataset))
    assert [again[i] for i in range(3)] == [dataset[i] for i in range(3)]


def test_a_sentence_may_be_drawn_at_each_access(files):
    (dataset,) = datasets(files[:1], caption_mode="random")
    np.random.seed(0)  # noqa: NPY002
    drawn = {dataset.get_data_info(0)["targets"][0] for _ in range(20)}
    assert drawn == {"a road is built", "a new road"}
    with pytest.raises(ValueError, match="take 'random'"):
        datasets(files[:1], caption_mode="sentence")


def test_vocabulary_and_references_are_read_of_it_too(files):
    words = [Vocabulary(ann_file=str(file), min_count=1).words for file in files]
    assert words[0] == words[1]
    assert read_split(files[0], "train") == read_split(files[1], "train")


@pytest.mark.parametrize(
    ("written", "asked"), [("validation", "val"), ("val", "Validation"), ("Night", "Night")]
)
def test_splits_have_their_other_names_here_too(files, written, asked):
    write_table(pyarrow.Table.from_pylist([{**ROWS[0], "split": written}]), files[0])
    (dataset,) = datasets(files[:1], split=asked)
    assert len(dataset) == 1 and dataset.get_data_info(0)["pair_id"] == "a"


@pytest.mark.parametrize("kind", [pyarrow.string(), pyarrow.dictionary(pyarrow.int8(), "string")])
def test_splits_are_read_in_any_spelling(files, kind):
    written = ("train", "Train", " train", "test", "Training ")
    rows = [{**ROWS[0], "filename": f"{i}.png", "split": name} for i, name in enumerate(written)]
    table = pyarrow.Table.from_pylist(rows)
    split = table["split"].dictionary_encode().cast(kind)
    write_table(table.set_column(1, "split", split), files[0])
    (dataset,) = datasets(files[:1])
    assert [row["pair_id"] for row in dataset] == ["0", "1", "2", "4"]
    assert len(read_split(files[0], "train")) == 4


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"filename": "a.png", "split": "train"}], "lacks the column sentences"),
        ([{**ROWS[0], "sentences": "a road"}], "needs the columns"),
        ([ROWS[1]], "no pair in split 'train'"),
        ([ROWS[0], {**ROWS[1], "split": None}], "rows without a split"),
        ([ROWS[0], {**ROWS[0], "filename": "a.tif"}], "has pair a twice"),
    ],
)
def test_what_is_no_manifest_is_refused(files, rows, message):
    write_table(pyarrow.Table.from_pylist(rows), files[0])
    with pytest.raises(ValueError, match=rf"captions\.parquet.*{message}"):
        datasets(files[:1])
    files[0].write_bytes(b"hello")
    with pytest.raises(ValueError, match="is no manifest"):
        datasets(files[:1])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({**ROWS[0], "filename": "../a.png"}, "below the folder"),
        ({**ROWS[0], "sentences": []}, '"sentences" is missing'),
        ({**ROWS[0], "changeflag": 3}, '"changeflag" is 3'),
    ],
)
def test_a_wrong_row_is_refused_when_it_is_read(files, row, message):
    kinds = [("sentences", pyarrow.list_(pyarrow.string())), ("changeflag", pyarrow.int8())]
    schema = pyarrow.schema([(n, pyarrow.string()) for n in ("filename", "split")] + kinds)
    write_table(pyarrow.Table.from_pylist([row], schema), files[0])
    (dataset,) = datasets(files[:1])
    with pytest.raises(ValueError, match=f"record 0 .*{message}"):
        dataset.get_data_info(0)
