import pytest

from mmrsicc.research.study.study import read_study

BASE = """
model = dict(
    type="M",
    encoder=dict(
        neck=dict(type="N", width=4),
    ),
    aux=dict(a=dict(weight=1.0)),
)
randomness = dict(seed=7, deterministic=True)
"""
STUDY = """
base = "base.py"
splits = ("test",)
arms = dict(
    full=dict(),
    narrow=dict(model=dict(
    encoder=dict(
        neck=dict(width=2),
    ),
)),
    other=dict(model=dict(
    encoder=dict(
        neck=dict(_delete_=True, type="O"),
    ),
    aux=None,
)),
)
groups = dict(necks=("narrow", "other"))
comparisons = (("full", "narrow"),)
"""


@pytest.fixture
def study_file(tmp_path):
    (tmp_path / "base.py").write_text(BASE)
    path = tmp_path / "study.py"
    path.write_text(STUDY)
    return path


def test_arms_change_what_they_name_and_nothing_else(study_file):
    study = read_study(study_file)
    assert study.config("narrow", 1).model.encoder.neck == {"type": "N", "width": 2}
    other = study.config("other", 1).model
    assert other.encoder.neck == {"type": "O"} and other.aux is None
    # One arm leaves no trace in the next.
    full = study.config("full", 3)
    assert full.model.encoder.neck == {"type": "N", "width": 4} and full.model.aux.a.weight == 1.0
    assert full.randomness == {"seed": 3, "deterministic": True}
    assert study.config("other", 2).model.encoder.neck == {"type": "O"}
    assert study.name == "study_base"


def test_groups_and_arms_are_chosen_each_once(study_file):
    study = read_study(study_file)
    assert study.chosen(None) == ["full", "narrow", "other"]
    assert study.chosen(["other", "necks"]) == ["other", "narrow"]
    with pytest.raises(ValueError, match="no group or arm 'wide'"):
        study.chosen(["wide"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('base = "base.py"', "", r"add \['base'\]"),
        ('("full", "narrow")', '("full", "wide")', r"not there: \['wide'\]"),
    ],
)
def test_broken_studies_are_refused(study_file, old, new, message):
    study_file.write_text(STUDY.replace(old, new))
    with pytest.raises(ValueError, match=message):
        read_study(study_file)


def test_a_missing_base_is_named(study_file):
    with pytest.raises(FileNotFoundError, match=r"no config at none\.py"):
        read_study(study_file, base="none.py")


def test_a_text_in_place_of_splits_is_refused(study_file):
    study_file.write_text(STUDY.replace('("test",)', '("test")'))
    with pytest.raises(ValueError, match=r'study.py: splits is a tuple, such as \("test",\)'):
        read_study(study_file)
