"""Text and JSON in every encoding that people save: right, or refused with the line."""

import pytest

from mmrsicc.utils.text_files import read_json, read_text

TEXT = '{"a": "un bâtiment\u2028neuf"}\r\n'


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-mark", "utf-32", "utf-32-be-mark"]
)
def test_unicode_is_read_as_it_was_written(tmp_path, encoding):
    path = tmp_path / "a.json"
    if encoding.endswith("-mark"):
        path.write_bytes(f"\ufeff{TEXT}".encode(encoding.removesuffix("-mark")))
    else:
        path.write_bytes(TEXT.encode(encoding))
    assert read_text(path) == TEXT
    assert read_json(path) == {"a": "un bâtiment\u2028neuf"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a\nb\nbâtiment".encode("latin-1"), r"line 3: byte 0xe2 is not UTF-8: .*CSV UTF-8"),
        ("a\nbâtiment".encode("cp1252"), r"line 2: byte 0xe2 is not UTF-8"),
        ("a\nbâtiment".encode("utf-16-le"), "line 1: a zero byte"),
        ("a\nhouse".encode("utf-16-le"), "line 1: a zero byte: it is UTF-16 without its mark"),
        ("bâtiment".encode("utf-16")[:-1], r"line 1: byte 0x\w\w is not UTF-16"),
        (b"PK\x03\x04\x00\x00", "line 1: a zero byte: it is UTF-16 without its mark"),
    ],
)
def test_other_encodings_are_named_with_the_line(tmp_path, content, message):
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as error:
        read_text(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1, "a": 2}', "key 'a' comes twice"),
        ('[{"x": {"b": 1, "b": 1}}]', "key 'b' comes twice"),
        ('{"a": "x', "not valid JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("", "not valid JSON"),
    ],
)
def test_json_that_would_lose_something_is_refused(tmp_path, text, message):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        read_json(path)
    assert str(path) in str(error.value)
