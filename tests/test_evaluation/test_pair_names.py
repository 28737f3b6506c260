"""Sentences find their pairs whichever way these are called, or are refused."""

import json

import pytest
from data.make_levir_layout import CHANGE, NO_CHANGE, make_levir_cc

from mmrsicc.evaluation import change_caption_scores
from mmrsicc.evaluation.files.result_files import read_results

IDS = [f"test_{i:06d}" for i in range(4)]
#: Right of each pair: its first reference.
RIGHT = [NO_CHANGE[0], CHANGE[0], NO_CHANGE[0], CHANGE[0]]
PAIRS = list(zip(IDS, RIGHT, strict=True))


@pytest.fixture(scope="module")
def ann_file(tmp_path_factory):
    return make_levir_cc(tmp_path_factory.mktemp("data"), pairs=(2, 1, 4)) / "LevirCCcaptions.json"


def lines(form, pairs=PAIRS):
    return "".join(f"{form.format(id=i, said=s)}\n" for i, s in pairs)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plain.txt", lines("{said}")),
        ("folders.txt", lines("{id}.png\t{said}", PAIRS[::-1])),
        ("table.txt", lines("/data/site/B/{id}.tif\t{said}", PAIRS[::-1])),
        ("windows.txt", "\ufeff" + lines("C:\\B\\{id}.png\t{said}").replace("\n", "\r\n")),
        ("ids.txt", lines("{id}\t{said}  ")),
        ("written.txt", "".join(f"{i}\t{s.capitalize()}.\n" for i, s in PAIRS)),
        (
            "upper.jsonl",
            "".join(json.dumps({"id": i, "caption": s.upper()}) + "\n" for i, s in PAIRS),
        ),
        (
            "folders.jsonl",
            "".join(json.dumps({"id": f"B/{i}", "caption": s}) + "\n" for i, s in PAIRS),
        ),
        # The training and validation pairs have the numbers 0 to 2.
        (
            "numbers.jsonl",
            "".join(json.dumps({"id": n, "caption": s}) + "\n" for n, s in enumerate(RIGHT, 3)),
        ),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_perfect_sentences_are_perfect_in_every_form(tmp_path, ann_file, name, text, encoding):
    path = tmp_path / name
    path.write_bytes(text.lstrip("\ufeff" if encoding == "utf-16" else "").encode(encoding))
    records = read_results(path, ann_file).records
    assert [(record.pair_id, record.caption) for record in records] == PAIRS
    scores = change_caption_scores(records, ["BLEU", "ROUGE-L"])
    assert scores["flag_accuracy"] == 100 and scores["ROUGE-L"] == pytest.approx(100)
    assert scores["BLEU-4"] == pytest.approx(100)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "x.txt",
            lines("{id}.png {said}"),
            "line 1 begins with the name of a pair, 'test_000000.png'",
        ),
        ("x.txt", lines("{id}: {said}"), "line 1 begins with the name of a pair, 'test_000000'"),
        ("x.txt", lines("{id},{said}"), "line 1 begins with the name of a pair"),
        ("x.txt", "".join(f"{n}. {s}\n" for n, s in enumerate(RIGHT, 1)), "begins with its number"),
        ("x.txt", "".join(f"{n}\t{s}\n" for n, s in enumerate(RIGHT, 1)), "no pair '4' in split"),
        ("x.txt", lines("{id}\t{said}\t0.5"), "line 1 has 2 tabs"),
        ("x.txt", lines("{id}\t{said}") + "a house\n", "line 5 has 0 tabs"),
        ("x.txt", lines("other_{id}\t{said}"), "no pair 'other_test_000000' in split 'test'"),
        (
            "x.txt",
            lines("{id}\t{said}", PAIRS + PAIRS[:1]),
            "line 5: pair 'test_000000' comes twice",
        ),
        ("x.txt", lines("<start> {said} <end>"), 'line 1: "<start>" in .* is a token'),
        ("x.txt", lines("{said} <pad>"), "is a token"),
        ("x.txt", lines('"{said}"'), "line 1: .* stands in quotes"),
        ("x.txt", lines("['{said}']"), "stands in quotes or brackets"),
        ("x.txt", "nan\n" * 4, "line 1: .*empty value"),
        ("x.json", '{"test_000000": null}', "entry 0: expected"),
        ("x.json", '{"test_000000": NaN}', "entry 0: expected"),
        ("x.json", '{"test_000000": 12}', "entry 0: expected"),
        ("x.json", '[{"image_id": true, "caption": "a"}]', "entry 0: expected"),
        ("x.json", '[{"image_id": 3, "caption": "a", "caption": "b"}]', "'caption' comes twice"),
        ("x.jsonl", '{"id": "test_000000", "caption": "a"}\n{"id": "te', "line 2: not valid JSON"),
        ("x.jsonl", '{"id": "a", "caption": "b", "id": "c"}\n', "line 1: .*'id' comes twice"),
        ("x.jsonl", '{"id": "a", "caption": null}\n', "line 1: there must be 'caption'"),
        ("x.jsonl", '["a"]\n', "line 1: there must be an object"),
    ],
)
def test_what_would_be_scored_as_words_is_refused(tmp_path, ann_file, name, text, message):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as error:
        read_results(path, ann_file)
    assert str(path) in str(error.value)


def test_a_pair_that_could_not_be_captioned_has_no_sentence(tmp_path, ann_file):
    path = tmp_path / "x.jsonl"
    path.write_text(
        "".join(json.dumps({"id": i, "caption": s}) + "\n" for i, s in PAIRS[:3])
        + json.dumps({"id": IDS[3], "caption": None, "error": "no image at x.png"})
        + "\n"
    )
    with pytest.raises(ValueError, match=r"no sentence for 1 of the 4 pairs.*test_000003"):
        read_results(path, ann_file)
    assert read_results(path, ann_file, missing="empty").missing == [IDS[3]]
    with pytest.raises(
        ValueError, match=r"line 1: the pair has no sentence \(no image at x\.png\)"
    ):
        path.write_text(path.read_text().splitlines()[3])
        read_results(path)


def test_numbers_of_other_splits_are_other_pairs(tmp_path):
    """Both splits have a pair of the same file name, with numbers of their own."""
    ann_file = make_levir_cc(tmp_path, pairs=(1, 1, 1)) / "LevirCCcaptions.json"
    images = json.loads(ann_file.read_text())["images"]
    for image in images:
        image["filename"] = "x.png"
    ann_file.write_text(json.dumps({"images": images}))
    path = tmp_path / "x.json"
    path.write_text(json.dumps([{"image_id": 2, "caption": "a house"}]))
    assert read_results(path, ann_file).records[0].caption == "a house"
    path.write_text(json.dumps([{"image_id": 1, "caption": "a house"}]))
    with pytest.raises(ValueError, match="no pair '1'"):
        read_results(path, ann_file)


@pytest.mark.parametrize(
    ("caption", "reference", "message"),
    [
        ("A house", "a house", "captions have capitals .'A house'., references have none"),
        ("a house.", "a house", "captions have final full stops"),
        ("a house", "A house", "references have capitals"),
        ("a house", "a house.", "references have final full stops"),
        ("A House.", "A house.", None),
        ("", "A house.", None),
    ],
)
def test_own_files_are_written_alike_on_both_sides(tmp_path, caption, reference, message):
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({"id": "a", "caption": caption, "references": [reference]}) + "\n")
    if message is None:
        assert read_results(path).records[0].caption == caption
        return
    with pytest.raises(ValueError, match=message):
        read_results(path)


@pytest.mark.parametrize(
    "text",
    [
        lines("test/A/{id}.png: {said}"),
        lines("test/A/{id}.png {said}"),
        lines("C:\\data\\{id}.png, {said}"),
        lines("{id}.jpg {said}"),
    ],
)
def test_paths_in_front_of_sentences_are_refused(tmp_path, ann_file, text):
    path = tmp_path / "x.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match="line 1 begins with the name of a pair"):
        read_results(path, ann_file)


def _numbered(tmp_path, numbers, files):
    """A caption file with a test split of these numbers and file names among others."""
    images = [
        {
            "imgid": number,
            "filename": file,
            "split": "test",
            "changeflag": 1,
            "sentences": [{"raw": f"house {file}", "tokens": ["house", file]}],
        }
        for number, file in zip(numbers, files, strict=True)
    ]
    path = tmp_path / "captions.json"
    path.write_text(json.dumps({"images": images}))
    return path


def test_places_count_where_not_all_names_are_numbers_of_pairs(tmp_path):
    """The test split has the numbers 0, 2, 4 and 5: "0" to "3" can only be places."""
    ann_file = _numbered(tmp_path, (0, 2, 4, 5), [f"{c}.png" for c in "dbca"])
    path = tmp_path / "x.json"
    path.write_text(json.dumps({str(k): f"said {c}" for k, c in enumerate("dbca")}))
    found = {r.pair_id: r.caption for r in read_results(path, ann_file).records}
    assert found == {c: f"said {c}" for c in "abcd"}


def test_numbers_that_are_names_and_places_are_refused(tmp_path):
    """As files are listed, 10.png comes before 2.png."""
    names = sorted(f"{k}.png" for k in range(12))
    ann_file = _numbered(tmp_path, range(12), names)
    path = tmp_path / "x.json"
    path.write_text(json.dumps({str(k): f"said {k}" for k in range(12)}))
    with pytest.raises(ValueError, match=r"0 to 11 may be .* give the names with their suffix"):
        read_results(path, ann_file)
    path.write_text(json.dumps({f"{k}.png": f"said {k}" for k in range(12)}))
    assert all(r.caption == f"said {r.pair_id}" for r in read_results(path, ann_file).records)


def test_numbers_that_are_names_and_imgid_are_refused(tmp_path):
    ann_file = _numbered(tmp_path, (3, 1, 2), ["1.png", "2.png", "3.png"])
    path = tmp_path / "x.json"
    path.write_text(json.dumps([{"image_id": k, "caption": f"said {k}"} for k in (1, 2, 3)]))
    with pytest.raises(ValueError, match=r"numbers 1 to 3 may be names of pairs, imgid or places"):
        read_results(path, ann_file)
    path.write_text(json.dumps({f"{k}.png": f"said {k}" for k in (1, 2, 3)}))
    assert all(r.caption == f"said {r.pair_id}" for r in read_results(path, ann_file).records)


def test_a_tokenizer_makes_both_sides_alike(tmp_path):
    path = tmp_path / "x.jsonl"
    line = {"id": "a", "caption": "A house is built.", "references": ["a house is built"]}
    path.write_text(json.dumps(line))
    (record,) = read_results(path, tokenized=True).records
    assert record.caption == "A house is built."


@pytest.mark.parametrize(("flag", "read"), [(1.0, 1), (0.0, 0), (1, 1), (None, None)])
def test_flags_of_tables_are_numbers_with_a_point(tmp_path, flag, read):
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({"id": "a", "caption": "b", "references": ["c"], "flag": flag}))
    (record,) = read_results(path).records
    assert record.flag == read and type(record.flag) is type(read)
