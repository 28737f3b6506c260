"""What the tables of a study say."""

from mmrsicc.research.study.tables import tables


def interval(low, high):
    scores = {"mean": (low + high) / 2, "low": low, "high": high}
    return {"Sm": scores, "flag_accuracy": scores}


def method(*distinct, sees_change=True, warnings=()):
    runs = [
        {
            "seed": 42 + number,
            "results": "",
            "scores": {},
            "sees_change": sees_change,
            "distinct": sentences,
            "warnings": list(warnings),
        }
        for number, sentences in enumerate(distinct)
    ]
    return {"intervals": interval(40.0, 60.0), "runs": runs}


def text(**methods):
    constant = {"description": "always the same", "intervals": interval(45.0, 55.0)}
    scores = {"methods": methods, "baselines": {"constant": constant}, "differences": {}}
    return tables({"splits": {"test": scores}, "tuning": None, "costs": None, "unshared": {}})


def test_runs_that_see_no_change_are_named_with_what_they_say():
    idle, good = method(1, 3, sees_change=False), method(90, 95)
    good["runs"][1]["sees_change"] = False
    page = text(idle=idle, good=good)
    assert "idle (seed 42: 1, seed 43: 3); good (seed 43: 95)." in page
    assert "not trained enough" in page
    assert "not trained enough" not in text(good=method(90, 95))


def test_a_score_that_one_row_lacks_stays_in_the_others():
    """A sentence that names no object has no precision."""
    names_objects = method(90, 95)
    names_objects["intervals"]["content/objects_precision"] = {"mean": 70.0, "low": 60, "high": 80}
    page = text(good=names_objects)
    assert "| method | seeds | S\\*m | flag | objects right |" in page
    assert (
        "| good | 2 | 50.00 [40.00, 60.00] | 50.00 [40.00, 60.00] | 70.00 [60.00, 80.00] |" in page
    )
    assert "| constant |  | 50.00 [45.00, 55.00] | 50.00 [45.00, 55.00] | - |" in page


def test_a_row_holds_what_all_rows_have():
    page = text(good=method(90, 95))
    assert "| method | seeds | S\\*m | flag |" in page
    assert "| good | 2 | 50.00 [40.00, 60.00] | 50.00 [40.00, 60.00] |" in page
    assert "| constant |  | 50.00 [45.00, 55.00] | 50.00 [45.00, 55.00] |" in page


def test_intervals_of_one_seed_are_told_apart():
    assert "One seed only: lone." in text(lone=method(9), sure=method(9, 9))
    assert "One seed only" not in text(sure=method(9, 9))


def test_warnings_of_the_tests_reach_the_page_once():
    leak = ("source overlaps",)
    page = text(a=method(9, 9, warnings=leak), b=method(9, warnings=leak))
    assert page.count("- Warning (a, b): source overlaps") == 1


def test_chosen_rates_are_bold_and_edges_named():
    def found(chosen):
        tried = {r: {"Sm": 60.0, "flag_accuracy": 70.0} for r in ("0.1", "0.2", "0.4")}
        return {"split": "val", "tried": tried, "chosen": chosen}

    tuning = {"inside": found(0.2), "low": found(0.1), "high": found(0.4)}
    page = tables({"splits": {}, "tuning": tuning, "costs": None, "unshared": {}})
    assert "| inside | 60.00 (70.0) | **60.00 (70.0)** | 60.00 (70.0) |" in page
    assert "lowest rate, so one beyond may be better: low\n" in page
    assert "highest rate, so one beyond may be better: high\n" in page
