"""How files are damaged: bytes, words of text formats, and values of JSON, all by a seed."""

import json

#: Words of text formats, marks of encodings, and what numbers turn into.
_WORDS = [
    *(b"\0", b'"', b",", b";", b"\t", b"\n", b"\r", b"[", b"]", b"{", b"}", b"\\ud800", b".", b" "),
    *(b"null", b"NaN", b"1e999", b"true", b"-1", b"9" * 5000, b"[" * 3000, b"nan", b"<start>"),
    *(b"\xff\xfe", b"\xef\xbb\xbf", b"\xe2", b"..", b"/", b'"id":1,', b'"split":3,'),
    *(b'"filename":"",', b"<", b">", b"&x;", b"(", b"dict(", b"'"),
]

#: Numbers that sizes, counts and places in a file turn into.
_NUMBERS = [
    number.to_bytes(length, order)
    for length in (1, 2, 4, 8)
    for order in ("little", "big")
    for number in (0, 1, 2 ** (8 * length - 1), 2 ** (8 * length - 1) - 1, 2 ** (8 * length) - 1)
]

#: Values that stand in the place of any other.
_VALUES = [
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        10**30,
        2**31,
        float("nan"),
        float("inf"),
        "",
        "x",
        "a" * 3000,
    ),
    *(
        [],
        {},
        [None],
        [[]],
        {"type": "subprocess.Popen"},
        "../../x",
        "/etc/passwd",
        "\0",
        "\x1b[2J",
    ),
    *("<script>", ["a", "a"], {"a": {"b": {}}}, "\ud800", "é", [1, "a"], -1e300),
]


def damaged_text(content, rng):
    """Text with one to four places cut, filled or repeated."""
    return _damaged(content, rng, _WORDS)


def damaged_bytes(content, rng):
    """Any file with one to four places cut, filled, repeated or of other numbers.

    Half of them lie in the first kilobyte, where most formats have their heads.
    """
    return _damaged(content, rng, _NUMBERS, head=1024)


def damaged_json(content, rng):
    """JSON, or lines of it, with one or two values of others; one in three is damaged as text."""
    if rng.integers(3) == 0:
        return damaged_text(content, rng)
    lines = content.decode().splitlines() if content.count(b"\n") > 1 else [content.decode()]
    try:
        chosen = int(rng.integers(len(lines)))
        value = json.loads(lines[chosen])
    except ValueError:  # JSON over several lines
        lines, chosen, value = [""], 0, json.loads(content)
    for _ in range(rng.integers(1, 3)):
        value = odd_value(value, rng)
    lines[chosen] = json.dumps(value)
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")


def odd_value(tree, rng):
    """Lists and dicts in which one value is another, gone, or there twice."""
    if not isinstance(tree, dict | list) or not tree or rng.integers(6) == 0:
        return _VALUES[rng.integers(len(_VALUES))]
    tree = tree.copy()
    places = list(tree) if isinstance(tree, dict) else range(len(tree))
    place = places[rng.integers(len(places))]
    match int(rng.integers(8)):
        case 0:
            del tree[place]
        case 1 if isinstance(tree, list):
            tree.append(tree[place])
        case 1:
            tree["x"] = tree[place]
        case _:
            tree[place] = odd_value(tree[place], rng)
    return tree


def _damaged(content, rng, bits, head=None):
    data = bytearray(content)
    for _ in range(rng.integers(1, 5)):
        end = len(data) if head is None or rng.integers(2) else min(head, len(data))
        start = int(rng.integers(end + 1))
        match int(rng.integers(6)):
            case 0:
                del data[start : start + int(rng.integers(12))]
            case 1:
                del data[start:]
            case 2:
                data[start:start] = data[int(rng.integers(len(data) + 1)) :][:40]
            case 3:
                data[start : start + 1] = rng.bytes(1)
            case _:
                bit = bits[rng.integers(len(bits))]
                length = int(rng.integers(3)) if head is None else len(bit)
                data[start : start + length] = bit
    return bytes(data)
