"""The caption reader: samples, policies, and what it says of bad input."""

import json
from collections import Counter

import numpy as np
import pytest
from data.make_levir_layout import CHANGE, NO_CHANGE, make_levir_cc
from mmengine.dataset import pseudo_collate, worker_init_fn
from torch.utils.data import DataLoader

from mmrsicc.datasets import ChangeCaptionDataset, LEVIRCCDataset, LEVIRMCIDataset
from mmrsicc.datasets.caption_file import read_caption_file, read_split, sentence_tokens
from mmrsicc.datasets.transforms.directions import ORIENTATIONS, rewrite_directions
from mmrsicc.registry import DATASETS

SAME = "the scene is the same as before"
PACK = [{"type": "LoadPair"}, {"type": "PackChangeInputs"}]


@pytest.fixture
def root(tmp_path):
    return make_levir_cc(tmp_path)


def edit(root, change):
    """Apply a function to the list of records of a fabricated data set."""
    path = root / "LevirCCcaptions.json"
    content = json.loads(path.read_text())
    change(content["images"])
    path.write_text(json.dumps(content))


def test_a_sample_is_a_pair_with_all_its_sentences(root):
    dataset = LEVIRCCDataset(data_root=str(root))
    assert len(dataset) == 4
    assert dataset.get_data_info(0)["targets"] == list(NO_CHANGE)
    assert dataset.get_data_info(1)["targets"] == dataset.get_data_info(1)["captions"]


def test_sentence_mode_has_one_sample_per_sentence_and_keeps_all_references(root):
    dataset = LEVIRCCDataset(data_root=str(root), caption_mode="sentence")
    assert len(dataset) == 4 * 5
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    assert [info["targets"] for info in infos[:10]] == [[s] for s in (*NO_CHANGE, *CHANGE)]
    assert infos[7]["captions"] == list(CHANGE)
    assert infos[7]["change_flag"] == 1 and infos[0]["change_flag"] == 0
    assert infos[7]["pair_id"] == "train_000001"
    assert infos[7]["before_path"] == str(root / "images/train/A/train_000001.png")
    assert infos[7]["after_path"] == str(root / "images/train/B/train_000001.png")
    assert "mask_path" not in infos[7]


def test_test_mode_has_one_sample_per_pair_in_every_mode(root):
    for mode in ("pair", "sentence", "random", "first"):
        dataset = LEVIRCCDataset(data_root=str(root), caption_mode=mode, test_mode=True)
        assert len(dataset) == 4
        assert dataset.get_data_info(1)["targets"][0] == CHANGE[0]


def test_collapse_leaves_one_target_and_all_references(root):
    options = {"data_root": str(root), "no_change_policy": "collapse"}
    assert len(LEVIRCCDataset(**options, caption_mode="sentence")) == 2 * 1 + 2 * 5
    dataset = LEVIRCCDataset(**options)
    assert dataset.get_data_info(0)["targets"] == [SAME]
    assert dataset.get_data_info(0)["captions"] == list(NO_CHANGE)
    for mode in ("random", "first"):
        dataset = LEVIRCCDataset(**options, caption_mode=mode)
        assert [dataset.get_data_info(0)["targets"] for _ in range(20)] == [[SAME]] * 20


def test_replaced_sentences_of_an_unchanged_pair_are_as_many_as_before(root):
    dataset = LEVIRCCDataset(data_root=str(root), no_change_policy="replace")
    assert dataset.get_data_info(0)["targets"] == [SAME] * 5
    assert dataset.get_data_info(0)["captions"] == list(NO_CHANGE)
    assert dataset.get_data_info(1)["targets"] == list(CHANGE)


def test_the_sentence_in_place_of_others_is_read_as_they_are(root):
    options = {"no_change_policy": "collapse", "no_change_sentence": "The scene is the same  now."}
    dataset = LEVIRCCDataset(data_root=str(root), **options)
    assert dataset.get_data_info(0)["targets"] == ["the scene is the same now"]


def test_random_mode_draws_evenly_from_the_seeded_generator(root):
    dataset = LEVIRCCDataset(data_root=str(root), caption_mode="random")
    assert len(dataset) == 4
    np.random.seed(3)  # noqa: NPY002
    draws = [dataset.get_data_info(1)["targets"][0] for _ in range(1000)]
    counts = Counter(draws)
    assert set(counts) == set(CHANGE)
    assert min(counts.values()) > 140  # 200 expected, standard deviation 12.6
    np.random.seed(3)  # noqa: NPY002
    assert draws == [dataset.get_data_info(1)["targets"][0] for _ in range(1000)]


def test_sentences_are_distinct_and_in_order(root):
    assert LEVIRCCDataset(data_root=str(root)).sentences() == [*NO_CHANGE, *CHANGE]
    dataset = LEVIRCCDataset(
        data_root=str(root), no_change_policy="collapse", no_change_sentence="nothing changed"
    )
    found = dataset.sentences()
    assert set(found) == {*NO_CHANGE, *CHANGE, "nothing changed"}
    assert len(found) == len(set(found))


def test_sentences_cover_whatever_an_orientation_makes_of_them(root):
    pipeline = [PACK[0], {"type": "RandomOrientation"}, PACK[1]]
    dataset = LEVIRCCDataset(data_root=str(root), pipeline=pipeline)
    found = dataset.sentences()
    assert set(found) == {
        rewrite_directions(s, o) for s in (*NO_CHANGE, *CHANGE) for o in ORIENTATIONS
    }
    np.random.seed(0)  # noqa: NPY002
    samples = [dataset[i]["data_samples"] for i in range(len(dataset)) for _ in range(8)]
    seen = {target for sample in samples for target in sample.targets}
    assert seen <= set(found) and len(seen) > len(CHANGE) + len(NO_CHANGE)


def test_flag_is_derived_where_the_file_has_none(root):
    edit(root, lambda images: [record.pop("changeflag") for record in images])
    flags = [r.change_flag for r in read_split(root / "LevirCCcaptions.json", "train")]
    assert flags == [0, 1, 0, 1]


def test_split_and_filepath_stand_for_each_other(root):
    edit(
        root, lambda images: [r.pop("filepath" if i % 2 else "split") for i, r in enumerate(images)]
    )
    assert len(LEVIRCCDataset(data_root=str(root), split="test", test_mode=True)) == 2


def test_the_file_name_says_the_split_where_nothing_else_does(root):
    edit(root, lambda images: [r.pop(key) for r in images for key in ("filepath", "split")])
    dataset = LEVIRCCDataset(data_root=str(root), split="val", test_mode=True)
    assert len(dataset) == 2
    assert dataset.get_data_info(0)["before_path"] == str(root / "images/val/A/val_000000.png")


def test_tokens_keep_their_dirt_and_raw_is_tokenised():
    dirty = ["a\\almost", "along1side", "t-shaped", "road's"]
    assert sentence_tokens({"tokens": dirty, "raw": "other"}) == dirty
    # As Dubai-CC has them.
    assert sentence_tokens({"tokens": ["Nothing", "has", "changed."]}) == [
        "nothing",
        "has",
        "changed",
    ]
    assert sentence_tokens({"raw": " The  Road's end is T-shaped ."}) == [
        "the",
        "road's",
        "end",
        "is",
        "t-shaped",
    ]


def test_mci_reads_class_ids_of_the_label_folder(tmp_path):
    make_levir_cc(tmp_path, masks=True)
    dataset = LEVIRMCIDataset(data_root=str(tmp_path), pipeline=PACK, test_mode=True)
    assert dataset.metainfo["dataset_name"] == "LEVIR-MCI"
    values = [set(dataset[i]["data_samples"].gt_mask.unique().tolist()) for i in range(4)]
    assert values == [{0}, {0, 1}, {0}, {0, 2}]
    assert dataset[0]["data_samples"].gt_mask.shape == (16, 16)
    merged = [{"type": "LoadPair", "binary_mask": True}, *PACK[1:]]
    dataset = LEVIRMCIDataset(data_root=str(tmp_path), pipeline=merged, test_mode=True)
    values = [set(dataset[i]["data_samples"].gt_mask.unique().tolist()) for i in range(4)]
    assert values == [{0}, {0, 1}, {0}, {0, 1}]


def test_random_captions_repeat_with_the_seed_and_change_with_the_epoch(root):
    def epochs(seed):
        dataset = LEVIRCCDataset(data_root=str(root), caption_mode="random", pipeline=PACK)
        loader = DataLoader(
            dataset,
            batch_size=2,
            num_workers=2,
            persistent_workers=True,
            collate_fn=pseudo_collate,
            worker_init_fn=lambda i: worker_init_fn(i, 2, 0, seed),
        )
        return [[s.targets[0] for b in loader for s in b["data_samples"]] for _ in range(4)]

    first = epochs(1)
    assert first == epochs(1)
    assert len({tuple(epoch) for epoch in first}) > 1
    assert first != epochs(2)


def test_builds_from_a_config_without_a_default_scope(root):
    dataset = DATASETS.build(
        {"type": "LEVIRCCDataset", "data_root": str(root), "pipeline": PACK, "test_mode": True}
    )
    assert dataset.metainfo["dataset_name"] == "LEVIR-CC"
    assert [date.shape for date in dataset[0]["inputs"]] == [(3, 16, 16)] * 2


@pytest.mark.parametrize(
    ("options", "error", "parts"),
    [
        ({"split": "extra"}, ValueError, ["'extra'", "'test', 'train', 'val'"]),
        ({"ann_file": "no.json"}, FileNotFoundError, ["no.json", "ann_file"]),
        ({"before_dir": "im1"}, FileNotFoundError, ["im1", "date folders"]),
        ({"mask_dir": "label"}, FileNotFoundError, ["label"]),
        ({"caption_mode": "some"}, ValueError, ["'some'", "random"]),
        ({"no_change_policy": "drop"}, ValueError, ["'drop'", "collapse"]),
    ],
)
def test_wrong_arguments_are_named_with_the_mend(root, options, error, parts):
    arguments = {"ann_file": "LevirCCcaptions.json", "data_root": str(root), **options}
    with pytest.raises(error) as caught:
        ChangeCaptionDataset(**arguments)
    assert all(part in str(caught.value) for part in parts)


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (lambda images: images[1].pop("sentences"), ["record 1 (train_000001.png)", '"sentences"']),
        (lambda images: images[1].update(sentences=[]), ["record 1", '"sentences"']),
        (lambda images: images[2].pop("filename"), ["record 2", '"filename"']),
        (lambda images: images[0].update(changeflag="no"), ["record 0", '"changeflag"', "'no'"]),
        (lambda images: images[3]["sentences"].append({"text": "a"}), ["record 3", '"tokens"']),
        (lambda images: images[3]["sentences"].append({"tokens": "a b"}), ["record 3", "list"]),
        (lambda images: images[3]["sentences"].append({"tokens": [" "]}), ["sentence 5 is empty"]),
        (lambda images: images.insert(0, "train.png"), ["record 0", "expected an object"]),
        (
            lambda images: images.insert(
                0, {"filename": "nowhere.png", "sentences": [{"raw": "a"}]}
            ),
            ["record 0", '"split"'],
        ),
    ],
)
def test_wrong_records_are_named_with_the_key(root, change, parts):
    edit(root, change)
    with pytest.raises(ValueError) as caught:
        LEVIRCCDataset(data_root=str(root))
    assert all(part in str(caught.value) for part in ["LevirCCcaptions.json", *parts])


def test_broken_files_are_named(root):
    path = root / "LevirCCcaptions.json"
    (root / "images/train/B/train_000001.png").unlink()
    (root / "images/train/B/train_000003.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"/B lacks 2 images .*, the first: train_000001"):
        LEVIRCCDataset(data_root=str(root))
    path.write_text(path.read_text()[:-10])
    with pytest.raises(ValueError, match=r"LevirCCcaptions.json: not valid JSON"):
        LEVIRCCDataset(data_root=str(root))
    path.write_text('{"pairs": []}')
    with pytest.raises(ValueError, match='no list "images"'):
        LEVIRCCDataset(data_root=str(root))


def test_the_real_captions_have_the_published_counts(real_data):
    path = real_data / "levir_cc" / "LevirCCcaptions.json"
    counts = {"train": (6815, 3408), "val": (1333, 666), "test": (1929, 965)}
    for split, (pairs, unchanged) in counts.items():
        records = read_split(path, split)
        assert len(records) == pairs
        assert sum(record.change_flag == 0 for record in records) == unchanged
        assert all(len(record.captions) == 5 for record in records)
        # The reader's cleaning leaves their tokens as they are.
        raw = [r for r in read_caption_file(path) if r["split"] == split]
        tokens = [tuple(" ".join(s["tokens"]) for s in r["sentences"]) for r in raw]
        assert [record.captions for record in records] == tokens


def test_the_real_mini_set_loads(real_data):
    sizes = {"train": 22, "val": 5, "test": 13}
    for split, pairs in sizes.items():
        dataset = LEVIRCCDataset(
            data_root=str(real_data / "levir_cc_mini"), split=split, pipeline=PACK, test_mode=True
        )
        assert len(dataset) == pairs
        assert [date.shape for date in dataset[0]["inputs"]] == [(3, 256, 256)] * 2
