"""Arrays of MATLAB files, against SciPy's writer and files that lie."""

import struct
import zlib

import numpy as np
import pytest
from scipy.io import savemat

from mmrsicc.datasets.matlab_file import find_array, read_array


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("kind", ["uint8", "int16", "uint16", "int32", "float32", "float64"])
def test_values_are_those_that_were_saved(tmp_path, kind, compressed):
    path = tmp_path / "scene.mat"
    values = np.random.default_rng(0).integers(0, 100, (5, 4, 3)).astype(kind)
    content = {"other": np.eye(2), "T1": values, "name": "a scene", "part": {"x": values}}
    savemat(path, content, do_compression=compressed)
    array = find_array(str(path), dims=3)
    assert (array.name, array.shape) == ("T1", (5, 4, 3))
    read = read_array(array)
    assert read.dtype == (np.float32 if kind == "float64" else kind)
    np.testing.assert_array_equal(read, values)


def test_the_variable_is_named_where_there_are_several(tmp_path):
    path = tmp_path / "a:b.MAT"
    both = {"T1": np.zeros((2, 2, 2)), "T2": np.ones((2, 2, 2)), "Binary": np.eye(2) > 0}
    savemat(path, both, appendmat=False)
    assert read_array(find_array(f"{path}:T2", dims=3)).all()
    assert read_array(find_array(str(path), dims=2)).dtype == np.uint8
    with pytest.raises(ValueError, match=r"2 times image.*path|:VARIABLE.*'T1' \(2, 2, 2\) double"):
        find_array(str(path), dims=3)
    with pytest.raises(ValueError, match=r"no image .* called Binary.*'Binary' \(2, 2\)"):
        find_array(f"{path}:Binary", dims=3)


def test_what_cannot_be_read_is_refused_in_words(tmp_path):
    with pytest.raises(FileNotFoundError):
        find_array(str(tmp_path / "none.mat"), dims=3)
    hdf = tmp_path / "hdf.mat"
    hdf.write_bytes(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(384) + b"\x89HDF")
    with pytest.raises(ValueError, match=r"hdf\.mat.*7\.3.*'-v7'"):
        find_array(str(hdf), dims=3)
    for damaged in (b"", b"no MATLAB file" * 20):
        (tmp_path / "x.mat").write_bytes(damaged)
        with pytest.raises(ValueError, match=r"x\.mat is no MATLAB file of versions 5 to 7"):
            find_array(str(tmp_path / "x.mat"), dims=3)
    path = tmp_path / "cut.mat"
    savemat(path, {"x": np.random.default_rng(0).random((9, 9, 9))})
    path.write_bytes(path.read_bytes()[:-999])
    with pytest.raises(ValueError, match=r"cut\.mat:x is damaged"):
        read_array(find_array(str(path), dims=3))
    savemat(path, {"x": np.ones((2, 2, 2), complex)})
    with pytest.raises(ValueError, match=r"no image .*'x' \(\) no real numbers"):
        read_array(find_array(str(path), dims=3))


def element(kind, data, order="<"):
    padding = 0 if kind == 15 else -len(data) % 8  # All but compressed ones end at eight bytes.
    return struct.pack(f"{order}II", kind, len(data)) + data + bytes(padding)


def test_files_of_big_endian_machines(tmp_path):
    values = np.arange(24, dtype=">f8").reshape(2, 3, 4)
    head = [(6, struct.pack(">II", 6, 0)), (5, struct.pack(">iii", 2, 3, 4)), (1, b"x")]
    parts = [*head, (9, values.tobytes("F"))]
    body = element(14, b"".join(element(*part, ">") for part in parts), ">")
    start = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack(">HH", 0x100, 0x4D49)
    (tmp_path / "x.mat").write_bytes(start + body)
    read = read_array(find_array(str(tmp_path / "x.mat"), dims=3))
    np.testing.assert_array_equal(read, values)


def lying(path, shape, zeros, compress, behind=0):
    """A file of a double array whose head says one shape, and that holds so many zero bytes."""
    head = element(6, struct.pack("<II", 6, 0)) + element(5, struct.pack("<iii", *shape))
    body = element(14, head + element(1, b"x") + element(9, bytes(zeros)))
    body += bytes(behind)
    if compress:
        body = element(15, zlib.compress(body))
    start = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<HH", 0x100, 0x4D49)
    # Another variable lies before it.
    honest = element(14, head + element(1, b"y") + element(9, bytes(64)))
    path.write_bytes(start + honest + body)


def test_no_memory_is_taken_for_what_a_file_says_or_hides(tmp_path):
    path = tmp_path / "large.mat"
    for shape, zeros in (((30000, 30000, 200), 64), ((2, 2, -2), 64)):
        lying(path, shape, zeros, compress=False)
        with pytest.raises(ValueError, match="is damaged"):
            find_array(f"{path}:x", dims=3)
    lying(path, (2, 2, 2), 64, compress=True)
    assert not read_array(find_array(f"{path}:x", dims=3)).any()
    # Its head is right, and far more follows.
    lying(path, (2, 2, 2), 64, compress=True, behind=2**22)
    with pytest.raises(ValueError, match=r"large\.mat:x is damaged \(larger than it says"):
        read_array(find_array(f"{path}:x", dims=3))


@pytest.mark.parametrize("compressed", [False, True])
def test_damage_is_an_error_in_words(tmp_path, compressed):
    """SciPy crashes on some of these files."""
    random, path = np.random.default_rng(0), tmp_path / "x.mat"
    content = {"other": {"a": 1}, "x": random.integers(0, 99, (6, 5, 4)) * 1.0, "gt": np.eye(3)}
    savemat(path, content, do_compression=compressed)
    whole, read = path.read_bytes(), 0
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(random.integers(1, 4)):
            damaged[random.integers(len(damaged))] = random.integers(256)
        path.write_bytes(
            damaged[: random.integers(len(damaged)) if random.random() < 0.3 else None]
        )
        try:
            read += read_array(find_array(str(path), dims=3)).shape == (6, 5, 4)
        except ValueError as error:
            assert str(path) in str(error)
    assert read > 0
