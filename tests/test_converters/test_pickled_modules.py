"""Files with whole pickled modules: read to the last tensor, and nothing in them ever runs."""

import os
import pickle
import struct
import sys
import zipfile
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from mmrsicc.converters.pickled_modules import read_parts

MARKER = "code-ran"


class Net(nn.Module):
    """Of everything that authors' modules have in them."""

    def __init__(self):
        super().__init__()
        self.transformer = nn.Transformer(8, 2, 1, 1, 16, activation="gelu", batch_first=True)
        self.conv = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU())
        self.lstm = nn.LSTM(4, 4)
        self.half = nn.Linear(2, 2).half()
        self.same = self.conv
        self.absent = None
        self.scale = nn.Parameter(torch.tensor(2.0, dtype=torch.bfloat16), requires_grad=False)
        self.make_norm = partial(nn.LayerNorm, eps=1e-6)
        self.register_buffer("mask", torch.tensor([True, False]))
        self.register_buffer("empty", torch.zeros(0, 3))
        self.register_buffer("passing", torch.ones(3), persistent=False)

    def __setstate__(self, state):
        raise AssertionError(MARKER)


FORMATS = {
    "now": {},
    "before 1.6": {"_use_new_zipfile_serialization": False},
    "protocol 4": {"pickle_protocol": 4},
}


@pytest.fixture(params=FORMATS.values(), ids=FORMATS)
def save(request, tmp_path):
    def save(content):
        torch.save(content, tmp_path / "theirs.pth.tar", **request.param)
        return tmp_path / "theirs.pth.tar"

    return save


def assert_same(found, expected):
    assert list(found) == list(expected)
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype and torch.equal(found[name], tensor), name


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_a_whole_module_gives_its_state_dict(save, monkeypatch):
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.Adam(net.lstm.parameters())
    net.lstm(torch.randn(2, 4))[0].sum().backward()
    optimizer.step()
    path = save({"epoch": 3, "net": net, "optimizer": optimizer, "score": np.float64(0.5)})
    expected = net.state_dict()
    monkeypatch.delattr(sys.modules[__name__], "Net")  # Their code is not to be had.
    read = read_parts(path, ["net"])
    assert_same(read.state_dicts["net"], expected)
    assert read.others == ["epoch", "optimizer", "score"]


@pytest.mark.parametrize("whole", [True, False])
def test_what_data_parallel_adds_to_names_goes(save, whole):
    net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    wrapped = nn.DataParallel(net)
    read = read_parts(save({"net": wrapped if whole else wrapped.state_dict()}), ["net"])
    assert_same(read.state_dicts["net"], net.state_dict())


def test_tensors_that_share_memory_still_do(save):
    net = nn.ModuleDict({"embedding": nn.Embedding(5, 4), "classifier": nn.Linear(4, 5)})
    net["classifier"].weight = net["embedding"].weight
    rows = torch.arange(12.0).reshape(3, 4)
    views = {"transposed": rows.T, "part": rows[1:, ::2]}
    found = read_parts(save({"net": net, "views": views}), ["net", "views"]).state_dicts
    pointers = {found["net"][f"{name}.weight"].data_ptr() for name in net}
    assert len(pointers) == 1
    assert_same(found["views"], views)
    assert found["views"]["part"].data_ptr() == found["views"]["transposed"].data_ptr() + 16


def test_what_was_on_a_gpu_comes_to_the_cpu(tmp_path):
    weight = torch.arange(6.0).reshape(2, 3)
    torch.save({"net": {"weight": weight}}, tmp_path / "cpu.pth")
    on_cpu = unzipped(tmp_path / "cpu.pth")
    on_gpu = on_cpu["data.pkl"].replace(b"X\x03\0\0\0cpu", b"X\x06\0\0\0cuda:1")
    assert on_gpu != on_cpu["data.pkl"]
    path = zipped(tmp_path / "gpu.pth", {**on_cpu, "data.pkl": on_gpu})
    (found,) = read_parts(path, ["net"]).state_dicts["net"].values()
    assert found.device.type == "cpu" and torch.equal(found, weight)


def test_a_part_that_is_not_there_is_named(save):
    path = save({"encoder": nn.Linear(1, 1), "epoch": 1})
    with pytest.raises(ValueError, match=r"theirs.*lacks decoder: it has encoder, epoch"):
        read_parts(path, ["encoder", "decoder"])
    with pytest.raises(FileNotFoundError, match="no checkpoint at"):
        read_parts(path.with_name("gone.pth"), ["encoder"])


def unzipped(path):
    """Files of an archive of PyTorch's."""
    with zipfile.ZipFile(path) as archive:
        return {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}


def zipped(path, files, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(f"archive/{name}", content)
    return path


# Attacks. Each is a pickle of {"net": ...}, or what that "..." is.


class Call:
    """What its pickle has the reader do."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


def name(dotted):
    """Instruction that puts a class or function on the stack."""
    module, _, attribute = dotted.rpartition(".")
    return b"c" + f"{module}\n{attribute}\n".encode()


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def tensor(numel, size, stride, offset=0, kind="torch.FloatStorage"):
    """A dict with a tensor of storage 0."""
    number = lambda value: b"\x8a\x08" + struct.pack("<q", value)  # noqa: E731
    storage = b"(" + text("storage") + name(kind) + text("0") + text("cpu") + number(numel) + b"tQ"
    shape = b"".join(b"(" + b"".join(map(number, values)) + b"t" for values in (size, stride))
    rebuilt = name("torch._utils._rebuild_tensor_v2") + b"(" + storage + number(offset) + shape
    return b"}" + text("weight") + rebuilt + b"\x89}tRs"


SYSTEM = name("posix.system") + b"(" + text(f"touch {MARKER}") + b"t"

ATTACKS = {
    "calls os.system": (SYSTEM + b"R", "calls posix.system"),
    "by an instance": (b"(" + text("touch x") + b"iposix\nsystem\n", "instruction INST"),
    "by an object": (b"(" + SYSTEM[:14] + text("x") + b"o", "instruction OBJ"),
    "through partial": (
        name("functools.partial") + b"(" + name("posix.system") + b"tR(" + text("x") + b"tR",
        "without class",
    ),
    "what it made": (name("a.B") + b")\x81)R", "without class"),
    "on an extension": (b"\x82\x01", "instruction EXT1"),
    "state of a function": (
        name("torch._utils._rebuild_tensor_v2") + b"(N}" + text("__defaults__") + b"Nstb",
        "no object",
    ),
    "another reference": (b"(" + text("file") + text("/etc/passwd") + b"tQ", "other than tensors"),
    "a deep key": (b"})" + b"\x85" * 200_000 + b"Ns", "tuple as a key"),
    # 2 ** 60 values by the doubling of a tuple.
    "a wide key": (
        b"}" + name("a.B") + b")" + b"".join(b"q%ch%c\x86" % (i, i) for i in range(60)) + b"\x81Ns",
        "other than usual tensors",
    ),
    # A product with it would be a text of a million million letters.
    "a shape of text": (
        tensor(4, [10**12], [1]).replace(b"t(", text("x") + b"t(", 1),
        "no numbers",
    ),
    "a deep kind": (
        b"(" + text("storage") + b")" + b"\x85" * 200_000 + b"NNKtQ",
        "damaged|storage",
    ),
    "a huge storage": (tensor(10**12, [2], [1]), "announced"),
    "a huge tensor": (tensor(4, [10**6, 10**6], [0, 0]), "larger than what it holds"),
    "beyond its storage": (tensor(4, [4], [1], offset=2), "out of bounds"),
    "before its storage": (tensor(4, [4], [1], offset=-2), "offset"),
    "numbers of no kind": (tensor(4, [4], [1], kind="a.Storage"), "not known, a.Storage"),
    "no module": (name("a.B") + b")\x81", "neither module nor state dict"),
    "a stack run dry": (b"0" * 3 + b"R", "instruction POP"),
    "an empty stack": (b"\x85\x85sss", "damaged"),
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("old", [False, True], ids=["now", "before 1.6"])
@pytest.mark.parametrize(("attack", "message"), ATTACKS.values(), ids=ATTACKS)
def test_handmade_attacks_are_refused(here, attack, message, old):
    content = b"\x80\x02}" + text("net") + attack + b"s."
    numbers = struct.pack("<4f", 1, 2, 3, 4)
    if old:
        parts = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}]
        head = b"".join(pickle.dumps(part, protocol=2) for part in parts)
        stored = pickle.dumps(["0"] if b"Storage" in attack else [], protocol=2)
        path = here / "evil.pth"
        path.write_bytes(head + content + stored + struct.pack("<q", 4) + numbers)
    else:
        path = zipped(here / "evil.pth", {"data.pkl": content, "data/0": numbers})
    with pytest.raises(ValueError, match=rf"(?s)evil\.pth cannot be read.*({message})"):
        read_parts(path, ["net"])
    assert list(here.iterdir()) == [path]


def test_modules_without_end_are_refused(save):
    net = nn.Sequential()
    for _ in range(20):  # A million modules in a few bytes.
        net = nn.Sequential(net, net)
    with pytest.raises(ValueError, match="more than 100000 modules"):
        read_parts(save({"net": net}), ["net"])
    net = nn.Sequential()
    net.append(net)
    with pytest.raises(ValueError, match="recursion"):
        read_parts(save({"net": net}), ["net"])


def touch(path):
    """Made a pickle's code: it shows that an attack is one."""
    return Call(os.system, f"touch {path}")


CALLS = {
    "os.system": lambda: touch(MARKER),
    "eval": lambda: Call(eval, f"open({MARKER!r}, 'w')"),
    "exec": lambda: Call(exec, f"open({MARKER!r}, 'w')"),
    "getattr": lambda: Call(getattr, Call(__import__, "os"), "system"),
    "torch.hub.load": lambda: Call(torch.hub.load, "/nowhere", "model", "local"),
    "open": lambda: Call(open, MARKER, "w"),
    "torch.load": lambda: Call(torch.load, "other.pth"),
    "a bound method": lambda: pytest.MonkeyPatch().setattr,
}


@pytest.mark.parametrize("make", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("place", ["part", "within", "beside"])
def test_calls_are_refused_wherever_they_stand(here, save, make, place):
    part = nn.Linear(1, 1)
    if place == "within":
        part.extra = make()
    contents = {"part": {"net": make()}, "within": {"net": part}}
    path = save(contents.get(place, {"net": part, "optimizer": make()}))
    with pytest.raises(ValueError, match=r"(?s)it calls [\w.]+, which weights do not need.*trust"):
        read_parts(path, ["net"])
    assert not (here / MARKER).exists()


def test_those_calls_would_have_run(here, save):
    path = save({"net": touch(MARKER)})
    torch.load(path, weights_only=False)
    assert (here / MARKER).exists()


def test_files_that_are_no_weights_are_refused(tmp_path):
    path = tmp_path / "theirs.pth"
    torch.jit.save(torch.jit.script(nn.ReLU()), path)
    with pytest.raises(ValueError, match="TorchScript"):
        read_parts(path, ["net"])
    zipped(path, {"byteorder": b"big", "data.pkl": b"\x80\x02}."})
    with pytest.raises(ValueError, match="byte order"):
        read_parts(path, ["net"])
    zipped(path, {"data.pkl": b"\x80\x02}" + bytes(10**6)}, zipfile.ZIP_DEFLATED)
    with pytest.raises(ValueError, match="packed"):
        read_parts(path, ["net"])
    torch.save([torch.zeros(1)], path)
    with pytest.raises(ValueError, match="no dict of parts"):
        read_parts(path, ["net"])
    for content in (b"", b"<!DOCTYPE html><title>Quota exceeded</title>", pickle.dumps([1])):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"theirs\.pth cannot be read.*Get the file again"):
            read_parts(path, ["net"])


def test_every_cut_of_a_file_is_refused(save):
    path = save({"net": nn.Linear(3, 4)})
    whole = path.read_bytes()
    for length in np.linspace(0, len(whole) - 1, 60).astype(int):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="cannot be read as weights alone"):
            read_parts(path, ["net"])


def test_a_changed_number_is_noticed(tmp_path):
    path = tmp_path / "theirs.pth"
    torch.save({"net": {"weight": torch.full((9,), 1.5)}}, path)
    content = path.read_bytes()
    path.write_bytes(content.replace(struct.pack("<f", 1.5), struct.pack("<f", 2.5), 1))
    with pytest.raises(ValueError, match="CRC"):
        read_parts(path, ["net"])
