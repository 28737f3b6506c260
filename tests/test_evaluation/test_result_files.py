import json

import pytest
from data.make_levir_layout import make_levir_cc

from mmrsicc.evaluation import read_captions, write_captions
from mmrsicc.evaluation.files.result_files import read_results

IDS = ["test_000000", "test_000001", "test_000002"]
SAID = ["there is no difference", "a house appears", "no change"]


@pytest.fixture(scope="module")
def ann_file(tmp_path_factory):
    return make_levir_cc(tmp_path_factory.mktemp("data"), pairs=(2, 1, 3)) / "LevirCCcaptions.json"


def _write(folder, name, content):
    path = folder / name
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    return path


def _folder(folder, *_):
    for name, caption in zip(IDS, SAID, strict=True):
        text = f"pred_caption: {caption} \nref_caption: a .    b .    \n"
        _write(folder, f"{name}_cap.txt", text)
    (folder / "score.json").write_text("{}")
    return folder


FORMS = {
    "lines.txt": "\n".join(SAID) + "\n",
    "windows.txt": "\ufeff" + "\r\n".join(SAID),
    "own.jsonl": "".join(
        json.dumps({"id": i, "caption": c}) + "\n"
        for i, c in zip(IDS[::-1], SAID[::-1], strict=True)
    ),
    "coco_names.json": [
        {"image_id": f"{i}.png", "caption": c} for i, c in zip(IDS, SAID, strict=True)
    ],
    # The training and validation pairs come first: imgid 3, 4, 5.
    "coco_numbers.json": [{"image_id": 3 + n, "caption": c} for n, c in enumerate(SAID)][::-1],
    "rsicc_res.json": {str(n): [f"{c} "] for n, c in enumerate(SAID)},
    "by_id.json": dict(zip(IDS, SAID, strict=True)),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same(tmp_path, ann_file, name):
    results = read_results(_write(tmp_path, name, FORMS[name]), ann_file)
    assert [r.pair_id for r in results.records] == IDS
    assert [r.caption.strip() for r in results.records] == SAID
    assert [r.flag for r in results.records] == [0, 1, 0]
    assert all(len(r.references) == 5 for r in results.records)
    assert results.counts == {"pairs": 3, "empty": 0, "missing": 0}


def test_folder_of_caption_files(tmp_path, ann_file):
    results = read_results(_folder(tmp_path), ann_file)
    assert {r.pair_id: r.caption for r in results.records} == dict(zip(IDS, SAID, strict=True))


def test_own_file_needs_no_caption_file(tmp_path, ann_file):
    records = read_results(_write(tmp_path, "x.json", FORMS["by_id.json"]), ann_file).records
    write_captions(records, tmp_path / "own.jsonl")
    assert read_results(tmp_path / "own.jsonl").records == records
    assert read_captions(tmp_path / "own.jsonl") == records


def test_another_split(tmp_path, ann_file):
    path = _write(tmp_path, "lines.txt", "one\n")
    (record,) = read_results(path, ann_file, split="val").records
    assert (record.pair_id, record.caption) == ("val_000000", "one")


def test_empty_sentences_are_counted(tmp_path, ann_file):
    path = _write(tmp_path, "lines.txt", "a\n\n  \n")
    results = read_results(path, ann_file)
    assert [r.caption for r in results.records] == ["a", "", ""]
    assert results.counts == {"pairs": 3, "empty": 2, "missing": 0}


def test_missing_sentences_are_an_error_or_counted(tmp_path, ann_file):
    path = _write(tmp_path, "some.json", {IDS[1]: "a house"})
    with pytest.raises(ValueError, match=r"no sentence for 2 of the 3 pairs.*test_000000"):
        read_results(path, ann_file)
    results = read_results(path, ann_file, missing="empty")
    assert [r.caption for r in results.records] == ["", "a house", ""]
    assert results.missing == [IDS[0], IDS[2]]
    assert results.counts == {"pairs": 3, "empty": 2, "missing": 2}


@pytest.mark.parametrize("missing", ["error", "empty"])
@pytest.mark.parametrize(
    ("name", "content"), [("lines.txt", "a\nb\n"), ("x_res.json", {"0": ["a"], "1": ["b"]})]
)
def test_a_gap_among_sentences_without_names_is_never_filled(
    tmp_path, ann_file, name, content, missing
):
    with pytest.raises(ValueError, match=r"2 sentences.*3 pairs.*shifts"):
        read_results(_write(tmp_path, name, content), ann_file, missing=missing)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.json", {**FORMS["by_id.json"], "test_9": "a"}, "entry 3: no pair 'test_9'"),
        ("x.json", '{"test_000000": "a", "test_000000": "b"}', "entry 1: .* comes twice"),
        ("x.json", FORMS["coco_names.json"] * 2, "entry 3: pair 'test_000000' comes twice"),
        ("x.json", [{"image_id": "test_000000"}], "entry 0: expected 'image_id' and 'caption'"),
        ("x.json", [["a", "b"]], "entry 0: expected"),
        ("x.json", {"test_000000": ["a", "b"]}, "entry 0: expected"),
        ("x.json", "{", "not valid JSON"),
        ("x.json", "3", "expected a list or an object"),
        ("x.json", [], "is empty"),
        ("x.txt", "", "is empty"),
        ("x.jsonl", '{"id": "test_000000"}', "line 1: there must be 'caption'"),
        ("x.csv", "a", "come as"),
        ("y_cap.txt/", "", "no \\*_cap.txt"),
    ],
)
def test_broken_files_are_named(tmp_path, ann_file, name, content, message):
    path = tmp_path if name.endswith("/") else _write(tmp_path, name, content)
    with pytest.raises(ValueError, match=message) as error:
        read_results(path, ann_file)
    assert str(path) in str(error.value)


def test_other_encodings_are_named_with_their_line(tmp_path, ann_file):
    path = tmp_path / "x.txt"
    path.write_bytes("a\nà gauche\nb\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"line 2: byte 0xe0 is not UTF-8.*iconv"):
        read_results(path, ann_file)


def test_references_must_come_from_somewhere(tmp_path):
    with pytest.raises(ValueError, match="--ann-file"):
        read_results(_write(tmp_path, "x.txt", "a\n"))
    path = _write(tmp_path, "x.jsonl", '{"id": "p", "caption": "a"}\n')
    with pytest.raises(ValueError, match=r"line 1: there must be 'references'.*--ann-file"):
        read_results(path)


def test_real_fixture_in_split_order(published_run, real_data):
    folder = real_data / "levir_cc"
    results = read_results(
        folder / "promptcc_A2B_test_predictions.txt", folder / "LevirCCcaptions.json"
    )
    assert {f"{r.pair_id}.png": r.caption for r in results.records} == published_run.predictions
    assert results.counts["pairs"] == 1929
