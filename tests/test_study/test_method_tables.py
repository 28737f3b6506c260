"""What the table of a comparison says beside its numbers."""

from mmrsicc.study.method_tables import method_tables


def interval(low, high):
    scores = {"mean": (low + high) / 2, "low": low, "high": high}
    return {"Sm": scores, "flag_accuracy": scores}


def method(low, high, distinct, warnings=()):
    runs = [
        {"seed": s, "results": "", "scores": {}, "distinct": n, "warnings": list(warnings)}
        for s, n in enumerate(distinct)
    ]
    return {"intervals": interval(low, high), "runs": runs}


def text(**methods):
    constant = {"description": "always the same", "intervals": interval(45.0, 55.0)}
    scores = {"methods": methods, "baselines": {"constant": constant}, "differences": {}}
    return method_tables(
        {"splits": {"test": scores}, "tuning": None, "costs": None, "unshared": {}}
    )


def test_methods_that_see_no_change_are_named_with_what_they_say():
    page = text(idle=method(48.0, 61.0, (1, 3)), good=method(50.5, 80.0, (90, 95)))
    assert "idle (1 / 3)." in page and "not trained enough" in page
    assert "good (" not in page
    assert "not trained enough" not in text(good=method(50.5, 80.0, (90,)))


def test_warnings_of_the_tests_reach_the_page_once():
    leak = ("source overlaps",)
    page = text(a=method(70, 80, (9, 9), leak), b=method(70, 80, (9,), leak))
    assert page.count("- Warning (a, b): source overlaps") == 1
