"""Overlaps of found and true objects."""

import pytest

pytest.importorskip("geopandas", reason="scenes need the extra geo")

from shapely import box

from mmrsicc.research.object_matching import match_objects


def test_each_object_has_one_partner_and_the_best_overlap_comes_first():
    true = [box(0, 0, 10, 10), box(20, 0, 30, 10), box(90, 90, 99, 99)]
    # The first covers half of the first true one, the second 80 % of it: the second gets it. The
    # third is the second true one, and what only touches a true one is no match.
    found = [box(0, 0, 5, 10), box(0, 0, 8, 10), box(20, 0, 30, 10), box(30, 0, 40, 10)]
    assert match_objects(found, true) == pytest.approx([1, 0.8])
    assert match_objects(true, found) == pytest.approx([1, 0.8])


def test_without_objects_nothing_matches():
    for found, true in (([], []), ([box(0, 0, 1, 1)], []), ([], [box(0, 0, 1, 1)])):
        assert len(match_objects(found, true)) == 0
