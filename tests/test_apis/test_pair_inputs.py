import numpy as np
import pytest

from mmrsicc.apis.pair_inputs import pairs_of


def test_folders_are_joined_by_name(folders):
    before, after = folders
    (before / "notes.txt").write_text("no image")
    (after / "e.png").unlink()  # the pair is broken, which shows when it is loaded
    expected = [(before / f"{name}.png", after / f"{name}.png") for name in "abcde"]
    assert list(pairs_of((str(before), after))) == expected


def test_two_images_or_arrays_are_one_pair(folders):
    pair = (folders[0] / "a.png", folders[1] / "b.png")
    assert list(pairs_of(pair)) == list(pairs_of([str(path) for path in pair])) == [pair]
    arrays = (np.zeros((4, 4, 3), np.uint8), np.ones((4, 4, 3), np.uint8))
    assert list(pairs_of(arrays)) == [arrays]


def test_two_of_anything_else_are_one_pair_too():
    stack = np.zeros((2, 4, 4, 3), np.uint8)
    for pair in [(stack[0, ..., 0], stack[1, ..., 0]), ("a.png", stack[0]), (stack, stack)]:
        assert pairs_of(pair) == [pair]


def test_a_table_that_is_not_utf8(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_bytes("before,after\nä.png,b.png\n".encode("cp1252"))
    with pytest.raises(
        ValueError, match=r"pairs\.csv, line 2: byte 0xe4 is not UTF-8: .*'CSV UTF-8'"
    ):
        pairs_of(path)


def test_accents_in_a_table_and_on_disk(tmp_path):
    for name in ("e\u0301te\u0301.png", "b.png"):  # As macOS writes them.
        (tmp_path / name).touch()
    path = tmp_path / "pairs.csv"
    path.write_text("before,after\n\u00e9t\u00e9.png,b.png\n", encoding="utf-8")
    ((before, _),) = pairs_of(path)
    assert before.is_file()


def test_a_list_of_two_pairs_is_not_one_pair():
    pairs = [("a.png", "b.png"), ("c.png", "d.png")]
    assert list(pairs_of(pairs)) == list(pairs_of(iter(pairs))) == pairs


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pairs.csv", "id,before,after\n1,A/x.png,/data/y.png\n"),
        ("pairs.csv", "\ufeffbefore,after\r\nA/x.png,/data/y.png\r\n"),  # as Excel writes it
        ("pairs.csv", 'after,before\n"/data/y.png","A/x.png"\n'),
        ("pairs.tsv", "before\tafter\nA/x.png\t/data/y.png\n"),
        ("pairs.csv", "Before;After;\r\nA/x.png ;/data/y.png;\r\n;;\r\n"),
    ],
)
def test_paths_of_a_table_start_at_its_folder(tmp_path, name, text):
    (tmp_path / name).write_text(text.replace("/data", f"{tmp_path}/B"), encoding="utf-8")
    expected = [(tmp_path / "A" / "x.png", tmp_path / "B" / "y.png")]
    assert list(pairs_of(tmp_path / name)) == list(pairs_of(str(tmp_path / name))) == expected


def test_a_table_may_lie_beside_its_images(tmp_path):
    (tmp_path / "tables").mkdir()
    table = tmp_path / "tables" / "pairs.csv"
    table.write_text(f"before,after\nA/x.png,{tmp_path}/B/x.png\n")
    with pytest.raises(ValueError, match=r"line 2: '.* leads out of .*tables.*--root"):
        pairs_of(table)
    expected = [(tmp_path / "A" / "x.png", tmp_path / "B" / "x.png")]
    assert pairs_of(table, tmp_path) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "before:after\na:b\n",
            "needs the columns before, after in its first line; it has before:",
        ),
        ("", "it has none"),
        ("before,after\n", "has no row"),
        ("before,after\na.png,b.png\nc.png\n", "line 3: 1 cells for 2 columns"),
        ("before,after\na.png,b.png\nc.png,\n", "line 3: before or after is empty"),
        ("before,after\na,b\nc,d\na,b\n", r"line 4: this pair is in .*pairs\.csv, line 2 too"),
        ("before,after\na.png,b, c.png\n", "line 2: 3 cells for 2 columns"),
    ],
)
def test_faulty_tables_are_refused(tmp_path, text, message):
    path = tmp_path / "pairs.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        pairs_of(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("inputs", "error", "message"),
    [
        ("pairs.csv", FileNotFoundError, "there is no table pairs.csv"),
        ("before.png", ValueError, "before.png alone is no pair"),
        (("no/A", "no/B"), FileNotFoundError, "there is no no/A"),
        (5, ValueError, "got int"),
        (np.zeros((2, 4, 4, 3), np.uint8), ValueError, "got ndarray"),
    ],
)
def test_inputs_that_make_no_sense(inputs, error, message):
    with pytest.raises(error, match=message):
        pairs_of(inputs)


def test_folders_that_do_not_belong_together(folders, tmp_path):
    with pytest.raises(ValueError, match="two images or two folders"):
        pairs_of((folders[0], folders[1] / "a.png"))
    (tmp_path / "other").mkdir()
    with pytest.raises(ValueError, match="share none"):
        pairs_of((folders[0], tmp_path / "other"))


def test_folders_whose_systems_write_accents_differently(tmp_path):
    names = ["caf\u00e9.png", "cafe\u0301.png"]
    folders = [tmp_path / "A", tmp_path / "B"]
    for folder, name in zip(folders, names, strict=True):
        folder.mkdir()
        (folder / name).write_bytes(b"")
    assert list(pairs_of(tuple(folders))) == [(folders[0] / names[0], folders[1] / names[1])]
