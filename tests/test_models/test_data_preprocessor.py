import pytest
import torch

from mmrsicc.models import PairDataPreprocessor

FILL = ((10.0, 20.0, 30.0), (1.0, 2.0))


def test_images_stay_as_they_are_and_padding_has_the_colour_of_its_date():
    preprocess = PairDataPreprocessor(FILL, size_divisor=4)
    before = [torch.full((3, 5, 6), 50, dtype=torch.uint8), torch.zeros(3, 3, 7).byte()]
    after = [torch.full((2, 5, 6), 70, dtype=torch.uint8), torch.ones(2, 3, 7).byte()]
    out = preprocess({"inputs": (before, after), "data_samples": ["first", "second"]})
    assert out["data_samples"] == ["first", "second"]
    for given, batch, fill in zip((before, after), out["inputs"], FILL, strict=True):
        assert batch.shape == (2, len(fill), 8, 8)
        for image, padded in zip(given, batch, strict=True):
            height, width = image.shape[1:]
            assert torch.equal(padded[:, :height, :width], image.float())
            colour = torch.tensor(fill).view(-1, 1, 1)
            assert (padded[:, height:] == colour).all() and (padded[:, :, width:] == colour).all()


def test_images_of_one_size_keep_their_type():
    images = torch.randint(0, 256, (2, 2, 3, 8, 12), dtype=torch.uint8)
    for inputs in (tuple(images), [list(date) for date in images]):
        batched = PairDataPreprocessor(size_divisor=4)({"inputs": inputs})["inputs"]
        assert isinstance(batched, tuple) and batched[0].dtype == torch.uint8
        assert all(map(torch.equal, batched, images))


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([torch.zeros(2, 3, 8, 8)], "of before and of after.*PackChangeInputs"),
        ([torch.zeros(3, 8, 8)] * 2, "PackChangeInputs"),
        ([torch.zeros(2, 3, 8, 8), torch.zeros(1, 3, 8, 8)], "one of each per pair"),
        ([[torch.zeros(3, 8, 8), torch.zeros(8, 8)]] * 2, "PackChangeInputs"),
        (
            [torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 9)],
            r"\(3, 8, 8\) and \(3, 8, 9\).*ResizePair",
        ),
    ],
)
def test_wrong_shapes_are_named(inputs, message):
    with pytest.raises(ValueError, match=message):
        PairDataPreprocessor()({"inputs": inputs})
