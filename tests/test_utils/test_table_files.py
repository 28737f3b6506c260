"""Tables as Excel, LibreOffice and pandas write them."""

import pytest

from mmrsicc.utils.table_files import read_table_file

ROWS = [{"name": "é.png", "words": 'a, b; "c"'}, {"name": "x", "words": ""}]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ('name,words\né.png,"a, b; ""c"""\nx,\n', "utf-8"),
        ('name;words\r\né.png;"a, b; ""c"""\r\nx;\r\n', "utf-8-sig"),  # German Excel
        ('name\twords\r\né.png\t"a, b; ""c"""\r\nx\t\r\n', "utf-16"),  # Excel's Unicode Text
        ('sep=;\nname;words\né.png;"a, b; ""c"""\nx;\n', "utf-8"),
        (
            ' Name , WORDS ,,\n é.png ,"a, b; ""c""",,\nx,,,\n,,,\n\n',
            "utf-8",
        ),  # Empty columns, rows
        (',words,name\n0,"a, b; ""c""",é.png\n1,,x\n', "utf-8"),  # pandas with its index
        ('name,words\ré.png,"a, b; ""c"""\rx,', "utf-8"),  # Old Mac
    ],
)
def test_the_same_rows_however_they_are_written(tmp_path, text, encoding):
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode(encoding))
    table = read_table_file(path, ("name", "words"))
    assert [row for _, row in table.rows] == ROWS
    assert set(table.columns) == {"name", "words"}


def test_rows_know_their_lines(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("sep=,\na,b\n\n1,2\n,\n3,4\n")
    places = [where for where, _ in read_table_file(path, ("a", "b")).rows]
    assert places == [f"{path}, line 4", f"{path}, line 6"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "needs the columns a, b in its first line; it has none"),
        ("a;c\n1;2\n", "it has a, c"),
        ("a,b,A\n1,2,3\n", "the column a twice"),
        ("a,b\n", "has no row"),
        ("a,b\n,\n", "has no row"),
        ("a,b\n1,2\n1,2,3\n", "line 3: 3 cells for 2 columns.*double quotes"),
        ("a,b\n1\n", "line 2: 1 cells for 2 columns"),
        ('a,b\n1,"x\n2,"y"\n', "line 2: .*write a quote inside it twice"),
        ('a,b\n1,2\n3,"x\n', "line 3: .*double quotes"),
        ('a,b\n1,"x\n2,y"\n3,4\n', "line 2: the cell of b continues in the next line"),
        ("a,b\n1," + "x" * 200_000 + "\n", "line 2: field larger"),
    ],
)
def test_tables_that_would_lose_something_are_refused(tmp_path, text, message):
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        read_table_file(path, ("a", "b"))
    assert str(path) in str(error.value)


def test_no_table_and_a_spreadsheet(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no table"):
        read_table_file(tmp_path / "no.csv", ("a",))
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04")
    with pytest.raises(ValueError, match=r"a\.xlsx is a spreadsheet: save it as 'CSV UTF-8'"):
        read_table_file(tmp_path / "a.xlsx", ("a",))
