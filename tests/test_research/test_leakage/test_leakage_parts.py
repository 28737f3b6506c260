"""Tiles, fingerprints, proposals and correlations by themselves."""

import cv2
import numpy as np
import pytest
from scipy.fft import dctn

from mmrsicc.research.leakage.correlation import ORIENTATIONS, correlate
from mmrsicc.research.leakage.fingerprints import BITS, MOST_DIFFERENT, tile_bits
from mmrsicc.research.leakage.proposals import propose
from mmrsicc.research.leakage.tiles import tiles_of


def places(tiles):
    return [(t.row, t.column, t.height, t.width) for t in tiles]


def test_tiles_cover_an_image_of_any_size():
    assert len(tiles_of(0, (1024, 1024))) == 16
    assert len(tiles_of(0, (1024, 1024), step=128)) == 49
    assert places(tiles_of(0, (300, 256))) == [(0, 0, 256, 256), (44, 0, 256, 256)]
    assert places(tiles_of(3, (50, 60))) == [(0, 0, 50, 60)]
    covered = np.zeros((640, 952), bool)
    for tile in tiles_of(0, covered.shape):
        tile.cut(covered)[:] = True
    assert covered.all()


def test_bits_are_signs_of_the_cosine_transform(texture):
    grey = texture(0)
    small = cv2.resize(grey[8:248, 8:248], (32, 32), interpolation=cv2.INTER_AREA)
    expected = dctn(small.astype(float), norm="ortho")[:12, :12].ravel()[1:]
    (bits,) = tile_bits(grey)
    assert bits.shape == (BITS,)
    known = np.abs(expected) >= 0.5
    assert (bits[known] == np.sign(expected[known])).all() and not bits[~known].any()


def test_turned_variants_are_those_of_turned_pixels(texture):
    grey = texture(1)
    variants = {bits.tobytes() for bits in tile_bits(grey, oriented=True)}
    turned = [np.rot90(grey, k) for k in range(4)]
    views = [view for t in turned for view in (t, t[:, ::-1])]
    # A sum in another order may make or unmake a bit that is barely strong enough.
    assert len(variants) == 8
    for view in views:
        (bits,) = tile_bits(np.ascontiguousarray(view))
        assert min(np.count_nonzero(np.frombuffer(v, np.int8) != bits) for v in variants) <= 2


def test_a_blank_tile_resembles_nothing(texture):
    for blank in (np.full((256, 256), 90, np.uint8), np.zeros((256, 256), np.uint8)):
        (bits,) = tile_bits(blank)
        assert not bits.any()
        indices, _ = propose(bits[None], bits[None, None])
        assert len(indices) == 0


def test_proposals_are_those_of_counting_bits():
    generator = np.random.default_rng(0)
    source = generator.choice([-1, 1], (30, BITS)).astype(np.int8)
    target = generator.choice([-1, 1], (20, 3, BITS)).astype(np.int8)
    for i, differ in enumerate((0, 10, 28, 29, 60)):
        target[i, i % 3] = source[2 * i]
        target[i, i % 3, generator.choice(BITS, differ, replace=False)] *= -1
    indices, bits = propose(source, target)
    counted = [
        (i, j, min((s != v).sum() for v in t))
        for j, t in enumerate(target)
        for i, s in enumerate(source)
    ]
    expected = [(i, j, d) for i, j, d in counted if d <= MOST_DIFFERENT * BITS]
    assert [(i, j, d) for (i, j), d in zip(indices.tolist(), bits, strict=True)] == expected
    assert [d for *_, d in expected] == [0, 10, 28]


def test_blocks_change_nothing(monkeypatch):
    generator = np.random.default_rng(1)
    source = generator.choice([-1, 1], (50, BITS)).astype(np.int8)
    target = np.repeat(source[::-1, None], 2, axis=1)
    whole = propose(source, target)
    monkeypatch.setattr("mmrsicc.research.leakage.proposals._ROWS", 7)
    monkeypatch.setattr("mmrsicc.research.leakage.proposals._COLUMNS", 3)
    blocks = propose(source, target)
    assert len(whole[0]) == 50
    assert all((a == b).all() for a, b in zip(whole, blocks, strict=True))


@pytest.mark.parametrize("shift", [(0, 0), (8, 3), (-5, 8)])
def test_the_shift_of_a_disguised_tile_is_found(texture, disguise, shift):
    large = texture(2, 300, 300)
    down, right = shift
    source = large[20:276, 20:276]
    # Moving the cut up moves its content down.
    target = large[20 - down : 276 - down, 20 - right : 276 - right]
    fit = correlate(source, disguise(target))
    assert fit.ncc > 0.75 and (fit.down, fit.right) == shift


@pytest.mark.parametrize(("turns", "mirrored"), ORIENTATIONS)
def test_a_turned_tile_is_found_if_asked_for(texture, disguise, turns, mirrored):
    source = texture(3)
    target = source[:, ::-1] if mirrored else source
    target = np.ascontiguousarray(np.rot90(target, -turns))
    fit = correlate(source, disguise(target), oriented=True)
    assert fit.ncc > 0.75 and (fit.turns, fit.mirrored) == (turns, mirrored)
    if turns or mirrored:
        assert correlate(source, disguise(target)).ncc < 0.3


@pytest.mark.parametrize(("turns", "mirrored"), ORIENTATIONS)
def test_tiles_that_are_no_squares_are_turned_too(texture, turns, mirrored):
    source = texture(3)[:200]
    target = np.ascontiguousarray(np.rot90(source[:, ::-1] if mirrored else source, -turns))
    fit = correlate(source, target, oriented=True)
    assert fit.ncc > 0.9 and (fit.turns, fit.mirrored) == (turns, mirrored)


def test_different_textures_do_not_correlate(texture):
    tiles = [texture(seed) for seed in range(10, 18)]
    fits = [correlate(a, b).ncc for i, a in enumerate(tiles) for b in tiles[:i]]
    assert max(fits) < 0.25


def test_neither_gradients_nor_a_bright_thing_make_a_match():
    generator = np.random.default_rng(4)
    ramp = np.linspace(60, 120, 256)[None].repeat(256, axis=0)
    noisy = [ramp + generator.normal(0, 1, ramp.shape) for _ in range(2)]
    assert correlate(*(n.astype(np.uint8) for n in noisy)).ncc < 0.25
    seas = [np.full((256, 256), 60.0) + generator.normal(0, 8, (256, 256)) for _ in range(2)]
    for sea in seas:
        sea[120:130, 110:140] = 255  # A ship on other waves.
    assert correlate(*(np.clip(s, 0, 255).astype(np.uint8) for s in seas)).ncc < 0.4
