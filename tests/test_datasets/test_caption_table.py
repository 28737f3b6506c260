"""From a table of sentences to a caption file, as people's tables are."""

import json

import pytest

from mmrsicc.cli.main import main
from mmrsicc.datasets.caption_file import read_split
from mmrsicc.datasets.caption_table import plain_words, read_caption_table

HEADER = "filename,split,sentence\n"


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "sentences.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Two houses, and a road,have appeared.", "two houses and a road have appeared"),
        ("A 1.5 km long road (new): T-shaped!", "a 1.5 km long road new t-shaped"),
        (
            "The road\u2019s end; the \u201cold\u201d houses' roofs \u2013 gone\u2026",
            "the road's end the old houses' roofs gone",
        ),
        ("'Some' 1,000 m\u00b2 and 50%?", "some 1,000 m\u00b2 and 50%"),
        ("... - !", ""),
    ],
)
def test_words_without_punctuation(sentence, words):
    assert plain_words(sentence) == words.split()


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (
            HEADER + 'n.png,train,"A house, and a road."\nn.png,val,A tree.\nn.png,train,Two.\n',
            "utf-8",
        ),
        (
            "Split;note;Sentence;FileName\r\nTrain;x;A house, and a road.;n.png\r\n"
            "validation;;A tree.;n.png\r\nTRAIN;;Two.;n.png\r\n;;;\r\n",
            "utf-8-sig",
        ),
        (
            "filename\tsplit\tsentence\nn.png\ttrain\tA house, and a road.\n"
            "n.png\tvalid\tA tree.\nn.png\ttrain\t Two.\n",
            "utf-16",
        ),
    ],
)
def test_equal_names_of_two_splits_are_two_pairs_and_no_word_is_lost(tmp_path, text, encoding):
    out = tmp_path / "LevirCCcaptions.json"
    main(["make-captions", str(write(tmp_path, text, encoding)), "--out", str(out)])
    (first,), (second,) = read_split(out, "train"), read_split(out, "val")
    assert first.captions == ("a house and a road", "two") and second.captions == ("a tree",)
    assert (first.folder, second.folder) == ("train", "val")
    assert (first.filename, second.filename) == ("n.png", "n.png")
    (entry, _) = json.loads(out.read_text(encoding="utf-8"))["images"][0]["sentences"]
    assert entry["raw"] == "A house, and a road."


def test_flags_are_those_of_the_pair(tmp_path):
    text = (
        "filename,split,sentence,changeflag\na.png,train,all quiet,0\na.png,train,all calm,\n"
        "b.png,train,a house,1.0\nc.png,train,there is no difference,\n"
    )
    records, _ = read_caption_table(write(tmp_path, text))
    assert [record.get("changeflag") for record in records] == [0, 1, None]


def test_names_with_accents_in_two_spellings_are_one_pair(tmp_path):
    text = HEADER + "\u00e9.png,train,a house\ne\u0301.png,train,a road\n"
    (record,), _ = read_caption_table(write(tmp_path, text))
    assert record["filename"] == "\u00e9.png" and len(record["sentences"]) == 2


def test_columns_that_are_left_out_are_named_and_nothing_is_overwritten(tmp_path, capsys):
    path, out = (
        write(tmp_path, "by,filename,split,sentence\nme,a.png,test,a house\n"),
        tmp_path / "c.json",
    )
    main(["make-captions", str(path), "--out", str(out)])
    said = capsys.readouterr()
    assert "columns left out: by" in said.err
    assert said.out == f"{out} has 1 pair (test 1) with 1 sentence\n"
    out.write_text("mine")
    with pytest.raises(SystemExit, match=r"c\.json is there already: give --overwrite"):
        main(["make-captions", str(path), "--out", str(out)])
    assert out.read_text() == "mine"
    main(["make-captions", str(path), "--out", str(out), "--overwrite"])
    assert len(read_split(out, "test")) == 1
    with pytest.raises(SystemExit, match=r"end it in \.json"):
        main(["make-captions", str(path), "--out", str(tmp_path / "c.csv")])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER + "a.png,train,Two houses, and a road\n", "line 2: 4 cells for 3 columns"),
        (HEADER + "a.png,train\n", "line 2: 2 cells for 3 columns"),
        (HEADER + "a.png,train,\n", "line 2: the sentence '' has no word"),
        (HEADER + "a.png,train,...\n", r"line 2: the sentence '\.\.\.' has no word"),
        (HEADER + "a.png,train,nan\n", "line 2: .*empty value"),
        (HEADER + "a.png,train,x\n,train,a house\n", "line 3: filename '' has no suffix"),
        (HEADER + "north_01,train,a house\n", "line 2: filename 'north_01' has no suffix"),
        (HEADER + "../a.png,train,a house\n", "line 2: filename is '../a.png': name a place"),
        (HEADER + "a.png,tarin,a house\n", "line 2: split 'tarin': write train, val or test"),
        (HEADER + "a.png,,a house\n", "line 2: split '': write"),
        (HEADER + "a.png,train,12\n", "record 0 .*has no letter"),
        (HEADER + "a.png,train,a <unk>\n", "record 0 .*<unk>"),
        (HEADER + "a.png,train,x\na.tif,train,y\n", "2 records of pair a "),
        ("filename,split,caption\na.png,train,x\n", "needs the columns filename, split, sentence"),
        (
            "filename,split,sentence,sentence2\na.png,train,x,y\n",
            "the column sentence2 would be lost: write each sentence on a line of its own",
        ),
        (
            "filename,split,sentence,Change_Flag\na.png,train,x,0\n",
            "the column change_flag would be lost: call it changeflag",
        ),
        (
            "filename,split,sentence,changeflag\na.png,train,x,1\na.png,train,y,0\n",
            r"line 3: changeflag 0 of a\.png, but 1 on an earlier line",
        ),
        ("filename,split,sentence,changeflag\na.png,train,x,yes\n", "line 2: changeflag 'yes'"),
    ],
)
def test_what_would_be_lost_or_wrong_is_refused_in_one_line(tmp_path, text, message):
    path, out = write(tmp_path, text), tmp_path / "c.json"
    with pytest.raises(SystemExit, match=message) as error:
        main(["make-captions", str(path), "--out", str(out)])
    assert str(path) in str(error.value) and "\n" not in str(error.value)
    assert not out.exists()
