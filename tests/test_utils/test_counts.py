"""Numbers of things in words."""

import pytest

from mmrsicc.utils.counts import counted


@pytest.mark.parametrize(("number", "text"), [(0, "0 tiles"), (1, "1 tile"), (2, "2 tiles")])
def test_one_of_a_thing_has_no_s(number, text):
    assert counted(number, "tile") == text
